"""Simulates a backfill of 500,000 registrants to its end: calls, days, and memory and seconds of each portion.

    python -m benchmarks.backfill                         # 500 sessions with 1,000 registrants, one run an hour
    python -m benchmarks.backfill --sessions 50 --stop 3  # stopped after three days, resumed a week later

The product's listing, scope, read schedule, quota, backfill and sync state run at every poll; Livestorm's responses are
computed (`month_livestorm.py`). The registrants of each portion go through the domain code (`core_bench.py`).
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, cast

import numpy as np
import pandas as pd

from benchmarks import company
from benchmarks.core_bench import Clock, _planned, _transformed
from benchmarks.measured import peak_memory
from benchmarks.month import DAY, Webinar
from benchmarks.month_livestorm import LIMIT, MonthLivestorm
from livestorm_salesforce.clients.livestorm.client import LivestormClient
from livestorm_salesforce.config import Mapping, Settings
from livestorm_salesforce.domain.sessions import backfill, read_schedule, scope
from livestorm_salesforce.domain.sessions.call_budget import apply_call_budget, refresh_calls
from livestorm_salesforce.domain.sessions.quota import PERIOD
from livestorm_salesforce.domain.sessions.scope import Request
from livestorm_salesforce.domain.sessions.sync_state import SyncState, next_sync_state
from livestorm_salesforce.enums import ReadState
from livestorm_salesforce.readers.event_listing import read_events
from livestorm_salesforce.readers.session_listing import SessionReader

HOUR = 3_600
BEGAN = pd.Timestamp("2027-03-01T00:00:00Z").timestamp()
FIRST = Request(backfill_from=pd.Timestamp("2020-01-01", tz="UTC"), manual=True)


@dataclass(frozen=True)
class Portion:
    """One run that read sessions: hours since the start, sessions, registrants, processor seconds, peak MiB so far."""

    hour: int
    sessions: int
    registrants: int
    seconds: float
    peak: int


class Simulation:
    """A workspace whose sessions are all over, and the product's sync state from run to run."""

    def __init__(self, sessions: int, registrants: int) -> None:
        self.livestorm = MonthLivestorm([_past(number, registrants) for number in range(sessions)], BEGAN)
        self.past: SyncState | None = None
        self.portions: list[Portion] = []
        self.used: list[int] = []
        self._renewed = BEGAN

    def run(self, hour: int, request: Request) -> str:
        """One run; returns the cost of the backfill as shown before it reads."""
        now = BEGAN + hour * HOUR
        self.livestorm.now, self.livestorm.calls = now, 0
        if now - self._renewed >= PERIOD.total_seconds():
            self.livestorm.used, self._renewed = 0, now
        reader = self._reader(request)
        listed = reader.read_listing(self.past, [], lambda _now, _urgent: ())
        event_ids = listed.sessions["event_id"].dropna().unique().tolist()
        found = read_events(reader.client, Mapping().events, self.past, event_ids, list_due="events" in listed.lists)
        known = self.past.known if self.past else scope.empty_known()
        activation = pd.Timestamp(BEGAN, unit="s", tz="UTC")
        past = scope.Past(activation, known)
        scoped = scope.decide_scope(listed.sessions, found.events, past, request, Mapping())
        quota = reader.quota(self.past)
        cost = backfill.cost(scoped, known, quota)
        decided = read_schedule.decide_reading(scoped, request, Mapping().reading, quota.now)
        reading = apply_call_budget(
            decided,
            reader.calls_left(),
            None if request.manual else quota,
            all_listed=listed.all_listed,
            backfill_calls=quota.unreserved_headroom,
        )
        self._read(hour, reading[reading["read"]])
        document = {"now": quota.now, "lists": listed.lists, "gone": [], "remaining": reader.client.monthly_remaining,
                    "window_began": quota.began,
                    "refreshed": quota.refreshed + refresh_calls(reading)}  # fmt: skip
        made = reading[reading["scope"] & ~(reading["backfill"] & reading["deferred"])]
        links = made[["session_id"]].assign(campaign_id="701000000000001AAA", campaign_created="2027-03-01")
        outcomes = reading.loc[reading["read"], ["session_id"]].assign(state=ReadState.FULL, roster_excess=0.0)
        self.past = next_sync_state(self.past, reading, found.events, links, outcomes, [], document, [], [])
        self.used.append(self.livestorm.used)
        return str(cost)

    @property
    def left(self) -> int:
        """Sessions that are not read yet."""
        return 0 if self.past is None else int(backfill.is_waiting(self.past.known).sum())

    def stop(self) -> None:
        """What `livestorm-salesforce backfill --stop` does."""
        if self.past:
            self.past = replace(self.past, known=self.past.known[~backfill.is_waiting(self.past.known)])

    def _reader(self, request: Request) -> SessionReader:
        return SessionReader(
            client=cast("LivestormClient", self.livestorm),
            rules=Mapping().reading,
            request=request,
            calls_per_run=Settings().livestorm_calls_per_run,
            monthly_reserve=Settings().livestorm_monthly_reserve,
            utc_now=lambda: pd.Timestamp(BEGAN, unit="s", tz="UTC"),
        )

    def _read(self, hour: int, due: pd.DataFrame) -> None:
        """Count the calls of a portion, and send as many registrants through the domain code."""
        new = due[due["read_at"].isna()]
        for session_id in due["session_id"]:
            self.livestorm.people(session_id, None)
        registrants = int(new["registrants_count"].sum())
        if registrants:
            self.portions.append(Portion(hour, len(new), registrants, _core_seconds(registrants), peak_memory()))


