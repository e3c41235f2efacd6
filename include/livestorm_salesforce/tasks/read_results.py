"""What the extract tasks of a run left in its folder: outcomes of sessions, rows of registrants."""

from __future__ import annotations

from typing import Any

import pandas as pd

from livestorm_salesforce.domain.registrants.transform import transform_registrants
from livestorm_salesforce.enums import ReadState
from livestorm_salesforce.runs.plan_files import discovery
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.storage import Folder, safe_name

#: Folder of the batches in the run folder; `discover` removes that of an earlier pass.
FOLDER = "extract"
GONE = "deleted in Livestorm between listing and reading"
NO_ANSWER = "Livestorm did not answer; it is read again next run"
NO_CALLS = "call allowance used up; it is read next run"
NO_RESULT = "no task of this run has read it (skipped, or marked as success by hand); it is read again next run"
UNKNOWN_SHAPE = "Livestorm's response differs from its documentation; it is read again next run"
#: Reasons of sessions that were read in part.
REASONS = {
    ReadState.INCOMPLETE: "the list changed while it was read; it is read again next run",
    ReadState.WEBHOOK_PARTIAL: "only registrants delivered by webhooks are read; the others are deferred to save calls",
}
#: Folder in the run folder: ids of the registrants of each session after its read.
KNOWN = "known_registrants"


def batch_folder(run: TaskRun, batch: int) -> Folder:
    """The folder of one batch."""
    return run.folder.folder(FOLDER).folder(f"batch-{batch:03d}")


def unread(session_id: str, state: ReadState, reason: str) -> dict[str, Any]:
    """The outcome of a session that was not read: a row of `outcomes_of` without `batch`."""
    outcome = {"session_id": session_id, "file": "", "rows": 0, "state": state, "reason": reason}
    counts = dict.fromkeys(("new_by_webhook", "new_by_calls", "unannounced", "unreadable"), 0)
    return outcome | {"roster_excess": None} | counts


def outcomes_of(run: TaskRun) -> pd.DataFrame:
    """The outcome of each session that the run had to read; `FAILED` for those without a result of this pass.

    Columns: session_id, state (`ReadState`), reason, batch, file (empty: not read), rows, new_by_webhook,
    new_by_calls, unannounced (`count_check.unannounced`), unreadable (rows in an unknown format), roster_excess (full
    reads only).
    """
    rows: list[dict[str, Any]] = []
    for batch, session_ids in enumerate(discovery(run.folder)["batches"]):
        found = batch_folder(run, batch).read_json("sessions", [])
        without = {*session_ids} - {outcome["session_id"] for outcome in found}
        missing = [unread(one, ReadState.FAILED, NO_RESULT) for one in session_ids if one in without]
        rows.extend({**outcome, "batch": batch} for outcome in [*found, *missing])
    text = dict.fromkeys(("session_id", "file", "state", "reason"), "str")
    numbers = dict.fromkeys(("batch", "rows", "new_by_webhook", "new_by_calls", "unannounced", "unreadable"), "int64")
    columns = {**text, **numbers, "roster_excess": "float64"}
    outcomes = pd.DataFrame(rows, columns=list(columns)).astype(columns)
    return outcomes.drop_duplicates("session_id", keep="last", ignore_index=True)


def registrants_of(run: TaskRun, outcomes: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """The registrants of all sessions read, with `columns` where a session's form has them."""
    read = outcomes[outcomes["file"] != ""]
    files = zip(read["batch"], read["file"], strict=True)
    frames = [batch_folder(run, batch).read(file, columns) for batch, file in files]
    base = transform_registrants([], "")
    joined = pd.concat([base, *frames], ignore_index=True)
    return joined.reindex(columns=list(dict.fromkeys([*base.columns, *columns])))


def known_in_run(run: TaskRun, session_id: str) -> set[str] | None:
    """Ids of a session's registrants after this run's read; None if the read does not tell."""
    folder, name = run.folder.folder(KNOWN), safe_name(session_id)
    return set(folder.read(name)["person_id"]) if folder.has(f"{name}.parquet") else None
