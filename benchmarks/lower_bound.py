"""Lower bound of the Livestorm calls of a month: reads of new registrants by how long few of them may wait.

    python -m benchmarks.lower_bound

No product code: sessions of the simulated month, polled every 15 minutes. A session is read when at least `few` people
are new, or when they have waited for a share of the time until it starts. One call brings up to 50 of them.

A whole month needs more: a list at every poll, all people once after the end, and at its beginning all people of
sessions that are open already. On-demand sessions, events and replay views are not counted.
"""

from __future__ import annotations

from math import ceil

import numpy as np

from benchmarks.month import DAY, MINUTE, POLL, Scale, Webinar, webinars
from benchmarks.simulate import BEGAN, LOADING

LATEST_POLL = 30 * MINUTE - LOADING  # seconds; the longest interval that is fast enough
PAGE, WHOLE = 50, 10**9  # people per response: of a list, and if a session were read in one call
SCALES = (Scale(), Scale(half_life=1.0, alone=0.02))


def reads_of(
    webinar: Webinar, few: int, share: float, days: int, poll: float = POLL, page: int = PAGE
) -> tuple[int, list[np.ndarray]]:
    """Return the calls for one session in the month, and how long its people waited, in seconds."""
    came = webinar.registered[(webinar.registered >= BEGAN) & (webinar.registered < BEGAN + days * DAY)]
    if not len(came):
        return 0, []
    polls = np.arange(np.ceil(came[0] / poll) * poll, came[-1] + 4 * DAY, poll)
    calls, done, last, waits = 0, 0, came[0] - DAY, []
    for moment, there in zip(polls, np.searchsorted(came, polls, side="right"), strict=True):
        new = int(there) - done
        if new and (new >= few or moment - last >= max(0.0, webinar.start - moment) * share):
            calls += ceil(new / page)
            waits.append(moment + LOADING - came[done:there])
            done, last = int(there), moment
        if done == len(came):
            break
    return calls, waits


def month(few: int, share: float, scale: Scale, poll: float = POLL, page: int = PAGE) -> dict[str, float]:
    """Return calls and waiting times of all scheduled sessions."""
    reads = [reads_of(webinar, few, share, scale.days, poll, page) for webinar in scheduled(scale)]
    minutes = np.concatenate([wait for _, waits in reads for wait in waits]) / MINUTE
    return {"calls": sum(calls for calls, _ in reads), "registrations": len(minutes),
            "within 30 minutes": round(float((minutes <= 30).mean()), 3),
            "p95 minutes": round(float(np.percentile(minutes, 95)))}  # fmt: skip


def scheduled(scale: Scale) -> list[Webinar]:
    """Return the webinars of the month that are not on demand."""
    return [webinar for webinar in webinars(BEGAN, scale) if not webinar.on_demand]


def month_without_waiting(scale: Scale, poll: float, page: int = PAGE, *, attended: bool = False) -> dict[str, int]:
    """Return the calls of a month in which every poll reads all new registrations.

    Args:
        poll: seconds between two polls.
        page: people per response.
        attended: after the end only attendees are read.
    """
    ended = [webinar for webinar in scheduled(scale) if BEGAN <= webinar.end < BEGAN + scale.days * DAY]
    sizes = [int(webinar.attended.sum()) if attended else len(webinar.registered) for webinar in ended]
    open_already = [int((webinar.registered < BEGAN).sum()) for webinar in scheduled(scale) if webinar.end >= BEGAN]
    calls = {"lists": round(scale.days * DAY / poll), "reads": month(1, 0.0, scale, poll, page)["calls"],
            "ends": sum(max(1, ceil(size / page)) for size in sizes),
            "first readings": sum(ceil(size / page) for size in open_already)}  # fmt: skip
    return calls | {"in all": sum(calls.values())}


def main() -> None:
    for scale in SCALES:
        case = f"half-life {scale.half_life} h, alone {scale.alone:.0%}"
        for few, share in ((1, 0.0), (5, 0.1), (10, 0.1), (20, 0.1)):
            print(f"{case}, few < {few}, share {share:.0%}:", month(few, share, scale), flush=True)
        for poll in (POLL, LATEST_POLL):
            print(f"{case}, no waiting, polled every {poll / MINUTE} minutes:", flush=True)
            print("    as the product reads:", month_without_waiting(scale, poll), flush=True)
            attendees = month_without_waiting(scale, poll, attended=True)
            print("    filter[attended]=true after the end:", attendees, flush=True)
            print("    include=people, a session in one call:", month_without_waiting(scale, poll, WHOLE), flush=True)


if __name__ == "__main__":
    main()
