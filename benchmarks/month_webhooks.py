"""The simulated month's webhooks: who is told of when, and what of it a poll finds in the inbox.

Each of `people.registered`, `people.attended` and `people.watched_replay` is sent once and is there `DELAY` seconds
later; a `share` of them arrives, drawn once per delivery. What is lost stays lost, as after Livestorm's last try. Those
of `people.not_attended` bring nothing to measure and are left out. Without a `share` nothing is ever told.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.month import Webinar
from benchmarks.month_livestorm import TELLS_AFTER
from livestorm_salesforce.domain.sessions import webhook_deliveries

DELAY = 5  # seconds from what happened to the inbox
KINDS = ("registered", "attended", "watched")


class MonthInbox:
    """Deliveries that wait, and who of each session is known: rosters and inbox of the product, as arrays."""

    def __init__(self, webinars: dict[str, Webinar], share: float | None, seed: int = 11) -> None:
        self._webinars, self._share = webinars, share
        draw = np.random.default_rng(seed)
        self._moments = {name: _moments(one, share or 0.0, draw) for name, one in webinars.items()}
        self._roster: dict[str, np.ndarray] = {}

    def told(self, scoped: pd.DataFrame, now: float) -> pd.DataFrame:
        """As the product's `open_inbox`: sessions with a roster that were told of, or whose count moved."""
        if self._share is None:
            return webhook_deliveries.told_frame([])
        rows = []
        for session in scoped[scoped["scope"]].to_dict("records"):
            name = session["session_id"]
            people = np.flatnonzero(self._any(name, now))
            moved = session["registrants_count"] != session["known_registrants_count"]
            if name in self._roster and (len(people) or moved):
                missing = webhook_deliveries.missing(
                    session, np.flatnonzero(self._roster[name]).tolist(), people.tolist()
                )
                rows.append({"session_id": name, "told": len(people), "missing": missing})
        return webhook_deliveries.told_frame(rows)

    def seldom_listed(self, known: pd.DataFrame, now: float) -> list[str]:
        """As the product's: of sessions with deliveries, those that not every run lists, and those never seen."""
        seldom = set(known.loc[webhook_deliveries.seldom_listed(known), "session_id"])
        apart = [name for name in self._webinars if name in seldom or name not in set(known["session_id"])]
        return [name for name in apart if self._any(name, now).any()]

    def take(self, name: str, now: float, read: np.ndarray) -> dict[str, np.ndarray]:
        """Use up a session's deliveries and know whom they and a read (places) brought; the places told, by kind."""
        waiting = {kind: np.flatnonzero(moments <= now) for kind, moments in self._moments[name].items()}
        everybody = np.concatenate([read, *waiting.values()])
        self._roster.setdefault(name, np.zeros(len(self._webinars[name].registered), dtype=bool))[everybody] = True
        for kind, places in waiting.items():
            self._moments[name][kind][places] = np.inf
        return waiting | {"registered": np.unique(everybody)}

    def _any(self, name: str, now: float) -> np.ndarray:
        return np.logical_or.reduce([moments <= now for moments in self._moments[name].values()])


def _moments(one: Webinar, share: float, draw: np.random.Generator) -> dict[str, np.ndarray]:
    """When each registrant is told of; `inf` for what does not happen or is lost."""
    ended = np.full(len(one.registered), one.end + TELLS_AFTER)
    happened = {"registered": one.registered, "attended": np.where(one.attended, ended, np.inf), "watched": one.watched}
    lost = {kind: draw.random(len(one.registered)) >= share for kind in KINDS}
    return {kind: np.where(lost[kind], np.inf, moments + DELAY) for kind, moments in happened.items()}
