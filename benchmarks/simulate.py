"""`make simulate`: simulates a month of webinars polled every 15 minutes: calls used, and delay in Salesforce.

    python -m benchmarks.simulate                   # two months: with webhooks, and without
    python -m benchmarks.simulate --webhooks 0.98   # one month with this share of deliveries arriving (0: no webhooks)

The product's listing, scope, read schedule, quota and sync state run at every poll, as in the task `discover`.
Livestorm's responses are computed (`month_livestorm.py`), and what was read counts as loaded `LOADING` seconds after
the poll. Running all tasks for 2,880 polls would take hours and give the same figures.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from benchmarks.month import DAY, MINUTE, POLL, Scale, Webinar, webinars
from benchmarks.month_livestorm import MonthLivestorm
from benchmarks.month_result import plot, verdicts
from benchmarks.month_webhooks import MonthQueue
from livestorm_salesforce.clients.livestorm.client import LivestormClient
from livestorm_salesforce.config import Mapping, Settings
from livestorm_salesforce.domain.sessions import read_schedule, scope
from livestorm_salesforce.domain.sessions.call_budget import apply_call_budget, refresh_calls
from livestorm_salesforce.domain.sessions.scope import Request
from livestorm_salesforce.domain.sessions.sync_state import SyncState, next_sync_state
from livestorm_salesforce.enums import ReadMode, ReadState
from livestorm_salesforce.readers.event_listing import read_events
from livestorm_salesforce.readers.session_listing import SessionReader

LOADING = 90  # seconds from the poll until what it read is in Salesforce
BEGAN = datetime(2027, 3, 1, tzinfo=UTC).timestamp()
TARGET_REGISTRATION, TARGET_ATTENDANCE = 30, 60  # minutes
WHEN = ("registered", "attended", "watched")
STATES = {
    ReadMode.FULL: ReadState.FULL,
    ReadMode.INCREMENTAL: ReadState.INCREMENTAL,
    ReadMode.WEBHOOK_ONLY: ReadState.INCREMENTAL,
    ReadMode.WEBHOOK_PARTIAL: ReadState.WEBHOOK_PARTIAL,
}
NOBODY = (np.empty(0, dtype=int),) + (np.empty(0, dtype=bool),) * 2


class Simulation:
    """The product's sync state and Livestorm, from poll to poll."""

    def __init__(self, scale: Scale, mapping: Mapping, share: float | None = None) -> None:
        self.scale, self.share, self.happened = scale, share, webinars(BEGAN, scale)
        self.livestorm = MonthLivestorm(self.happened, BEGAN)
        self.queue = MonthQueue({self.livestorm.name(one): one for one in self.happened}, share)
        self.mapping = mapping
        self.reader = SessionReader(
            client=cast("LivestormClient", self.livestorm),
            rules=mapping.reading,
            request=Request(),
            calls_per_run=Settings().livestorm_calls_per_run,
            monthly_reserve=Settings().livestorm_monthly_reserve,
            utc_now=lambda: pd.Timestamp(BEGAN, unit="s", tz="UTC"),
        )
        self.past: SyncState | None = None
        self.arrived = {
            self.livestorm.name(one): {name: np.full(len(one.registered), np.inf) for name in WHEN}
            for one in self.happened
        }
        self.used: list[int] = []
        self.deferred: dict[str, int] = {}

    def poll(self, now: float) -> None:
        """Simulate one scheduled run."""
        self.livestorm.now, self.livestorm.calls = now, 0
        waiting = self.queue.not_in_every_list(self.past.known, now) if self.past else []
        listed = self.reader.read_listing(self.past, waiting, lambda _now, _urgent: ())
        sessions, lists = listed.sessions, listed.lists
        moment = self.reader.service_time()
        event_ids = sessions["event_id"].dropna().unique().tolist()
        found = read_events(self.reader.client, self.mapping.events, self.past, event_ids, list_due="events" in lists)
        events = found.events
        if found.was_listed and "events" not in lists:
            lists.append("events")
        known = self.past.known if self.past else scope.empty_known()
        began = pd.Timestamp(BEGAN, unit="s", tz="UTC")
        scoped = scope.decide_scope(sessions, events, scope.Past(began, known), Request(), self.mapping)
        quota = self.reader.quota(self.past)
        outcome = self.queue.deliveries(scoped, now)
        reading = read_schedule.decide_reading(scoped, Request(), self.mapping.reading, moment, outcome)
        reading = apply_call_budget(reading, self.reader.calls_left(), quota, all_listed=listed.all_listed)
        outcomes = self._extract(reading[reading["read"]])
        for why in reading.loc[reading["deferred"], "deferred_reason"]:
            self.deferred[why] = self.deferred.get(why, 0) + 1
        document = {"now": moment, "lists": lists, "gone": listed.gone, "remaining": quota.remaining,
                    "window_began": quota.began,
                    "refreshed": quota.refreshed + refresh_calls(reading)}  # fmt: skip
        links = reading.loc[reading["scope"], ["session_id"]].assign(
            campaign_id="701000000000001AAA", campaign_created="2027-03-01T00:00:00.000+0000"
        )  # fmt: skip
        self.past = next_sync_state(self.past, reading, events, links, outcomes, [], document, [], [])
        self.used.append(self.livestorm.used)

    def _extract(self, due: pd.DataFrame) -> pd.DataFrame:
        overlap = read_schedule.OVERLAP.total_seconds()
        rows = []
        for session in due.itertuples():
            since = session.read_at.timestamp() - overlap if session.read_mode == ReadMode.INCREMENTAL else None
            free = session.read_mode in (ReadMode.WEBHOOK_ONLY, ReadMode.WEBHOOK_PARTIAL)
            read = NOBODY if free else self.livestorm.people(session.session_id, since)
            outcome = self.queue.take(session.session_id, self.livestorm.now, read[0])
            loaded = self.livestorm.now + LOADING
            for name, called in zip(WHEN, (read[0], read[0][read[1]], read[0][read[2]]), strict=True):
                times, places = self.arrived[session.session_id][name], np.union1d(called, outcome[name])
                times[places] = np.minimum(times[places], loaded)
            rows.append({"session_id": session.session_id, "state": STATES[session.read_mode], "roster_excess": 0.0})
        return pd.DataFrame(rows, columns=["session_id", "state", "roster_excess"])


