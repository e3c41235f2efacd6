"""What reading new registrants costs, whoever does it: reads of a month by how long few of them may wait.

    python -m benchmarks.lower_bound

No product code: sessions of the simulated month, polled every 15 minutes. A session is read when at least `few` people
are new, or when they have waited for a share of the time until it starts. One call brings up to 50 of them.

All a month needs is more: a list at every poll, everybody once after the end, and at its beginning everybody of the
sessions that are open already. On-demand sessions, events and replay views are left out.
"""

from __future__ import annotations

from math import ceil

import numpy as np

from benchmarks.month import DAY, MINUTE, Scale, Webinar, webinars
from benchmarks.simulate import BEGAN, LOADING, POLL

LATEST_POLL = 30 * MINUTE - LOADING  # seconds between polls that still bring everybody within half an hour
PAGE, WHOLE = 50, 10**9  # people in an answer: of a list, and where a session comes in one piece
SCALES = (Scale(), Scale(half_life=1.0, alone=0.02))


def reads_of(
    one: Webinar, few: int, share: float, days: int, poll: float = POLL, page: int = PAGE
) -> tuple[int, list[np.ndarray]]:
    """Calls for one session in the month, and how long its people waited, in seconds."""
    came = one.registered[(one.registered >= BEGAN) & (one.registered < BEGAN + days * DAY)]
    if not len(came):
        return 0, []
    polls = np.arange(np.ceil(came[0] / poll) * poll, came[-1] + 4 * DAY, poll)
    calls, done, last, waits = 0, 0, came[0] - DAY, []
    for moment, there in zip(polls, np.searchsorted(came, polls, side="right"), strict=True):
        new = int(there) - done
        if new and (new >= few or moment - last >= max(0.0, one.start - moment) * share):
            calls += ceil(new / page)
            waits.append(moment + LOADING - came[done:there])
            done, last = int(there), moment
        if done == len(came):
            break
    return calls, waits


def month(few: int, share: float, scale: Scale, poll: float = POLL, page: int = PAGE) -> dict[str, float]:
    """Calls and waits of all scheduled sessions."""
    told = [reads_of(one, few, share, scale.days, poll, page) for one in scheduled(scale)]
    minutes = np.concatenate([wait for _, waits in told for wait in waits]) / MINUTE
    return {"calls": sum(calls for calls, _ in told), "registrations": len(minutes),
            "within 30 minutes": round(float((minutes <= 30).mean()), 3),
            "p95 minutes": round(float(np.percentile(minutes, 95)))}  # fmt: skip


def scheduled(scale: Scale) -> list[Webinar]:
    return [one for one in webinars(BEGAN, scale) if not one.on_demand]


def whole(scale: Scale, poll: float, page: int = PAGE, *, attended: bool = False) -> dict[str, int]:
    """The calls of a month in which nobody waits.

    Args:
        poll: seconds between two polls. page: people that one call brings.
        attended: only those who attended are read after the end.
    """
    ended = [one for one in scheduled(scale) if BEGAN <= one.end < BEGAN + scale.days * DAY]
    sizes = [int(one.attended.sum()) if attended else len(one.registered) for one in ended]
    open_already = [int((one.registered < BEGAN).sum()) for one in scheduled(scale) if one.end >= BEGAN]
    told = {"lists": round(scale.days * DAY / poll), "reads": month(1, 0.0, scale, poll, page)["calls"],
            "ends": sum(max(1, ceil(size / page)) for size in sizes),
            "first readings": sum(ceil(size / page) for size in open_already)}  # fmt: skip
    return told | {"in all": sum(told.values())}


def main() -> None:
    for scale in SCALES:
        case = f"half-life {scale.half_life} h, alone {scale.alone:.0%}"
        for few, share in ((1, 0.0), (5, 0.1), (10, 0.1), (20, 0.1)):
            print(f"{case}, few < {few}, share {share:.0%}:", month(few, share, scale), flush=True)
        for poll in (POLL, LATEST_POLL):
            print(f"{case}, nobody waits, polled every {poll / MINUTE} minutes:", whole(scale, poll), flush=True)
            print("    filter[attended]=true after the end:", whole(scale, poll, attended=True), flush=True)
            print("    include=people, a session in one call:", whole(scale, poll, WHOLE), flush=True)


if __name__ == "__main__":
    main()
