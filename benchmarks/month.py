"""Random month of webinars: when people register, attend and watch the replay. Reproducible by its seed.

Assumptions:

* Sessions start on working days between 09:00 and 17:00 UTC, 60 in 30 days, and last 45 minutes. Registration opens
  three weeks before, with a mailing. Sessions of the three weeks after the month are included, because people register
  for them within the month.
* Registrants per session: 50 to 3,000, log-uniform (mean about 720).
* 30 % answer the first mailing, 25 % one a week before, 20 % one the day before, 15 % one two hours before. Half of the
  answers come within `half_life` hours; answers between 22:00 and 07:00 are moved to the next morning. 10 % register
  without a mailing, evenly over the three weeks.
* 40 % attend. Of the others, 15 % watch the replay, on average four days after the end.
* Five on-demand events get two registrations per day each from their publication; 80 % of these watch, on average an
  hour later. Three are months old, two are published within the month.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

MINUTE, HOUR, DAY = 60, 3_600, 86_400
POLL = 15 * MINUTE
TARGET_CALLS = 8_000
AHEAD = 21 * DAY
LENGTH = 45 * MINUTE
MAILINGS = ((21 * DAY - 5 * MINUTE, 0.30), (7 * DAY, 0.25), (DAY, 0.20), (2 * HOUR, 0.15))
ATTEND, REPLAY, REPLAY_DAYS = 0.40, 0.15, 4.0
ON_DEMAND, ON_DEMAND_A_DAY = 5, 2.0
NEVER = np.inf


@dataclass(frozen=True)
class Scale:
    """Size of the month.

    Attributes:
        sessions: sessions in 30 days.
        smallest: fewest registrants of a session.
        largest: most registrants of a session.
        half_life: hours in which half of the answers to a mailing come.
        alone: share of registrants without a mailing.
        days: days of the month.
    """

    sessions: int = 60
    smallest: int = 50
    largest: int = 3_000
    half_life: float = 2.0
    alone: float = 0.10
    days: int = 30


@dataclass(frozen=True)
class Webinar:
    """One session. Times are epoch seconds, `inf` for never; arrays have one item per registrant, by registration."""

    number: int
    on_demand: bool
    created: float
    start: float
    end: float
    registered: np.ndarray
    attended: np.ndarray
    watched: np.ndarray


def webinars(began: float, scale: Scale, seed: int = 7) -> list[Webinar]:
    """Return all webinars of the month and of the three weeks after it."""
    draw = np.random.default_rng(seed)
    made = [_session(draw, number, start, scale) for number, start in enumerate(_starts(draw, began, scale))]
    published = [began - 90 * DAY] * (ON_DEMAND - 2) + [began + scale.days * DAY * share for share in (0.3, 0.6)]
    return made + [
        _on_demand(draw, len(made) + number, opened, began, scale) for number, opened in enumerate(published)
    ]


def _starts(draw: np.random.Generator, began: float, scale: Scale) -> Iterator[float]:
    midnight = began - began % DAY
    days = [day for day in range(scale.days + 21) if (int(midnight // DAY) + day + 3) % 7 < 5]
    chosen = np.sort(draw.choice(days, size=round(scale.sessions * (scale.days + 21) / 30)))
    yield from (float(midnight + day * DAY + draw.integers(9, 17) * HOUR) for day in chosen)


def _session(draw: np.random.Generator, number: int, start: float, scale: Scale) -> Webinar:
    size = int(np.exp(draw.uniform(np.log(scale.smallest), np.log(scale.largest))))
    registered = answers(draw, start, size, scale)
    attended = draw.random(size) < ATTEND
    watches = ~attended & (draw.random(size) < REPLAY)
    views = start + LENGTH + 2 * HOUR + draw.exponential(REPLAY_DAYS * DAY, size=size)
    return Webinar(number, False, start - AHEAD, start, start + LENGTH, registered, attended,
                   np.where(watches, views, NEVER))  # fmt: skip


def answers(draw: np.random.Generator, start: float, size: int, scale: Scale) -> np.ndarray:
    """Return the sorted registration times of `size` people, none after the middle of the session."""
    befores, shares = zip(*MAILINGS, strict=True)
    mailing = draw.choice(len(befores), size=size, p=np.array(shares) / sum(shares))
    moments = start - np.array(befores)[mailing] + draw.exponential(scale.half_life / np.log(2) * HOUR, size=size)
    alone = draw.random(size) < scale.alone
    moments[alone] = start - draw.uniform(0, AHEAD - HOUR, size=int(alone.sum()))
    hour = (moments % DAY) / HOUR
    morning = np.floor((moments + 2 * HOUR) / DAY) * DAY + 7 * HOUR + draw.uniform(0, 3 * HOUR, size=size)
    moments = np.where((hour >= 22) | (hour < 7), morning, moments)
    return np.sort(np.minimum(moments, start + draw.uniform(-HOUR, LENGTH / 2, size=size)))


def _on_demand(draw: np.random.Generator, number: int, opened: float, began: float, scale: Scale) -> Webinar:
    first, last = max(opened, began - 10 * DAY), began + scale.days * DAY
    size = int(draw.poisson(ON_DEMAND_A_DAY * (last - first) / DAY))
    registered = np.sort(draw.uniform(first, last, size=size))
    watched = np.where(draw.random(size) < 0.8, registered + draw.exponential(HOUR, size=size), NEVER)
    return Webinar(number, True, opened, opened, NEVER, registered, np.zeros(size, dtype=bool), watched)
