"""The quarantine of this connection pair: update it after a run, and list, retry or dismiss rows on request."""

from __future__ import annotations

from typing import Any

import pandas as pd

from livestorm_salesforce.csv_export import to_csv
from livestorm_salesforce.domain.report.quarantine import HASHES, dismiss, matches, retry
from livestorm_salesforce.domain.report.quarantine_update import update_quarantine
from livestorm_salesforce.domain.report.run_result import RunResult
from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.problems import remedy
from livestorm_salesforce.runs.params import is_encodable
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import quarantine

LISTED = ["session_id", "person_id", "object", "code", "tries", "first_at", "last_at", "dismissed"]


def settle_rows(run: TaskRun, result: RunResult, now: pd.Timestamp) -> set[str]:
    """Store the quarantine after a run and return the sessions to read again because their Campaign exists now."""
    with run.app.state.transaction(quarantine.LOCK):
        old = quarantine.load(run.app.state)
        new = update_quarantine(old, result, now, run.run_id)
        if len(old) or len(new):
            quarantine.save(run.app.state, new)
    resolved = (old["object"] == "Campaign") & old["session_id"].isin(result.resolved)
    return set(old.loc[resolved, "session_id"])


def settle(run: TaskRun, action: str, ids: list[str], reason: str) -> dict[str, Any]:
    """List, retry or dismiss rows, and write the quarantine as a CSV to the run folder.

    Args:
        action: `list`, `retry` (at the next run; all rows without ids) or `dismiss` (requires ids and a reason).
        ids: Livestorm session ids, registrant ids, or "session registrant".

    Returns:
        counts, the rows with Livestorm's ids, codes and remedies, and the path of the CSV; no personal data.

    Raises:
        ConfigError: a dismissal without ids or reason, or ids that are not in quarantine.
    """
    with run.app.state.transaction(quarantine.LOCK):
        rows = quarantine.load(run.app.state)
        _check_text([*ids, reason])
        selected = matches(rows, ids) if ids or action == "dismiss" else pd.Series(True, index=rows.index)
        _check(action, ids, reason, selected)
        if action == "retry":
            rows = retry(rows, selected)
        elif action == "dismiss":
            rows = dismiss(rows, selected, reason.strip())
        if action != "list":
            quarantine.save(run.app.state, rows)
    run.mark_started()
    run.mark_ended()
    shown = rows.assign(remedy=rows["code"].map(remedy))
    path = run.folder.write_text("quarantine.csv", to_csv(shown.drop(columns=HASHES)))
    listed = shown.loc[selected, [*LISTED, "remedy"]].astype({"first_at": "str", "last_at": "str"})
    return {"rows": len(rows), "chosen": int(selected.sum()), "csv": path, "listed": listed.to_dict("records")}


def _check_text(texts: list[str]) -> None:
    if not all(map(is_encodable, texts)):
        raise ConfigError("An id or the reason holds half a surrogate pair.", remedy="copy the text again")


def _check(action: str, ids: list[str], reason: str, selected: pd.Series) -> None:
    if action == "dismiss" and not (ids and reason.strip()):
        raise ConfigError("A dismissal needs ids and a reason.", remedy="give both in the trigger form")
    if ids and not selected.any():
        raise ConfigError("None of these ids is in quarantine.", remedy="run the action 'list' to see its rows")
