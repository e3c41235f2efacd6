"""Events and sessions of a workspace: making, moving, starting, ending, cancelling and deleting them."""

import re
import unicodedata
from typing import Any

from service_sandbox.clock import Moment, epoch
from service_sandbox.livestorm.base import Stored, known
from service_sandbox.livestorm.catalogue import Catalogue
from service_sandbox.livestorm.forms import form

Row = dict[str, Any]
SWITCHES = {"registration_page_enabled": True, "light_registration_page_enabled": False,
            "detailed_registration_page_enabled": True, "recording_enabled": True, "recording_public": None,
            "show_in_company_page": False, "chat_enabled": True, "polls_enabled": True,
            "questions_enabled": True}  # fmt: skip


class Scheduling(Stored):
    """The part of the workspace that plans webinars."""

    catalogue: Catalogue

    def add_event(self, title: str, *, owner: str | None = None, language: str = "fr", description: str | None = None,
                  estimated_duration: int = 45, on_demand: bool = False, published: bool = True,
                  fields: list[Any] | None = None, tags: list[str] | None = None, everyone_can_speak: bool = False,
                  at: Moment | None = None, published_at: Moment | None = None, **switches: Any) -> str:  # fmt: skip
        """An event; returns the id. `fields` is its form (see `forms.form`), `owner` a team member's id."""
        strange = switches.keys() - SWITCHES.keys()
        if strange:
            raise ValueError(f"an event has no {', '.join(sorted(strange))}")
        moment = self._moment(at)
        identity = self.store.new_id("events")
        self.store.insert("events", {
            "id": identity, "title": title, "slug": slug(title), "description": description, "language": language,
            "estimated_duration": estimated_duration, "owner_id": owner, "on_demand": int(on_demand),
            "everyone_can_speak": int(everyone_can_speak), "cancelled_at": 0, "created_at": moment,
            "published_at": self._moment(published_at or at) if published else 0, "edited_at": moment,
            "tags": tags or [], "fields": fields or form(), "more": {**SWITCHES, **switches}})  # fmt: skip
        self.catalogue.learn(fields or [], moment)
        return identity

    def edit_event(self, event_id: str, at: Moment | None = None, **values: Any) -> None:
        """Change columns of an event (`title`, `description`, `published_at`, `cancelled_at`, `tags`...)."""
        known(self.store.update("events", {"id": event_id}, **values, edited_at=self._moment(at)))

    def delete_event(self, event_id: str, at: Moment | None = None) -> None:
        """Remove an event with its sessions."""
        known(self.store.update("events", {"id": event_id}, deleted_at=self._moment(at)))

    def add_session(self, event_id: str, estimated_started_at: Moment, *, name: str | None = None,
                    timezone: str = "Europe/Paris", starts_at: Moment | None = None, ends_at: Moment | None = None,
                    never_started: bool = False, draft: bool = False, canceled_at: Moment | None = None,
                    parent_id: str | None = None, at: Moment | None = None) -> str:  # fmt: skip
        """A session; returns the id.

        Args:
            starts_at, ends_at: when it really starts and ends; by default at the planned time and after the event's
                estimated duration. Before `starts_at` it is upcoming even if the planned time has gone by.
            never_started: nobody will start it: it becomes `past_not_started`.
            parent_id: the session of which this is a breakout room.
        """
        event = self.event_row(event_id)
        planned, moment = int(epoch(estimated_started_at)), self._moment(at)
        starts = planned if starts_at is None else int(epoch(starts_at))
        ends = starts + event["estimated_duration"] * 60 if ends_at is None else int(epoch(ends_at))
        never = never_started or event["on_demand"]
        identity = self.store.new_id("sessions")
        self.store.insert("sessions", {
            "id": identity, "event_id": event_id, "name": name, "timezone": timezone, "draft": int(draft),
            "estimated_started_at": planned, "starts_at": None if never else starts, "ends_at": None if never else ends,
            "canceled_at": 0 if canceled_at is None else int(epoch(canceled_at)), "created_at": moment,
            "edited_at": moment, "parent_id": parent_id})  # fmt: skip
        return identity

    def edit_session(self, session_id: str, at: Moment | None = None, **values: Any) -> None:
        """Change columns of a session; a new planned start moves the real start and end with it."""
        row = self.session_row(session_id)
        if "estimated_started_at" in values:
            values["estimated_started_at"] = planned = int(epoch(values["estimated_started_at"]))
            step = planned - row["estimated_started_at"]
            for name in ("starts_at", "ends_at"):
                if row[name] is not None:
                    values.setdefault(name, row[name] + step)
        self.store.update("sessions", {"id": session_id}, **values, edited_at=self._moment(at))

    def start_session(self, session_id: str, at: Moment | None = None) -> None:
        """Start a session now, for as long as was planned."""
        row = self.session_row(session_id)
        length = (row["ends_at"] - row["starts_at"]) if row["starts_at"] is not None else 2700
        self.store.update("sessions", {"id": session_id}, starts_at=self._moment(at), ends_at=self._moment(at) + length)

    def end_session(self, session_id: str, at: Moment | None = None) -> None:
        """End a session now."""
        self.session_row(session_id)
        self.store.update("sessions", {"id": session_id}, ends_at=self._moment(at))

    def cancel_session(self, session_id: str, at: Moment | None = None) -> None:
        """Cancel a session; it stays listed."""
        self.session_row(session_id)
        self.store.update("sessions", {"id": session_id}, canceled_at=self._moment(at))

    def delete_session(self, session_id: str, at: Moment | None = None) -> None:
        """Remove a session: it is not listed any more and reading it is a 404."""
        self.session_row(session_id)
        self.store.update("sessions", {"id": session_id}, deleted_at=self._moment(at))


def slug(title: str) -> str:
    """A title as part of a URL."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "event"
