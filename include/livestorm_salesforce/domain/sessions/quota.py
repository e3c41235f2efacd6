"""How fast the month's Livestorm calls are being used, and what may still be spent on reads that only refresh."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

PERIOD = pd.Timedelta(days=30)  # the allowance's window opens at the first call (portal: rate limits and quotas)
HEAD_START = 0.16  # share of the window whose calls may be used at once: a first run reads everything
BAND = 6.5  # percent of the allowance below its pace from which on the month strains, so that it ends at its pace
REFRESH_BAND = BAND + 1.5  # reads that only refresh keep further away: they alone never make the month strain


@dataclass(frozen=True)
class Quota:
    """The allowance as last told.

    Attributes:
        limit, remaining: calls per 30 days and what is left of them; None if Livestorm told nothing.
        began: when the window opened, as far as we saw it.
        percent: share of the allowance that this project paces itself to.
        refreshed, refresh_percent: calls of this window that only refreshed, and the share kept for them.
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
        return min(1.0, max(HEAD_START, (self.now - self.began) / PERIOD))

    @property
    def spare(self) -> float:
        """Calls that an even use of the window would have allowed by now and that were not made; may be negative."""
        if not self.limit or self.remaining is None:
            return float("inf")
        return self.limit * self.percent / 100 * self._elapsed - (self.limit - self.remaining)

    @property
    def refresh_headroom(self) -> float:
        """Calls for reads that only refresh: what is to spare, and at least the share that is kept for them."""
        if not self.limit:
            return float("inf")
        kept = self.limit * self.refresh_percent / 100 * self._elapsed - self.refreshed
        return max(self.unreserved_headroom, kept)

    @property
    def unreserved_headroom(self) -> float:
        """Calls for reads that only refresh, but for the share that is kept for them."""
        return self.spare - self.limit * REFRESH_BAND / 100 if self.limit else float("inf")

    @property
    def pressure(self) -> float:
        """How much the month strains, in percent of the allowance: 0 while more than `BAND` is to spare."""
        return max(0.0, BAND - self.spare / self.limit * 100) if self.limit else 0.0


def window_began(told: int | None, before: int | None, began: pd.Timestamp | None, now: pd.Timestamp) -> pd.Timestamp:
    """When the present window opened: now, if it is the first we see, or calls have come back since the last run.

    Livestorm tells the window's end only when it is used up (`RateLimit-Reset`, on 429).
    """
    if began is None or now - began >= PERIOD:
        return now
    renewed = told is not None and before is not None and told > before
    return now if renewed else began
