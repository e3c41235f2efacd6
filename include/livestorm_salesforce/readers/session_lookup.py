"""Sessions that webhooks told of and that no list of this run shows: asked for, so that nobody waits for a list.

A session on demand is in no list of what is to come, and one that was made a moment ago is in no memory. Its people
wait in the inbox; without its count and its event nothing can be done with them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from livestorm_salesforce.config.mapping import ReadingRules
from livestorm_salesforce.domain.sessions import read_schedule
from livestorm_salesforce.errors import ContractError, QuotaExhausted, TransientError
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state.sync_state import SyncState

AT_ONCE = 5  # a run: an inbox that another workspace fills by mistake must not eat the month


@dataclass
class LookupResult:
    """What became of the sessions asked for: their resources; ids of those that Livestorm does not have (404); how many
    wait for another run, because it did not answer or the calls of this one are spoken for."""

    resources: list[dict[str, Any]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    waiting: int = 0


def due(past: SyncState, waiting: list[str], rules: ReadingRules, pressure: float, now: pd.Timestamp) -> list[str]:
    """Of the sessions with deliveries, those whose turn it is: known ones on demand wait while the month strains."""
    if now - past.listings["on_demand"] >= read_schedule.on_demand_wait(rules, pressure, told=True):
        return waiting
    on_demand = set(past.known.loc[past.known["status"] == "on_demand", "session_id"])
    return [session_id for session_id in waiting if session_id not in on_demand]


def look_up(run: TaskRun, session_ids: list[str], calls: int) -> LookupResult:
    """Ask for some of these sessions. One that cannot be had stops neither the others nor the run.

    Args:
        calls: that this run may still make.
    """
    asked = LookupResult()
    due = session_ids[: max(0, min(calls, AT_ONCE))]
    for session_id in due:
        try:
            resource = run.app.livestorm.get_session(session_id)
        except ContractError:
            continue
        except (TransientError, QuotaExhausted):
            break  # the next ones would not be answered either
        if resource is None:
            asked.gone.append(session_id)
        else:
            asked.resources.append(resource)
    asked.waiting = len(session_ids) - len(asked.resources) - len(asked.gone)
    return asked
