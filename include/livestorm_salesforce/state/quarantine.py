"""The quarantine of this pair of workspace and org: read, entered after a run, and settled by a person."""

from __future__ import annotations

from typing import Any

import pandas as pd

from livestorm_salesforce.csv_export import to_csv
from livestorm_salesforce.domain.registrants.eligibility import mapping_hash
from livestorm_salesforce.domain.report import quarantine as rules
from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.problems import remedy
from livestorm_salesforce.runs.task_run import Run
from livestorm_salesforce.storage import Folder

NAME = "quarantine"
LISTED = ["session_id", "person_id", "object", "code", "tries", "first_at", "last_at", "dismissed"]


def recall(state: Folder) -> pd.DataFrame:
    """Columns `core.quarantine.COLUMNS`."""
    return rules.typed(state.read(NAME)) if state.has(f"{NAME}.parquet") else rules.empty()


def patience(run: Run, now: pd.Timestamp) -> rules.Patience:
    """Whoever triggers a run by hand, or asks for a full read, wants the refused rows tried."""
    wait = pd.Timedelta(hours=run.settings.quarantine_hours)
    return rules.Patience(now, wait, run.by_hand or run.request.full_read, int(mapping_hash(run.mapping)))


def due_sessions(run: Run, now: pd.Timestamp, *, urgent: bool = False) -> set[str]:
    """Sessions that are read again because a row of theirs is to be tried again.

    Args:
        urgent: only those for which the month's calls do not matter.
    """
    rows, which = recall(run.state), rules.urgent if urgent else rules.due
    return set(rows.loc[which(rows, patience(run, now)), "session_id"])


def enter(run: Run, outcome: rules.Outcome, now: pd.Timestamp) -> set[str]:
    """Keep what this run refused, let go what it settled; returns the sessions to read again at the next run."""
    with run.alone(NAME):
        old = recall(run.state)
        new = rules.after_run(old, outcome, now, run.run_id)
        if len(old) or len(new):
            run.state.write(NAME, new)
    freed = old[(old["object"] == "Campaign") & old["session_id"].isin(outcome.healed)]
    return set(freed["session_id"])


def notes(account: pd.DataFrame) -> list[dict[str, Any]]:
    """Per code how many rows wait, and what settles them."""
    waiting = account[account["waits"].fillna("") != ""]
    return [
        {
            "code": "IN_QUARANTINE",
            "severity": "note",
            "count": len(rows),
            "public": f"{code}: refused before, not tried in this run",
            "message": f"{code}: refused before, not tried in this run",
            "remedy": remedy(str(code)),
        }
        for code, rows in waiting.groupby("waits")
    ]


def settle(run: Run, action: str, ids: list[str], reason: str) -> dict[str, Any]:
    """List, retry or dismiss; leaves the whole list as a CSV in the run folder.

    Args:
        action: `list`, `retry` (at the next run; without ids all rows) or `dismiss` (needs ids and a reason).
        ids: Livestorm session ids, registrant ids, or "session registrant".

    Returns:
        counts, the rows with Livestorm's ids, codes and remedies, and the CSV's path. Nothing about a person.

    Raises:
        ConfigError: a dismissal without ids or reason, or ids that are not in quarantine.
    """
    with run.alone(NAME):
        rows = recall(run.state)
        named = rules.chosen(rows, ids) if ids or action == "dismiss" else pd.Series(True, index=rows.index)
        _check(action, ids, reason, named)
        if action == "retry":
            rows = rules.retry(rows, named)
        elif action == "dismiss":
            rows = rules.dismiss(rows, named, reason.strip())
        if action != "list":
            run.state.write(NAME, rows)
    run.begin()
    run.end()
    shown = rows.assign(remedy=rows["code"].map(remedy))
    path = run.folder.write_text("quarantine.csv", to_csv(shown.drop(columns=rules.HASHES)))
    listed = shown.loc[named, [*LISTED, "remedy"]].astype({"first_at": "str", "last_at": "str"})
    return {"rows": len(rows), "chosen": int(named.sum()), "csv": path, "listed": listed.to_dict("records")}


def _check(action: str, ids: list[str], reason: str, named: pd.Series) -> None:
    if action == "dismiss" and not (ids and reason.strip()):
        raise ConfigError("A dismissal needs ids and a reason.", remedy="give both in the trigger form")
    if ids and not named.any():
        raise ConfigError("None of these ids is in quarantine.", remedy="run the action 'list' to see what is")
