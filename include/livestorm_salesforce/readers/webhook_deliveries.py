"""The webhook deliveries that a run uses: copied to its folder when the sessions are listed.

A retried task therefore sees the same deliveries. Later deliveries are left to the next run.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from livestorm_salesforce.domain.sessions import webhook_deliveries
from livestorm_salesforce.domain.sessions.count_check import can_be_checked, unaccounted
from livestorm_salesforce.domain.sessions.refresh_priority import attendance_available
from livestorm_salesforce.domain.sessions.webhook_runs import AFTER_THE_END
from livestorm_salesforce.enums import ReadState, SessionStatus
from livestorm_salesforce.json_lines import JsonLines
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import registrations, webhook_queue
from livestorm_salesforce.storage import safe_name

#: States of a session's read after which its deliveries are removed.
HANDLED = (ReadState.FULL, ReadState.INCREMENTAL, ReadState.WEBHOOK_PARTIAL)
#: Folder of the copies in the run folder, and document with the digests of the deliveries of each session.
FOLDER = SEEN = "webhook_queue"
#: Document: ids of the registrants whose attendance was delivered, by session.
ATTENDANCE = "webhook_attendance"

#: Deliveries by session id and digest.
Queue = Mapping[str, Mapping[str, dict[str, Any]]]


def copy_to_run(run: TaskRun, scoped: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    """Copy the deliveries of sessions in scope to the run folder; returns `webhook_deliveries.DELIVERY_COLUMNS`.

    Sessions that were never read in full have no row: all their registrants are read now.

    Args:
        run: the discover task.
        scoped: sessions, columns of `scope.decide_scope`.
        now: when the sessions were listed.
    """
    run.folder.folder(FOLDER).remove()  # copies of an earlier attempt
    queued = webhook_queue.read_deliveries(run.app.state)
    _mark_seen(run, queued, scoped.loc[scoped["scope"], "session_id"])
    if not queued and not run.app.settings.webhooks:
        run.folder.write_json(SEEN, {})
        return webhook_deliveries.delivery_frame([])
    rows, seen = [], {}
    unread = attendance_available(scoped, run.app.mapping.reading.attendance_minutes)[1]
    scoped = scoped.assign(settled=(scoped["status"] == SessionStatus.PAST) & ~unread)
    for session in scoped[scoped["scope"]].to_dict("records"):
        session_id = session["session_id"]
        found = queued.get(session_id, {})
        if found:
            seen[session_id] = list(found)
        current = [
            delivery
            for delivery in found.values()
            if not webhook_deliveries.is_outdated(delivery, session["full_at"], session["settled"])
        ]
        registrants = webhook_deliveries.latest_versions(current)
        if row := _count(run, session, registrants, now):
            rows.append(row)
        if registrants:
            run.folder.folder(FOLDER).write_lines(safe_name(session_id), JsonLines(registrants))
    run.folder.write_json(SEEN, seen)
    return webhook_deliveries.delivery_frame(rows)


def _mark_seen(run: TaskRun, queued: Queue, in_scope: Collection[str]) -> None:
    """State which deliveries need no run of their own any more: a run that writes uses them, or leaves them.

    A run for chosen sessions neither uses nor leaves the deliveries of others.
    """
    if not run.writes:
        return
    chosen = run.request.session_ids or run.request.event_ids
    sessions = set(in_scope) & queued.keys() if chosen else queued.keys()
    digests = [digest for session_id in sessions for digest in queued[session_id]]
    webhook_queue.mark_seen(run.app.state, digests, run.app.utc_now().to_pydatetime())


def last_delivery(run: TaskRun) -> pd.Timestamp | None:
    """When Livestorm last sent a delivery; None if it never did, or webhooks are off."""
    return webhook_queue.last_sent_at(run.app.state) if run.app.settings.webhooks else None


def delivered_attendance(queued: Queue) -> dict[str, list[str]]:
    """Ids of the registrants whose attendance was delivered, by session."""
    found = {
        session_id: sorted(
            {str(one["id"]) for one in own.values() if webhook_deliveries.event_of(one) in AFTER_THE_END}
        )
        for session_id, own in queued.items()
    }
    return {session_id: ids for session_id, ids in found.items() if ids}


def _count(
    run: TaskRun, session: Mapping[Any, Any], registrants: list[dict[str, Any]], now: pd.Timestamp
) -> dict[str, Any] | None:
    """Deliveries of a session compared with its count; None if there is nothing to compare."""
    changed = session["registrants_count"] != session["known_registrants_count"]
    if not (registrants or changed):
        return None
    known = registrations.known_registrants(run.app.state, session["session_id"])
    if known is None or not can_be_checked(session, known):
        return None
    ids = {one["id"] for one in registrants if webhook_deliveries.registered_before(one, now)}
    return {
        "session_id": session["session_id"],
        "delivered": len(registrants),
        "unaccounted": unaccounted(session, known, ids),
    }


def deliveries_of(run: TaskRun, session_id: str) -> list[dict[str, Any]]:
    """Registrants delivered for a session, each once, in the same order at every attempt."""
    folder, name = run.folder.folder(FOLDER), safe_name(session_id)
    return folder.read_lines(name) if folder.has(f"{name}.jsonl.gz") else []


def remove_used(run: TaskRun, outcomes: pd.DataFrame) -> None:
    """Remove the deliveries that this run has used from the queue.

    Args:
        run: the report task.
        outcomes: `session_id` and `state` of the sessions that were read.
    """
    handled = set(outcomes.loc[outcomes["state"].isin(HANDLED), "session_id"])
    seen = run.folder.read_json(SEEN, {}).items()
    used = [digest for session_id, digests in seen if session_id in handled for digest in digests]
    webhook_queue.remove(run.app.state, used)
