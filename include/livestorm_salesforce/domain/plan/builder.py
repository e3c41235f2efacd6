"""Collects changes, refusals and notes object by object and numbers the changes.

Each object has a table with one row per record (`RECORD_COLUMNS`). Differences and notes refer to a record by its row
number in that table.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from livestorm_salesforce.domain.shared import contracts
from livestorm_salesforce.enums import Action

SOURCE = ["object", "source_key", "campaign_ref"]
RECORD_COLUMNS = [*SOURCE, "record_id"]
REFUSAL_COLUMNS = [*SOURCE, "code", "message"]
NOTE_COLUMNS = [*SOURCE, "field", "note"]


class PlanBuilder:
    """Accumulates the parts of one plan."""

    def __init__(self) -> None:
        self._changes: list[pd.DataFrame] = []
        self._fields: list[pd.DataFrame] = []
        self._refusals: list[pd.DataFrame] = []
        self._notes: list[pd.DataFrame] = []
        self._count = 0

    def add(self, table: pd.DataFrame, differences: pd.DataFrame, action: Action, reason: str) -> None:
        """Add one change per row of `table` that differences refer to.

        Args:
            differences: row, field, before, after; `field_reason` if the reasons of fields are more exact.
        """
        if differences.empty:
            return
        rows, codes = np.unique(differences["row"].to_numpy(), return_inverse=True)
        change_ids = np.arange(self._count, self._count + len(rows))
        self._count += len(rows)
        changes = table.iloc[rows].assign(action=action, reason=reason, change_id=change_ids)
        self._changes.append(changes if action == Action.UPDATE else changes.assign(record_id=None))
        fields = differences.drop(columns="row").assign(change_id=change_ids[codes])
        self._fields.append(fields if "field_reason" in fields else fields.assign(field_reason=None))

    def refuse_incomplete(self, table: pd.DataFrame, missing: pd.Series) -> None:
        """Refuse records that lack required fields; `missing` has the field names, its index the row numbers."""
        if missing.empty:
            return
        message = "required field(s) without a value: " + missing + ". Map them or give a fallback in the mapping."
        rows = table.iloc[missing.index.to_numpy()][SOURCE]
        self._refusals.append(rows.assign(code="REQUIRED_FIELD_MISSING", message=message.to_numpy()))

    def refuse_rows(self, rows: pd.DataFrame) -> None:
        """Add complete refusals: columns `REFUSAL_COLUMNS`."""
        self._refusals.append(rows)

    def note(self, table: pd.DataFrame, notes: pd.DataFrame) -> None:
        """Add notes about values that were cut or left out: columns row, field, note."""
        if not notes.empty:
            rows = table.iloc[notes["row"].to_numpy(dtype="int64")][SOURCE].reset_index(drop=True)
            self._notes.append(rows.assign(field=notes["field"].to_numpy(), note=notes["note"].to_numpy()))

    @property
    def refusals(self) -> pd.DataFrame:
        return _concat(self._refusals, REFUSAL_COLUMNS)

    @property
    def notes(self) -> pd.DataFrame:
        return _concat(self._notes, NOTE_COLUMNS)

    def changes(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Changes and their fields, checked against `contracts.CHANGES` and `contracts.FIELDS`."""
        if not self._changes:
            return contracts.empty(contracts.CHANGES), contracts.empty(contracts.FIELDS)
        changes = pd.concat(self._changes, ignore_index=True)[list(contracts.CHANGES.columns)]
        fields = pd.concat(self._fields, ignore_index=True)[list(contracts.FIELDS.columns)]
        texts = changes.columns.drop("change_id")
        return (
            contracts.check(changes.astype(dict.fromkeys(texts, "str")), contracts.CHANGES),
            contracts.check(fields.astype({"before": "str", "after": "str", "field_reason": "str"}), contracts.FIELDS),
        )


def _concat(frames: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    filled = [frame for frame in frames if not frame.empty]
    joined = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)
    return joined.reindex(columns=columns).astype("str")
