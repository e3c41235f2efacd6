"""Forecast of the calls left at Livestorm, from the runs of the last week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from livestorm_salesforce.state import run_queries
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.run_queries import StoredRun
from livestorm_salesforce.web.health import Forecast, forecast

DAYS = 7


def livestorm_forecast(state: PairState, runs: Sequence[StoredRun], now: datetime) -> Forecast | None:
    """The forecast; None until a run has learned the allowance.

    Args:
        runs: at least those of the last week, newest first.
    """
    allowance = run_queries.allowance(state)
    if not allowance or allowance.left is None or allowance.window_began is None:
        return None
    start = now - timedelta(days=DAYS)
    recent = [run for run in runs if run.started_at > start and run.report]
    used = sum(int(run.report["calls"]["livestorm"]) for run in recent if run.report and "calls" in run.report)
    first = min((run.started_at for run in recent), default=now)
    return forecast(allowance.left, allowance.window_began, used, max((now - first).total_seconds() / 86400, 1), now)


def salesforce_usage(runs: Sequence[StoredRun]) -> dict[str, int] | None:
    """Calls of the org in 24 hours and its limit (`used`, `limit`), as the newest run has learned them."""
    found = (usage for run in runs if run.report and (usage := run.report.get("salesforce_usage")))
    return next(found, None)
