"""Collects what is to be done, object by object, and numbers it: the makings of a plan.

Every object has a table with one row per record: object, key, campaign, record_id. Differences name a record by its row
number in that table.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from livestorm_salesforce.domain.shared import contracts

REFUSAL_COLUMNS = ["object", "source_key", "campaign_ref", "code", "message"]
NOTE_COLUMNS = ["object", "source_key", "campaign_ref", "field", "note"]
PLACE = ["object", "source_key", "campaign_ref"]


class PlanBuilder:
    def __init__(self) -> None:
        self._changes: list[pd.DataFrame] = []
        self._fields: list[pd.DataFrame] = []
        self._refusals: list[pd.DataFrame] = []
        self._notes: list[pd.DataFrame] = []
        self._count = 0

    def add(self, table: pd.DataFrame, differences: pd.DataFrame, action: str, reason: str) -> None:
        """Changes from differences (columns id, field, before, after) of the records of `table`."""
        if differences.empty:
            return
        numbers, codes = np.unique(differences["row"].to_numpy(), return_inverse=True)
        numbered = np.arange(self._count, self._count + len(numbers))
        self._count += len(numbers)
        rows = table.iloc[numbers].assign(action=action, reason=reason, change_id=numbered)
        self._changes.append(rows if action == "update" else rows.assign(record_id=None))
        self._fields.append(differences.assign(change_id=numbered[codes]))

    def refuse(self, table: pd.DataFrame, missing: pd.Series) -> None:
        """Records that lack required fields: their names by row number."""
        if missing.empty:
            return
        message = "required field(s) without a value: " + missing + ". Map them or give a fallback in the mapping."
        rows = table.iloc[missing.index.to_numpy()][PLACE]
        self._refusals.append(rows.assign(code="REQUIRED_FIELD_MISSING", message=message.to_numpy()))

    def refuse_rows(self, rows: pd.DataFrame) -> None:
        """Refusals that are written out: columns `REFUSAL_COLUMNS`."""
        self._refusals.append(rows)

    def note(self, table: pd.DataFrame, notes: pd.DataFrame) -> None:
        """Values that were cut or left out: columns id, field, note."""
        if not notes.empty:
            told = table.iloc[notes["row"].to_numpy(dtype="int64")][PLACE].reset_index(drop=True)
            self._notes.append(told.assign(field=notes["field"].to_numpy(), note=notes["note"].to_numpy()))

    @property
    def refusals(self) -> pd.DataFrame:
        return _joined(self._refusals, REFUSAL_COLUMNS)

    @property
    def notes(self) -> pd.DataFrame:
        return _joined(self._notes, NOTE_COLUMNS)

    def numbered(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Changes and fields: columns of `frames.CHANGES` and `frames.FIELDS`."""
        if not self._changes:
            return contracts.empty(contracts.CHANGES), contracts.empty(contracts.FIELDS)
        changes = pd.concat(self._changes, ignore_index=True)[list(contracts.CHANGES.columns)]
        fields = pd.concat(self._fields, ignore_index=True)[list(contracts.FIELDS.columns)]
        texts = changes.columns.drop("change_id")
        return changes.astype(dict.fromkeys(texts, "str")), fields.astype({"before": "str", "after": "str"})


def _joined(pieces: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    filled = [piece for piece in pieces if not piece.empty]
    joined = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)
    return joined.reindex(columns=columns).astype("str")
