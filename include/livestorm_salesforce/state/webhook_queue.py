"""What webhooks told, kept until a run has used it: `state/<pair>/inbox/<day>/<session>/<delivery>.jsonl.gz`.

All names are digests or dates, never data. A delivery that comes twice is one file. A run works with a copy in its own
folder, taken when the sessions were listed, so that a task that is tried again sees the same people; what comes later
is the next run's.
"""

from __future__ import annotations

import hashlib
import logging
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from livestorm_salesforce.domain.sessions import webhook_deliveries
from livestorm_salesforce.domain.sessions.read_schedule import attendance_told
from livestorm_salesforce.runs.task_run import Run
from livestorm_salesforce.state import sync_state
from livestorm_salesforce.storage import Folder, Lines, safe_name

log = logging.getLogger(__name__)
FOLDER, ENDING = "inbox", ".jsonl.gz"
HANDLED = ("read", "read_new", "told")  # states of a session's reading after which its deliveries are used up


def keep(state: Folder, body: bytes, session_id: str, person: dict[str, Any], now: float) -> None:
    """Keep one person as told; returns when the file is on the disk.

    Args:
        body: as received: its digest is the file's name. now: epoch seconds.
    """
    name = hashlib.sha256(body).hexdigest()[:32]
    today = datetime.fromtimestamp(now, UTC).date()
    days = [_place(state, day.isoformat(), session_id) for day in (today - timedelta(days=1), today)]
    place = days[0] if days[0].has(f"{name}{ENDING}") else days[1]
    place.write_lines(name, Lines([person]), durable=True)


def _place(state: Folder, day: str, session_id: str) -> Folder:
    return state.folder(FOLDER).folder(day).folder(_digest(session_id))


def _digest(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()[:16]


def open_inbox(run: Run, scoped: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    """Copy what was told of sessions in scope to the run's folder; returns `core.told.TOLD_COLUMNS`.

    Sessions of which not everybody was read once (no roster) are told of in vain: everybody is read now.
    """
    run.folder.folder(FOLDER).remove()  # of an earlier try
    if not run.state.has(FOLDER):
        run.folder.write_json("inbox", {})
        return webhook_deliveries.told_frame([])
    rows, seen = [], {}
    waiting = _waiting(run.state)
    unread = attendance_told(scoped, run.mapping.reading)[1]
    scoped = scoped.assign(settled=(scoped["status"] == "past") & ~unread)
    for session in scoped[scoped["scope"]].to_dict("records"):
        session_id = session["session_id"]
        found = {name: person for folder in waiting.get(_digest(session_id), []) for name, person in _read(folder)}
        if found:
            seen[session_id] = list(found)
        known = (session["full_at"], session["settled"])
        people = webhook_deliveries.newest(
            [one for one in found.values() if not webhook_deliveries.superseded(one, *known)]
        )
        if row := _weighed(run, session, people, now):
            rows.append(row)
        if people:
            run.folder.folder(FOLDER).write_lines(safe_name(session_id), Lines(people))
    run.folder.write_json("inbox", seen)
    return webhook_deliveries.told_frame(rows)


def seldom_listed(state: Folder, known: pd.DataFrame) -> list[str]:
    """Ids of sessions with deliveries, of those that not every run lists and of those that no run has seen."""
    if not state.has(FOLDER):
        return []
    seen = {_digest(session_id) for session_id in known["session_id"]}
    seldom = {_digest(session_id) for session_id in known.loc[webhook_deliveries.seldom_listed(known), "session_id"]}
    waiting = _waiting(state)
    found = [_session_of(waiting[name]) for name in sorted(waiting) if name in seldom or name not in seen]
    return [session_id for session_id in found if session_id]


def _session_of(folders: list[Folder]) -> str | None:
    """The session that deliveries are of, as the newest that can be read says; None where none waits."""
    for folder in reversed(folders):
        for _, person in _read(folder):
            return str(person["attributes"]["registrant_detail"]["session_id"])
    return None


def _waiting(state: Folder) -> dict[str, list[Folder]]:
    """Folders of deliveries by the digest of their session."""
    found: dict[str, list[Folder]] = {}
    for day in map(state.folder(FOLDER).folder, state.folder(FOLDER).names()):
        for name in day.names():
            found.setdefault(name, []).append(day.folder(name))
    return found


def _read(folder: Folder) -> list[tuple[str, dict[str, Any]]]:
    """Paths below the inbox, and people. A file that cannot be read stays until its day is pruned."""
    people = []
    for name in folder.names(ENDING):
        try:
            lines = folder.read_lines(name.removesuffix(ENDING))
        except (OSError, EOFError, ValueError, zlib.error):
            log.warning("A webhook delivery could not be read: %s/%s. It is left where it is.", folder, name)
            continue
        people += [(f"{folder.path.parent.name}/{folder.path.name}/{name}", line) for line in lines]
    return people


def _weighed(
    run: Run, session: dict[str, Any], people: list[dict[str, Any]], now: pd.Timestamp
) -> dict[str, Any] | None:
    """What was told of a session against its count; None where nothing is to be weighed, or not everybody known."""
    moved = session["registrants_count"] != session["known_registrants_count"]
    if pd.isna(session["surplus"]) or pd.isna(session["read_at"]) or not (people or moved):
        return None
    roster = sync_state.roster(run.state, session["session_id"])
    if roster is None:
        return None
    ids = {one["id"] for one in people if webhook_deliveries.in_list(one, now)}
    return {
        "session_id": session["session_id"],
        "told": len(people),
        "missing": webhook_deliveries.missing(session, roster, ids),
    }


def told_of(run: Run, session_id: str) -> list[dict[str, Any]]:
    """People that webhooks told of, each once, as this run found them; in the same order at every try."""
    folder, name = run.folder.folder(FOLDER), safe_name(session_id)
    return folder.read_lines(name) if folder.has(f"{name}{ENDING}") else []


def forget(run: Run, outcomes: pd.DataFrame) -> None:
    """Remove the deliveries that this run saw, of sessions that it read."""
    handled = set(outcomes.loc[outcomes["state"].isin(HANDLED), "session_id"])
    for session_id, names in run.folder.read_json("inbox", {}).items():
        if session_id in handled:
            for name in names:
                run.state.folder(FOLDER).drop(name)


def prune(state: Folder, oldest: pd.Timestamp) -> None:
    """Remove days of deliveries older than that."""
    inbox = state.folder(FOLDER)
    for day in inbox.names():
        if day < oldest.date().isoformat():
            inbox.folder(day).remove()
