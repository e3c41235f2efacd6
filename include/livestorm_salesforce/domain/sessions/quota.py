"""How fast the month's Livestorm calls are used, and how many remain for reads that only refresh."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

PERIOD = pd.Timedelta(days=30)  # the allowance's window opens at the first call (portal: rate limits and quotas)
INITIAL_SHARE = 0.16  # share of the planned calls that is available at once: a first run reads everything
#: Percent of the allowance. Below this headroom the month is under pressure, so that it ends within its planned use.
PRESSURE_BAND = 6.5
REFRESH_BAND = PRESSURE_BAND + 1.5  # refreshes stop earlier, so that they alone never cause pressure

SMALL_BACKFILL = 20  # calls of a portion of a backfill that the reserve of refreshes does not hold up


@dataclass(frozen=True)
class Quota:
    """Livestorm's allowance as of the last response.

    Attributes:
        limit: calls per 30 days; None if no response stated it.
        remaining: calls left in the window; None if no response stated it.
        began: start of the window, as far as observed.
        now: time of the run.
        percent: share of the allowance that this project plans to use.
        refreshed: calls of this window that only refreshed.
        refresh_percent: share of the allowance that is reserved for reads that only refresh.
    """

    limit: int | None
    remaining: int | None
    began: pd.Timestamp
    now: pd.Timestamp
    percent: float = 80.0
    refreshed: int = 0
    refresh_percent: float = 8.0

    @property
    def _elapsed(self) -> float:
        return min(1.0, max(INITIAL_SHARE, float((self.now - self.began) / PERIOD)))

    @property
    def headroom(self) -> float:
        """Calls that an even use of the window would have allowed by now and that were not made; may be negative."""
        if not self.limit or self.remaining is None:
            return float("inf")
        return self.limit * self.percent / 100 * self._elapsed - (self.limit - self.remaining)

    @property
    def refresh_headroom(self) -> float:
        """Calls for reads that only refresh: at least the rest of the share that is reserved for them."""
        if not self.limit:
            return float("inf")
        reserved = self.limit * self.refresh_percent / 100 * self._elapsed - self.refreshed
        return max(self.unreserved_headroom, reserved)

    @property
    def unreserved_headroom(self) -> float:
        """Calls for reads that only refresh, without the share that is reserved for them."""
        return self.headroom - self.limit * REFRESH_BAND / 100 if self.limit else float("inf")

    @property
    def backfill_calls(self) -> float:
        """Calls for a backfill. A small one does not wait for the share that is left to refreshes."""
        return max(self.unreserved_headroom, min(SMALL_BACKFILL, self.headroom))

    def days_for(self, calls: int) -> float:
        """Days until so many calls fit into what an even use leaves beside refreshes; at least, as others use it too.

        Raises:
            ValueError: the allowance is not known.
        """
        if not self.limit:
            raise ValueError("the allowance is not known")
        planned, reserve = self.limit * self.percent / 100, self.limit * REFRESH_BAND / 100
        used, days = self.limit - (self.remaining or 0), -(self.now - self.began) / PERIOD * PERIOD.days
        while used + calls + reserve > planned:  # the rest of this window, then the next ones
            calls, used, days = calls - max(0, int(planned - reserve - used)), 0, days + PERIOD.days
        share = (used + calls + reserve) / planned
        return max(0.0, days + (share * PERIOD.days if share > INITIAL_SHARE else 0.0))

    @property
    def pressure(self) -> float:
        """Quota pressure in percent of the allowance: 0 while the headroom is larger than `PRESSURE_BAND`."""
        return max(0.0, PRESSURE_BAND - self.headroom / self.limit * 100) if self.limit else 0.0


def window_began(
    remaining: int | None, before: int | None, began: pd.Timestamp | None, now: pd.Timestamp
) -> pd.Timestamp:
    """Start of the present window: now if no window is known, or if calls were added since the last run.

    Livestorm states the end of the window only when the allowance is used up (`RateLimit-Reset`, on status 429).

    Args:
        remaining: calls left now; None if no response stated it.
        before: calls left at the last run.
        began: start of the window as known by the last run.
        now: time of the run.
    """
    if began is None or now - began >= PERIOD:
        return now
    renewed = remaining is not None and before is not None and remaining > before
    return now if renewed else began
