"""Livestorm's responses for the simulated month, computed without HTTP: 2,880 polls in minutes instead of hours.

It has the methods of the product's client and counts calls like the service (50 rows per call). Where Livestorm's
documentation is silent it takes the less favourable reading twice, like the sandbox: a registration does not change the
session's `updated_at`, and attendance or a replay view does not change the person's. It is more favourable than reality
may be in three points: every registration passes `updated_since`, every registrant is a different person, and no call
fails. No test compares it with the sandbox.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from benchmarks.month import Webinar
from livestorm_salesforce.clients.livestorm.client import Listing

PAGE = 50
LIMIT = 10_000
ATTENDANCE_DELAY = 60  # seconds from the end of a session until attendance is visible
ROOM = {"timezone": "Europe/Paris", "name": None, "room_link": None, "breakout_room_parent_session_id": None}


class MonthLivestorm:
    """The methods of `LivestormClient` that discover uses. The simulation sets `now` and resets `calls`."""

    monthly_limit = LIMIT

    def __init__(self, webinars: list[Webinar], began: float) -> None:
        self._webinars = {self.name(one): one for one in webinars}
        self.now, self.calls, self.used = began, 0, 0
        self.kinds: dict[str, int] = {}

    @staticmethod
    def name(one: Webinar) -> str:
        return f"session-{one.number:04d}"

    @property
    def monthly_remaining(self) -> int:
        return LIMIT - self.used

    @property
    def server_time(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    def spend(self, kind: str, rows: int) -> None:
        """Count the calls of a list of `rows` rows."""
        calls = max(1, -(-rows // PAGE))
        self.calls += calls
        self.used += calls
        self.kinds[kind] = self.kinds.get(kind, 0) + calls

    def list_sessions(
        self, *, status: str | None = None, date_from: int | None = None, date_to: int | None = None
    ) -> list[dict[str, Any]]:
        rows = [self._resource(name, one) for name, one in self._webinars.items() if one.created <= self.now]
        planned = [(row, row["attributes"]["estimated_started_at"]) for row in rows]
        found = [
            row
            for row, start in planned
            if (status is None or row["attributes"]["status"] == status)
            and (date_from is None or start >= date_from)
            and (date_to is None or start <= date_to)
        ]
        self.spend("sessions.list", len(found))
        return found

    def get_session(self, session_id: str) -> dict[str, Any]:
        self.spend("sessions.get", 1)
        return self._resource(session_id, self._webinars[session_id])

    def list_events(self, *, updated_since: int | None = None, include: tuple[str, ...] = ()) -> Listing:  # noqa: ARG002
        since = 0 if updated_since is None else updated_since
        rows = [self._event(one) for one in self._webinars.values() if since <= one.created <= self.now]
        self.spend("events.list", len(rows))
        return Listing(rows, [])

    def get_event(self, event_id: str, *, include: tuple[str, ...] = ()) -> Listing:  # noqa: ARG002
        self.spend("events.get", 1)
        return Listing([self._event(self._webinars[event_id.replace("event", "session")])], [])

    def people(self, session_id: str, since: float | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Read the people of a session: their positions, whether attendance is visible, whether a replay view is.

        Args:
            since: only people changed at or after this time.
        """
        one = self._webinars[session_id]
        there = np.flatnonzero(one.registered <= self.now)
        if since is not None:
            there = there[one.registered[there] >= since]
        self.spend("sessions.people.all" if since is None else "sessions.people.new", len(there))
        known = self.now >= one.end + ATTENDANCE_DELAY
        return there, one.attended[there] & known, one.watched[there] <= self.now

    def _resource(self, name: str, one: Webinar) -> dict[str, Any]:
        over, counted = self.now >= one.end, self.now >= one.end + ATTENDANCE_DELAY
        status = "on_demand" if one.on_demand else "past" if over else "live" if self.now >= one.start else "upcoming"
        there = int(np.searchsorted(one.registered, self.now, side="right"))
        moments = [one.created, one.start if status in ("live", "past") else 0, one.end if over else 0,
                   one.end + ATTENDANCE_DELAY if counted else 0]  # fmt: skip
        return {"id": name, "attributes": {
            **ROOM, "event_id": name.replace("session", "event"), "status": status, "registrants_count": there,
            "attendees_count": int(one.attended[:there].sum()) if counted else 0, "duration": None,
            "estimated_started_at": int(one.start), "canceled_at": 0, "created_at": int(one.created),
            "started_at": int(one.start) if status in ("live", "past") else 0,
            "ended_at": int(one.end) if over else 0, "updated_at": int(max(moments))}}  # fmt: skip

    def _event(self, one: Webinar) -> dict[str, Any]:
        name = self.name(one).replace("session", "event")
        return {"id": name, "attributes": {"title": f"Webinar {one.number}", "updated_at": int(one.created),
                                           "estimated_duration": 45}}  # fmt: skip
