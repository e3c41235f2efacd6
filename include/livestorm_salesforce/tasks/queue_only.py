"""Selects the sessions of a run that webhook deliveries started: from the state, without a Livestorm call."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from livestorm_salesforce.domain.sessions import backfill, read_schedule, scope, webhook_runs
from livestorm_salesforce.domain.sessions.sync_state import SyncState
from livestorm_salesforce.domain.sessions.transform import transform_events
from livestorm_salesforce.readers import webhook_deliveries
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import pairs, session_listings, sync_state, webhook_queue


@dataclass(frozen=True)
class Selection:
    """What a run considers.

    Attributes:
        sessions: columns of `call_budget.apply_call_budget`.
        events: columns of `contracts.EVENTS`.
        document: what `discover` stores for the later tasks.
    """

    sessions: pd.DataFrame
    events: pd.DataFrame
    document: dict[str, Any]


def select_sessions(run: TaskRun) -> Selection:
    """The sessions with deliveries that earlier runs have listed and read in full.

    The deliveries of other sessions remain in the queue for the next ordinary run; `deferred_lookups` counts them.
    """
    state = sync_state.load(run.app.state)
    now = _now(run, state)
    known = state.known if state else scope.empty_known()
    events = state.events if state else transform_events([])
    queued = webhook_queue.read_deliveries(run.app.state)
    attendance = webhook_deliveries.delivered_attendance(queued)
    listed = session_listings.load(run.app.state)
    activation = pairs.activation(run.app.state, now, keep=False)
    scoped = scope.decide_scope(
        webhook_runs.with_ended_sessions(listed, attendance, now),
        events,
        scope.Past(activation, known[known["status"] != scope.GONE]),
        run.request,
        run.app.mapping,
    )
    usable = webhook_runs.can_use_deliveries(scoped, events)
    left = webhook_runs.left_to_ordinary_runs(queued.keys(), known, scoped, usable)
    deliveries = webhook_deliveries.copy_to_run(run, scoped.assign(scope=usable), now)
    decided = read_schedule.decide_reading(scoped, run.request, run.app.mapping.reading, now, deliveries)
    run.folder.write_json(webhook_deliveries.ATTENDANCE, attendance)
    times = {"now": now.isoformat(), "activation": activation.isoformat()}
    return Selection(webhook_runs.read_queue_only(decided), events, times | _document(state, left))


def _now(run: TaskRun, state: SyncState | None) -> pd.Timestamp:
    """Time of this host, which may be behind Livestorm's: never before the last ordinary run."""
    now = run.app.utc_now().floor("s")
    return max(now, state.last_success) if state else now


def _document(state: SyncState | None, left: int) -> dict[str, Any]:
    """The parts of the document that an ordinary run fills from Livestorm's responses."""
    cost = asdict(backfill.Cost(0, 0, 0, None, None))
    nothing = {"gone": [], "unknown": [], "lists": [], "unreadable": 0, "pressure": 0.0, "backfill": cost}
    began = state.window_began.isoformat() if state and state.window_began is not None else None
    quota = {"window_began": began, "remaining": state.remaining if state else None, "refreshed": 0}
    return nothing | quota | {"deferred_lookups": left}
