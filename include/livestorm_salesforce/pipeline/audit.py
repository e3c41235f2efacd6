"""Every write leaves a row: run, time, record, field, before, after, reason. Append-only, one file per load task."""

from __future__ import annotations

import pandas as pd

from include.livestorm_salesforce.core.plan import Plan
from include.livestorm_salesforce.pipeline.run import Run
from include.livestorm_salesforce.store import Folder, safe_name

COLUMNS = ["run_id", "at", "action", "object", "record_id", "field", "before", "after", "reason", "key", "campaign"]


def folder(state: Folder) -> Folder:
    return state.folder("audit")


def note(run: Run, plan: Plan, results: pd.DataFrame) -> None:
    """Append what a load carried out; fields that the org refused are not among them."""
    done = results[results["outcome"] == "done"]
    rows = plan.fields.merge(plan.changes.drop(columns="record_id"), on="change_id").merge(
        done[["change_id", "record_id", "dropped"]], on="change_id"
    )
    if rows.empty:
        return
    refused = (" " + rows["dropped"].fillna("") + " ").str.split(" ")
    rows = rows[[field not in names for field, names in zip(rows["field"], refused, strict=True)]]
    rows = rows.assign(run_id=run.run_id, at=pd.Timestamp.now("UTC").isoformat(timespec="seconds"))
    name = f"{rows['at'].iloc[0].replace(':', '')}-{safe_name(f'{run.run_id} {run.task} {run.try_number}')}"
    folder(run.state).write(name, rows[COLUMNS].astype("str"))


def read(state: Folder, run_id: str | None = None) -> pd.DataFrame:
    """The audit in the order it was written, of one run or of all: columns `COLUMNS`, all text."""
    audit = folder(state)
    parts = [audit.read(name.removesuffix(".parquet")) for name in audit.names(".parquet")]
    rows = pd.concat([pd.DataFrame(columns=COLUMNS, dtype="str"), *parts], ignore_index=True)
    return rows if run_id is None else rows[rows["run_id"] == run_id].reset_index(drop=True)


def last_written(state: Folder, record_ids: pd.Series) -> pd.DataFrame:
    """What we last wrote into each field of these records: record_id, field, after."""
    rows = read(state)
    rows = rows[rows["record_id"].isin(record_ids)]
    return rows.drop_duplicates(["record_id", "field"], keep="last")[["record_id", "field", "after"]]
