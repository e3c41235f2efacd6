"""Webhook deliveries of the simulated month, and those that a poll finds in the queue.

Each of `people.registered`, `people.attended` and `people.watched_replay` is sent once. A random `share` of them
arrives `DELAY` seconds later, the others are lost, as after Livestorm's last try. `people.not_attended` is left out,
because nothing is measured for it. Without a `share` no webhook is sent.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.month import Webinar
from benchmarks.month_livestorm import ATTENDANCE_DELAY
from livestorm_salesforce.domain.sessions import webhook_deliveries
from livestorm_salesforce.domain.sessions.count_check import unaccounted
from livestorm_salesforce.domain.sessions.listing import not_in_every_list

DELAY = 5  # seconds from the event to the queue
KINDS = ("registered", "attended", "watched")


class MonthQueue:
    """Pending deliveries and known registrants of each session, as arrays."""

    def __init__(self, webinars: dict[str, Webinar], share: float | None, seed: int = 11) -> None:
        self._webinars, self._share = webinars, share
        draw = np.random.default_rng(seed)
        self._moments = {name: _moments(one, share or 0.0, draw) for name, one in webinars.items()}
        self._known: dict[str, np.ndarray] = {}

    def deliveries(self, scoped: pd.DataFrame, now: float) -> pd.DataFrame:
        """Return sessions with known registrants that have deliveries or a changed count, like the product does."""
        if self._share is None:
            return webhook_deliveries.delivery_frame([])
        rows = []
        for session in scoped[scoped["scope"]].to_dict("records"):
            name = session["session_id"]
            people = np.flatnonzero(self._any(name, now))
            moved = session["registrants_count"] != session["known_registrants_count"]
            if name in self._known and (len(people) or moved):
                absent = unaccounted(session, np.flatnonzero(self._known[name]).tolist(), people.tolist())
                rows.append({"session_id": name, "delivered": len(people), "unaccounted": absent})
        return webhook_deliveries.delivery_frame(rows)

    def not_in_every_list(self, known: pd.DataFrame, now: float) -> list[str]:
        """Return sessions with deliveries that are not in every list or were never seen, like the product does."""
        infrequent = set(known.loc[not_in_every_list(known), "session_id"])
        apart = [name for name in self._webinars if name in infrequent or name not in set(known["session_id"])]
        return [name for name in apart if self._any(name, now).any()]

    def take(self, name: str, now: float, read: np.ndarray) -> dict[str, np.ndarray]:
        """Consume a session's deliveries, add them and a read to the known people; return the positions by kind."""
        waiting = {kind: np.flatnonzero(moments <= now) for kind, moments in self._moments[name].items()}
        everybody = np.concatenate([read, *waiting.values()])
        self._known.setdefault(name, np.zeros(len(self._webinars[name].registered), dtype=bool))[everybody] = True
        for kind, places in waiting.items():
            self._moments[name][kind][places] = np.inf
        return waiting | {"registered": np.unique(everybody)}

    def _any(self, name: str, now: float) -> np.ndarray:
        return np.logical_or.reduce([moments <= now for moments in self._moments[name].values()])


def _moments(one: Webinar, share: float, draw: np.random.Generator) -> dict[str, np.ndarray]:
    """Return the arrival times of the deliveries; `inf` for events that do not happen or are lost."""
    ended = np.full(len(one.registered), one.end + ATTENDANCE_DELAY)
    happened = {"registered": one.registered, "attended": np.where(one.attended, ended, np.inf), "watched": one.watched}
    lost = {kind: draw.random(len(one.registered)) >= share for kind in KINDS}
    return {kind: np.where(lost[kind], np.inf, moments + DELAY) for kind, moments in happened.items()}