@cache
def _core_seconds(registrants: int) -> float:
    """Processor seconds of the domain code for a portion; portions of one size are measured once."""
    made, clock = company.make(registrants), Clock()
    began = time.process_time()
    _planned(made, _transformed(made, clock), clock)
    return time.process_time() - began - clock.seconds["bare parse"]


def _past(number: int, registrants: int) -> Webinar:
    """A webinar that ended in the year before the sync was activated."""
    start = BEGAN - (10 + number * 300 / 500) * DAY
    registered = np.sort(start - np.arange(registrants) * 60.0)
    never = np.full(registrants, np.inf)
    attended = np.arange(registrants) % 2 == 0
    return Webinar(number, False, start - 30 * DAY, start, start + HOUR, registered, attended, never)


def simulate(sessions: int, registrants: int, stop: int = 0) -> dict[str, Any]:
    """Simulate to the end. `stop`: stopped after so many days and resumed a week later."""
    month = Simulation(sessions, registrants)
    shown, hour = month.run(0, FIRST), 0
    while month.left and hour < 200 * 24:
        hour += 1
        if stop and hour == stop * 24:
            month.stop()
            for pause in range(7 * 24):
                month.run(hour + pause, Request())
            hour += 7 * 24
            month.run(hour, FIRST)
            continue
        month.run(hour, Request())
    return {"shown": shown, "days": round(hour / 24, 1), "runs": len(month.used), "portions": month.portions,
            "registrants": sum(one.registrants for one in month.portions), "left": month.left,
            "calls": dict(month.livestorm.kinds), "most": max(month.used)}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=500)
    parser.add_argument("--registrants", type=int, default=1_000, help="of each session")
    parser.add_argument("--stop", type=int, default=0, help="stop after so many days and resume a week later")
    options = parser.parse_args()
    result = simulate(options.sessions, options.registrants, options.stop)
    portions = result.pop("portions")
    sizes, seconds = [one.registrants for one in portions], [one.seconds for one in portions]
    print(f"Before it starts: {result.pop('shown')}")
    print(*(f"{name}: {value}" for name, value in result.items()), f"allowance: {LIMIT:,} in 30 days", sep="\n")
    print(f"portions: {len(portions)}, of {min(sizes):,} to {max(sizes):,} registrants")
    print(f"processor seconds: {min(seconds):.1f} to {max(seconds):.1f}, {sum(seconds):.0f} in all")
    print(f"peak: {portions[-1].peak} MiB")


if __name__ == "__main__":
    main()
