"""Webhook deliveries as one run sees them: copied to its run folder when the sessions were listed.

A task that is retried therefore sees the same deliveries; later ones are left to the next run.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from livestorm_salesforce.domain.sessions import webhook_deliveries
from livestorm_salesforce.domain.sessions.read_schedule import attendance_available
from livestorm_salesforce.enums import ReadState
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import sync_state, webhook_queue
from livestorm_salesforce.storage import Lines, safe_name

#: States of a session's reading after which its deliveries are used up.
HANDLED = (ReadState.FULL, ReadState.INCREMENTAL, ReadState.WEBHOOK_PARTIAL)


def copy_to_run(run: TaskRun, scoped: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    """Copy what was told of sessions in scope to the run's folder; returns `webhook_deliveries.TOLD_COLUMNS`.

    Sessions of which not everybody was read once (no roster) are told of in vain: everybody is read now.
    """
    run.folder.folder(webhook_queue.FOLDER).remove()  # of an earlier try
    if not run.app.state.has(webhook_queue.FOLDER):
        run.folder.write_json("webhook_queue", {})
        return webhook_deliveries.delivery_frame([])
    rows, seen = [], {}
    waiting = webhook_queue.folders_by_session(run.app.state)
    unread = attendance_available(scoped, run.app.mapping.reading)[1]
    scoped = scoped.assign(settled=(scoped["status"] == "past") & ~unread)
    for session in scoped[scoped["scope"]].to_dict("records"):
        session_id = session["session_id"]
        found = {
            name: person
            for folder in waiting.get(webhook_queue.session_digest(session_id), [])
            for name, person in webhook_queue.read_deliveries(folder)
        }
        if found:
            seen[session_id] = list(found)
        known = (session["full_at"], session["settled"])
        people = webhook_deliveries.latest_versions(
            [one for one in found.values() if not webhook_deliveries.is_outdated(one, *known)]
        )
        if row := _weighed(run, session, people, now):
            rows.append(row)
        if people:
            run.folder.folder(webhook_queue.FOLDER).write_lines(safe_name(session_id), Lines(people))
    run.folder.write_json("webhook_queue", seen)
    return webhook_deliveries.delivery_frame(rows)


def _weighed(
    run: TaskRun, session: dict[str, Any], people: list[dict[str, Any]], now: pd.Timestamp
) -> dict[str, Any] | None:
    """What was told of a session against its count; None where nothing is to be weighed, or not everybody known."""
    moved = session["registrants_count"] != session["known_registrants_count"]
    if pd.isna(session["roster_excess"]) or pd.isna(session["read_at"]) or not (people or moved):
        return None
    roster = sync_state.known_registrants(run.app.state, session["session_id"])
    if roster is None:
        return None
    ids = {one["id"] for one in people if webhook_deliveries.registered_before(one, now)}
    return {
        "session_id": session["session_id"],
        "delivered": len(people),
        "unaccounted": webhook_deliveries.unaccounted(session, roster, ids),
    }


def deliveries_of(run: TaskRun, session_id: str) -> list[dict[str, Any]]:
    """People that webhooks told of, each once, as this run found them; in the same order at every try."""
    folder, name = run.folder.folder(webhook_queue.FOLDER), safe_name(session_id)
    return folder.read_lines(name) if folder.has(f"{name}{webhook_queue.ENDING}") else []


def remove_used(run: TaskRun, outcomes: pd.DataFrame) -> None:
    """Remove the deliveries that this run saw, of sessions that it read."""
    handled = set(outcomes.loc[outcomes["state"].isin(HANDLED), "session_id"])
    for session_id, names in run.folder.read_json("webhook_queue", {}).items():
        if session_id in handled:
            for name in names:
                run.app.state.folder(webhook_queue.FOLDER).drop(name)
