"""The audit log: one entry per written field with run, time, record, values before and after, and reason.

Append-only; one file per load, or per response to an undo.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import NamedTuple

import pandas as pd

from livestorm_salesforce.domain.audit import entries
from livestorm_salesforce.storage import Folder, safe_name

COLUMNS = ["run_id", "at", *entries.COLUMNS]
STAMP = "%Y-%m-%dT%H%M%SZ"
UNDONE = ("undo", "undo delete")


def folder(state: Folder) -> Folder:
    """The folder of the audit log."""
    return state.folder("audit")


class Attempt(NamedTuple):
    """Identifies one attempt of one task of a run."""

    run_id: str
    task: str
    try_number: int


def append(state: Folder, attempt: Attempt, rows: pd.DataFrame, at: pd.Timestamp) -> None:
    """Add rows with the columns of `entries.COLUMNS`, written by this attempt at this time."""
    if rows.empty:
        return
    origin = safe_name(" ".join(map(str, attempt)))
    name = f"{at.strftime(STAMP)}-{origin}-{uuid.uuid4().hex[:8]}"
    stamped = rows.assign(run_id=attempt.run_id, at=at.isoformat(timespec="seconds"))
    folder(state).write(name, stamped[COLUMNS].astype("str"))


def read(
    state: Folder,
    run_id: str | None = None,
    since: pd.Timestamp | None = None,
    record_ids: Collection[str] | None = None,
) -> pd.DataFrame:
    """Read entries in the order in which they were written: columns `COLUMNS`, all text.

    Files are read one by one, so entries that are not requested use no memory.

    Args:
        run_id: only entries of this run.
        since: only files written since this time.
        record_ids: only entries of these records.
    """
    audit, oldest = folder(state), since.strftime(STAMP) if since is not None else ""
    parts = [pd.DataFrame(columns=COLUMNS, dtype="str")]
    for name in audit.names(".parquet"):
        if name >= oldest:
            rows = audit.read(name.removesuffix(".parquet"))
            rows = rows if run_id is None else rows[rows["run_id"] == run_id]
            parts.append(rows if record_ids is None else rows[rows["record_id"].isin(record_ids)])
    return pd.concat(parts, ignore_index=True).astype("str")


def last_written(state: Folder, record_ids: pd.Series, converted_fields: pd.DataFrame) -> pd.DataFrame:
    """The value last written to each field of these records: `record_id`, `field`, `after`, `carried`.

    A Contact that a Lead was converted to holds its own value or the Lead's, so a field may have several rows.
    Values written by an undo are left out: like an edit in Salesforce, an undo is a decision of a person.

    Args:
        converted_fields: `edit_protection.converted_fields`.
    """
    rows = read(state, record_ids={*record_ids, *converted_fields["lead_id"]})
    rows = rows[~rows["action"].isin(UNDONE)]
    rows = rows.drop_duplicates(["record_id", "field"], keep="last")[["record_id", "field", "after"]]
    rows = rows.rename_axis("position").reset_index()
    own = rows[rows["record_id"].isin(record_ids)].assign(carried=True)
    both = pd.concat([own, _inherited(rows, own, converted_fields)], ignore_index=True)
    return both[["record_id", "field", "after", "carried"]]


def _inherited(rows: pd.DataFrame, own: pd.DataFrame, converted_fields: pd.DataFrame) -> pd.DataFrame:
    """Values written to Leads, as values of their Contacts, except where the Contact was written later."""
    of_leads = rows.rename(columns={"record_id": "lead_id", "field": "lead_field"})
    passed = of_leads.merge(converted_fields, on=["lead_id", "lead_field"])
    later = own[["record_id", "field", "position"]].rename(columns={"position": "own_position"})
    passed = passed.merge(later, on=["record_id", "field"], how="left")
    return passed[~(passed["own_position"] > passed["position"])]


def prune(state: Folder, before: pd.Timestamp) -> int:
    """Remove files written before a time, also unfinished ones; returns their number."""
    oldest = before.strftime(STAMP)
    old = [name for name in folder(state).names() if name < oldest]
    for name in old:
        (folder(state).path / name).unlink()
    return len(old)
