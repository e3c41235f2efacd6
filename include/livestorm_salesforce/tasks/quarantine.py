"""The quarantine of this pair: enter rejected rows after a run, and list, retry or dismiss rows on request."""

from __future__ import annotations

from typing import Any

import pandas as pd

from livestorm_salesforce.csv_export import to_csv
from livestorm_salesforce.domain.report import quarantine as rules
from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.problems import remedy
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import quarantine

LISTED = ["session_id", "person_id", "object", "code", "tries", "first_at", "last_at", "dismissed"]


def enter(run: TaskRun, outcome: rules.RunResult, now: pd.Timestamp) -> set[str]:
    """Keep what this run refused, let go what it settled; returns the sessions to read again at the next run."""
    with run.app.lock(quarantine.NAME):
        old = quarantine.load(run.app.state)
        new = rules.update_quarantine(old, outcome, now, run.run_id)
        if len(old) or len(new):
            quarantine.save(run.app.state, new)
    freed = old[(old["object"] == "Campaign") & old["session_id"].isin(outcome.healed)]
    return set(freed["session_id"])


def notes(accounting: pd.DataFrame) -> list[dict[str, Any]]:
    """Per code how many rows wait, and what settles them."""
    waiting = accounting[accounting["quarantine_code"].fillna("") != ""]
    return [
        {
            "code": "IN_QUARANTINE",
            "severity": "note",
            "count": len(rows),
            "public": f"{code}: refused before, not tried in this run",
            "message": f"{code}: refused before, not tried in this run",
            "remedy": remedy(str(code)),
        }
        for code, rows in waiting.groupby("quarantine_code")
    ]


def settle(run: TaskRun, action: str, ids: list[str], reason: str) -> dict[str, Any]:
    """List, retry or dismiss; leaves the whole list as a CSV in the run folder.

    Args:
        action: `list`, `retry` (at the next run; without ids all rows) or `dismiss` (needs ids and a reason).
        ids: Livestorm session ids, registrant ids, or "session registrant".

    Returns:
        counts, the rows with Livestorm's ids, codes and remedies, and the CSV's path. Nothing about a person.

    Raises:
        ConfigError: a dismissal without ids or reason, or ids that are not in quarantine.
    """
    with run.app.lock(quarantine.NAME):
        rows = quarantine.load(run.app.state)
        named = rules.chosen(rows, ids) if ids or action == "dismiss" else pd.Series(True, index=rows.index)
        _check(action, ids, reason, named)
        if action == "retry":
            rows = rules.retry(rows, named)
        elif action == "dismiss":
            rows = rules.dismiss(rows, named, reason.strip())
        if action != "list":
            quarantine.save(run.app.state, rows)
    run.mark_started()
    run.mark_ended()
    shown = rows.assign(remedy=rows["code"].map(remedy))
    path = run.folder.write_text("quarantine.csv", to_csv(shown.drop(columns=rules.HASHES)))
    listed = shown.loc[named, [*LISTED, "remedy"]].astype({"first_at": "str", "last_at": "str"})
    return {"rows": len(rows), "chosen": int(named.sum()), "csv": path, "listed": listed.to_dict("records")}


def _check(action: str, ids: list[str], reason: str, named: pd.Series) -> None:
    if action == "dismiss" and not (ids and reason.strip()):
        raise ConfigError("A dismissal needs ids and a reason.", remedy="give both in the trigger form")
    if ids and not named.any():
        raise ConfigError("None of these ids is in quarantine.", remedy="run the action 'list' to see what is")
