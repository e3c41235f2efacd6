"""What reading new registrants costs, whoever does it: reads of a month by how long few of them may wait.

    python -m benchmarks.floor

No product code: sessions of the simulated month, polled every 15 minutes. A session is read when at least `few` people
are new, or when they have waited for a share of the time until it starts. One call brings up to 50 of them.
"""

from __future__ import annotations

import numpy as np

from benchmarks.month import DAY, MINUTE, Scale, Webinar, webinars
from benchmarks.simulate import BEGAN, LOADING, POLL

LATEST_POLL = 30 * MINUTE - LOADING  # seconds between polls that still bring everybody within half an hour


def reads_of(one: Webinar, few: int, share: float, days: int, poll: float = POLL) -> tuple[int, list[np.ndarray]]:
    """Calls for one session in the month, and how long its people waited, in seconds."""
    came = one.registered[(one.registered >= BEGAN) & (one.registered < BEGAN + days * DAY)]
    if not len(came):
        return 0, []
    polls = np.arange(np.ceil(came[0] / poll) * poll, came[-1] + 4 * DAY, poll)
    calls, done, last, waits = 0, 0, came[0] - DAY, []
    for moment, there in zip(polls, np.searchsorted(came, polls, side="right"), strict=True):
        new = int(there) - done
        if new and (new >= few or moment - last >= max(0.0, one.start - moment) * share):
            calls += -(-new // 50)
            waits.append(moment + LOADING - came[done:there])
            done, last = int(there), moment
        if done == len(came):
            break
    return calls, waits


def month(few: int, share: float, scale: Scale, poll: float = POLL) -> dict[str, float]:
    """Calls and waits of all scheduled sessions."""
    told = [reads_of(one, few, share, scale.days, poll) for one in webinars(BEGAN, scale) if not one.on_demand]
    minutes = np.concatenate([wait for _, waits in told for wait in waits]) / MINUTE
    return {"calls": sum(calls for calls, _ in told), "registrations": len(minutes),
            "within 30 minutes": round(float((minutes <= 30).mean()), 3),
            "p95 minutes": round(float(np.percentile(minutes, 95)))}  # fmt: skip


def main() -> None:
    for scale in (Scale(), Scale(half_life=1.0, alone=0.02)):
        for few, share in ((1, 0.0), (5, 0.1), (10, 0.1), (20, 0.1)):
            print(f"half-life {scale.half_life} h, alone {scale.alone:.0%}, few < {few}, share {share:.0%}:",
                  month(few, share, scale), flush=True)  # fmt: skip
    print("nobody waits, polled as rarely as half an hour allows:", month(1, 0.0, Scale(), LATEST_POLL))


if __name__ == "__main__":
    main()
