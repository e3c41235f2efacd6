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
from livestorm_salesforce.storage import Folder, Lines

log = logging.getLogger(__name__)
FOLDER, ENDING = "webhook_queue", ".jsonl.gz"


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
    return state.folder(FOLDER).folder(day).folder(session_digest(session_id))


def session_digest(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()[:16]


def not_in_every_list(state: Folder, known: pd.DataFrame) -> list[str]:
    """Ids of sessions with deliveries, of those that not every run lists and of those that no run has seen."""
    if not state.has(FOLDER):
        return []
    seen = {session_digest(session_id) for session_id in known["session_id"]}
    seldom = {
        session_digest(session_id)
        for session_id in known.loc[webhook_deliveries.not_in_every_list(known), "session_id"]
    }
    waiting = folders_by_session(state)
    found = [_session_of(waiting[name]) for name in sorted(waiting) if name in seldom or name not in seen]
    return [session_id for session_id in found if session_id]


def _session_of(folders: list[Folder]) -> str | None:
    """The session that deliveries are of, as the newest that can be read says; None where none waits."""
    for folder in reversed(folders):
        for _, person in read_deliveries(folder):
            return str(person["attributes"]["registrant_detail"]["session_id"])
    return None


def folders_by_session(state: Folder) -> dict[str, list[Folder]]:
    """Folders of deliveries by the digest of their session."""
    found: dict[str, list[Folder]] = {}
    for day in map(state.folder(FOLDER).folder, state.folder(FOLDER).names()):
        for name in day.names():
            found.setdefault(name, []).append(day.folder(name))
    return found


def read_deliveries(folder: Folder) -> list[tuple[str, dict[str, Any]]]:
    """Paths below the queue, and people. A file that cannot be read stays until its day is pruned."""
    people = []
    for name in folder.names(ENDING):
        try:
            lines = folder.read_lines(name.removesuffix(ENDING))
        except (OSError, EOFError, ValueError, zlib.error):
            log.warning("A webhook delivery could not be read: %s/%s. It is left where it is.", folder, name)
            continue
        people += [(f"{folder.path.parent.name}/{folder.path.name}/{name}", line) for line in lines]
    return people


def prune(state: Folder, oldest: pd.Timestamp) -> None:
    """Remove days of deliveries older than that."""
    inbox = state.folder(FOLDER)
    for day in inbox.names():
        if day < oldest.date().isoformat():
            inbox.folder(day).remove()
