"""Assigns the wall time of a run to the two services, each moment to one side only."""

from __future__ import annotations

import re
from collections.abc import Iterable

from livestorm_salesforce.clients.livestorm.rate_limit import MARGIN, PER_SECOND, WINDOW
from service_sandbox.control.calls import Call

Interval = tuple[float, float]
"""Begin and end, in seconds since 1970."""

SLACK = 0.15  # seconds between the time at which a call may start and its arrival on a busy machine
JOB = re.compile(r"/jobs/(?:ingest|query)/\w+")


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the intervals merged and sorted."""
    merged: list[Interval] = []
    for begin, end in sorted(one for one in intervals if one[1] > one[0]):
        if merged and begin <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((begin, end))
    return merged


def without(intervals: Iterable[Interval], taken: Iterable[Interval]) -> list[Interval]:
    """Return the parts of the intervals outside the others."""
    left = union(intervals)
    for begin, end in union(taken):
        left = [piece for one in left for piece in ((one[0], min(one[1], begin)), (max(one[0], end), one[1]))]
        left = [piece for piece in left if piece[1] > piece[0]]
    return left


def within(intervals: Iterable[Interval], window: Interval) -> list[Interval]:
    """Return the parts of the intervals inside a window."""
    return union((max(begin, window[0]), min(end, window[1])) for begin, end in intervals)


def seconds(intervals: Iterable[Interval]) -> float:
    """Return the total length of the union of the intervals."""
    return sum(end - begin for begin, end in union(intervals))


def livestorm(calls: list[Call]) -> list[Interval]:
    """Return when a call was in flight or waited for the rate limit of five calls per second.

    A wait is attributed to the rate limit if the call came as soon as the fifth call before it allowed.
    """
    calls = sorted(calls, key=lambda call: call.time)
    flights = [(call.time, call.time + call.seconds) for call in calls]
    waits = [
        (max(before.time, fifth.time), call.time)
        for fifth, before, call in zip(calls, calls[PER_SECOND - 1 :], calls[PER_SECOND:], strict=False)
        if call.time <= fifth.time + WINDOW + MARGIN + SLACK
    ]
    return union([*flights, *waits])


def salesforce(calls: list[Call]) -> list[Interval]:
    """Return when a call was in flight or a bulk job was in progress."""
    flights = [(call.time, call.time + call.seconds) for call in calls]
    jobs: dict[str, list[Call]] = {}
    for call in calls:
        if found := JOB.search(call.path):
            jobs.setdefault(found[0], []).append(call)
    return union([*flights, *(_worked(job) for job in jobs.values())])


def _worked(job: list[Call]) -> Interval:
    """Return the time from the end of the upload, or a query's first poll, to the last poll."""
    polls = [call for call in job if call.call_type in ("bulk.status", "bulkquery.status")]
    closed = [call for call in job if call.method == "PATCH"]
    if not polls:
        return 0.0, 0.0
    return min(call.time for call in closed or polls), max(call.time + call.seconds for call in polls)