def simulate(
    scale: Scale,
    mapping: Mapping | None = None,
    each: Callable[[dict[str, Any]], None] | None = None,
    webhooks: float | None = None,
) -> dict[str, Any]:
    """Simulate the month and return its summary.

    Args:
        scale: size of the month.
        mapping: the default mapping if None.
        each: called with the summary so far, every other day.
        webhooks: share of deliveries that arrive; None if no webhooks are sent.
    """
    started = time.monotonic()
    month = Simulation(scale, mapping or Mapping(), webhooks)
    for day in range(scale.days):
        for number in range(day * DAY // POLL, (day + 1) * DAY // POLL):
            month.poll(BEGAN + number * POLL)
        if each and day % 2:
            each(summary(month, day + 1, started))
    return summary(month, scale.days, started)


def summary(month: Simulation, days: int, started: float) -> dict[str, Any]:
    """Return calls and delays of the first days."""
    over = BEGAN + days * DAY
    came = sum(int(((one.registered >= BEGAN) & (one.registered < over)).sum()) for one in month.happened)
    return {"scale": asdict(month.scale), "webhooks": month.share, "days": days, "registrations": came,
            "calls": month.used[-1], "kinds": dict(month.livestorm.kinds), "deferred": dict(month.deferred),
            "fresh": freshness(month, over), "used": list(month.used),
            "seconds": round(time.monotonic() - started)}  # fmt: skip


def waits(month: Simulation, name: str, due: float, over: float, *, on_demand: bool = False) -> pd.DataFrame:
    """Return the minutes from each event to Salesforce; events not due before the end (`over`) are left out."""
    parts = []
    for one in month.happened:
        if one.on_demand is on_demand:
            since = _since(one, name)
            asked = (since >= BEGAN) & (since + due * MINUTE < over)  # excludes events that never happen
            arrived = month.arrived[month.livestorm.name(one)][name]
            minutes = (arrived[asked] - since[asked]) / MINUTE
            parts.append(pd.DataFrame({"since": since[asked], "minutes": minutes}))
    return pd.concat(parts, ignore_index=True)


def _since(one: Webinar, name: str) -> np.ndarray:
    """Return the times of the events; attendance counts from the end of the session."""
    if name == "attended":
        return np.where(one.attended, one.end, np.inf)
    return one.registered if name == "registered" else one.watched


def freshness(month: Simulation, over: float) -> dict[str, Any]:
    registered, attended = waits(month, "registered", 240, over), waits(month, "attended", 75, over)
    watched = waits(month, "watched", 7 * 24 * 60, over)
    delays = {
        "registrations": summed(registered, TARGET_REGISTRATION),
        "attendances": summed(attended, TARGET_ATTENDANCE),
        "on-demand registrations": summed(waits(month, "registered", 240, over, on_demand=True), TARGET_REGISTRATION),
        "replay views": summed(watched, 7 * 24 * 60),
    }
    return delays | {"daily": {"registrations": daily(registered), "attendances": daily(attended)}}


def summed(found: pd.DataFrame, target: float) -> dict[str, Any]:
    minutes = found["minutes"]
    if minutes.empty:
        return {"count": 0}
    shares = (50, 90, 95, 99, 100)
    points = {f"p{share}": round(float(np.percentile(minutes, share, method="higher")), 1) for share in shares}
    return {"count": len(minutes), **points, "target": target, "within": round(float((minutes <= target).mean()), 4)}


def daily(found: pd.DataFrame) -> list[tuple[float, float]]:
    """Return the 99th percentile of each day; infinite if more than 1 % did not arrive within the month."""
    day = ((found["since"] - BEGAN) // DAY).astype(int)
    each = found["minutes"].groupby(day).quantile(0.99, interpolation="higher")
    return [(int(key) + 0.5, float(value)) for key, value in each.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--half-life", type=float, default=2.0, help="hours until half of a mailing's answers")
    parser.add_argument("--alone", type=float, default=0.10, help="share of registrants without a mailing")
    parser.add_argument("--sessions", type=int, default=60, help="sessions in 30 days")
    parser.add_argument(
        "--webhooks", type=float, nargs="*", default=[1.0, 0.0], help="shares of deliveries that arrive; 0: no webhooks"
    )
    parser.add_argument("--out", type=Path, default=Path("docs/plots"))
    parser.add_argument("--name", default="month", help="name of the files; with webhooks the share is appended")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    scale = Scale(sessions=options.sessions, half_life=options.half_life, alone=options.alone, days=options.days)
    for share in options.webhooks:
        write = _writer(options.out / f"{options.name}{f'-webhooks-{share * 100:g}' if share else ''}")
        result = simulate(scale, each=write, webhooks=share or None)
        write(result)
        print(*verdicts(result), sep="\n", flush=True)


def _writer(file: Path) -> Callable[[dict[str, Any]], None]:
    """Return a function that writes a summary as a plot and as JSON."""

    def write(result: dict[str, Any]) -> None:
        plot(result, file.with_name(f"{file.name}.svg"))
        shown = {name: value for name, value in result.items() if name != "used"}
        file.with_name(f"{file.name}.json").write_text(json.dumps(shown, indent=1) + "\n")
        print(f"{file.name}: day {result['days']} of {result['scale']['days']}, {result['calls']:,} calls", flush=True)

    return write


if __name__ == "__main__":
    main()
