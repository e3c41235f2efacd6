"""Webhook deliveries until a run has used them: `state/<pair>/webhook_queue/<day>/<session>/<delivery>.jsonl.gz`.

All names are digests or dates and contain no data. A delivery that arrives twice is stored once. A run copies the
deliveries to its own folder when it lists the sessions (`readers.webhook_deliveries`).
"""

from __future__ import annotations

import hashlib
import logging
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from livestorm_salesforce.domain.sessions import listing
from livestorm_salesforce.storage import Folder, Lines

log = logging.getLogger(__name__)
FOLDER, SUFFIX = "webhook_queue", ".jsonl.gz"


def enqueue(state: Folder, body: bytes, session_id: str, registrant: dict[str, Any], now: float) -> None:
    """Store one registrant; returns when the file is on the disk.

    Args:
        state: the pair's folder.
        body: the body of the request; its digest is the name of the file.
        session_id: the registrant's session.
        registrant: JSON:API resource.
        now: epoch seconds.
    """
    name = hashlib.sha256(body).hexdigest()[:32]
    today = datetime.fromtimestamp(now, UTC).date()
    yesterday = _folder(state, (today - timedelta(days=1)).isoformat(), session_id)
    folder = yesterday if yesterday.has(f"{name}{SUFFIX}") else _folder(state, today.isoformat(), session_id)
    folder.write_lines(name, Lines([registrant]), durable=True)


def _folder(state: Folder, day: str, session_id: str) -> Folder:
    return state.folder(FOLDER).folder(day).folder(session_digest(session_id))


def session_digest(session_id: str) -> str:
    """Name of the folders of a session's deliveries."""
    return hashlib.sha256(session_id.encode()).hexdigest()[:16]


def sessions_not_in_every_list(state: Folder, known: pd.DataFrame) -> list[str]:
    """Ids of sessions with deliveries that not every run lists, or that no run has listed yet.

    Args:
        state: the pair's folder.
        known: sessions as last loaded, columns `scope.KNOWN_COLUMNS`.
    """
    if not state.has(FOLDER):
        return []
    listed = {session_digest(session_id) for session_id in known["session_id"]}
    infrequent = known.loc[listing.not_in_every_list(known), "session_id"]
    listed -= {session_digest(session_id) for session_id in infrequent}
    folders = folders_by_session(state)
    found = [_session_of(folders[name]) for name in sorted(folders) if name not in listed]
    return [session_id for session_id in found if session_id]


def _session_of(folders: list[Folder]) -> str | None:
    """The session of these deliveries according to the newest readable one; None if none is readable."""
    for folder in reversed(folders):
        for _, registrant in read_deliveries(folder):
            return str(registrant["attributes"]["registrant_detail"]["session_id"])
    return None


def folders_by_session(state: Folder) -> dict[str, list[Folder]]:
    """Folders of deliveries, oldest first, by the digest of their session."""
    found: dict[str, list[Folder]] = {}
    for day in map(state.folder(FOLDER).folder, state.folder(FOLDER).names()):
        for name in day.names():
            found.setdefault(name, []).append(day.folder(name))
    return found


def read_deliveries(folder: Folder) -> list[tuple[str, dict[str, Any]]]:
    """Paths below the queue, and registrants. An unreadable file is kept until its day is pruned."""
    registrants: list[tuple[str, dict[str, Any]]] = []
    day_and_session = "/".join(str(folder).split("/")[-2:])
    for name in folder.names(SUFFIX):
        try:
            lines = folder.read_lines(name.removesuffix(SUFFIX))
        except (OSError, EOFError, ValueError, zlib.error):
            log.warning("A webhook delivery cannot be read: %s/%s. The file is kept.", folder, name)
            continue
        registrants += [(f"{day_and_session}/{name}", line) for line in lines]
    return registrants


def prune(state: Folder, oldest: pd.Timestamp) -> None:
    """Remove deliveries of the days before `oldest`."""
    queue = state.folder(FOLDER)
    for day in queue.names():
        if day < oldest.date().isoformat():
            queue.folder(day).remove()
