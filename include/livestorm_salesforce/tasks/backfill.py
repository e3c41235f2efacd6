"""The cost of a backfill before it starts and while it goes on, and its end by request."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from livestorm_salesforce.domain.sessions import backfill, scope
from livestorm_salesforce.domain.sessions.scope import Request
from livestorm_salesforce.domain.sessions.sync_state import SyncState
from livestorm_salesforce.readers.event_listing import read_events
from livestorm_salesforce.readers.session_listing import SessionReader
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.state import pairs, sync_state


def session_reader(app: AppContext, request: Request) -> SessionReader:
    """The reader of sessions with the limits of the settings."""
    return SessionReader(
        client=app.livestorm,
        rules=app.mapping.reading,
        request=request,
        calls_per_run=app.settings.livestorm_calls_per_run,
        monthly_reserve=app.settings.livestorm_monthly_reserve,
        utc_now=app.utc_now,
    )


def cost_of_period(app: AppContext, request: Request) -> backfill.Cost:
    """What a run with this request would read of the past. Lists sessions and events: one call for 50 of them."""
    state, reader = sync_state.load(app.state), session_reader(app, request)
    listed = reader.read_listing(state, [], lambda _now, _urgent: ())
    now = reader.service_time()
    event_ids = listed.sessions["event_id"].dropna().unique().tolist()
    events = read_events(app.livestorm, app.mapping.events, state, event_ids, list_due=False)
    known = _known(state)
    past = scope.Past(pairs.activation(app.state, now, keep=False), known)
    scoped = scope.decide_scope(listed.sessions, events.events, past, request, app.mapping, events.unreadable)
    return backfill.cost(scoped, known, reader.quota(state))


def cost_left(app: AppContext) -> backfill.Cost:
    """What is left of the backfill that was started. Costs one call, which returns the allowance."""
    state, reader = sync_state.load(app.state), session_reader(app, Request())
    app.livestorm.ping()
    known = _known(state)
    return backfill.cost(known.iloc[:0].assign(backfill=False), known, reader.quota(state))


def stop(app: AppContext) -> int:
    """Forget the sessions of a backfill that no run has read; returns their number."""
    with app.state.transaction("commit"):
        state = sync_state.load(app.state)
        if state is None:
            return 0
        waits = backfill.is_waiting(state.known)
        sync_state.save(app.state, replace(state, known=state.known[~waits]))
    return int(waits.sum())


def _known(state: SyncState | None) -> pd.DataFrame:
    return state.known if state else scope.empty_known()
