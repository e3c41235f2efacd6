"""Events and sessions: creation, changes, cancellation and deletion."""

import re
import unicodedata
from typing import Any

from service_sandbox.control.clock import Moment, epoch
from service_sandbox.livestorm.base import WorkspacePart, existing
from service_sandbox.livestorm.catalogue import Catalogue
from service_sandbox.livestorm.forms import form

SWITCHES = {"registration_page_enabled": True, "light_registration_page_enabled": False,
            "detailed_registration_page_enabled": True, "recording_enabled": True, "recording_public": None,
            "show_in_company_page": False, "chat_enabled": True, "polls_enabled": True,
            "questions_enabled": True}  # fmt: skip


class Scheduling(WorkspacePart):
    """Events and sessions of the workspace."""

    catalogue: Catalogue

    def add_event(self, title: str, *, owner: str | None = None, language: str = "fr", description: str | None = None,
                  estimated_duration: int = 45, on_demand: bool = False, published: bool = True,
                  fields: list[Any] | None = None, tags: list[str] | None = None, everyone_can_speak: bool = False,
                  at: Moment | None = None, published_at: Moment | None = None, **switches: Any) -> str:  # fmt: skip
        """Adds an event; returns its id.

        Args:
            owner: id of a team member.
            fields: the form (see `forms.form`).
            switches: values for keys of `SWITCHES`.

        Raises:
            ValueError: a switch is unknown.
        """
        unknown = switches.keys() - SWITCHES.keys()
        if unknown:
            raise ValueError(f"unknown switches of an event: {', '.join(sorted(unknown))}")
        moment = self._seconds(at)
        identity = self.store.new_id("events")
        self.store.insert("events", {
            "id": identity, "title": title, "slug": slug(title), "description": description, "language": language,
            "estimated_duration": estimated_duration, "owner_id": owner, "on_demand": int(on_demand),
            "everyone_can_speak": int(everyone_can_speak), "cancelled_at": 0, "created_at": moment,
            "published_at": self._seconds(published_at or at) if published else 0, "edited_at": moment,
            "tags": tags or [], "fields": fields or form(), "more": {**SWITCHES, **switches}})  # fmt: skip
        self.catalogue.add_form(fields or [], moment)
        return identity

    def edit_event(self, event_id: str, at: Moment | None = None, **values: Any) -> None:
        """Changes columns of an event (`title`, `description`, `published_at`, `cancelled_at`, `tags`, ...)."""
        existing(self.store.update("events", {"id": event_id}, **values, edited_at=self._seconds(at)))

    def delete_event(self, event_id: str, at: Moment | None = None) -> None:
        """Deletes an event with its sessions."""
        existing(self.store.update("events", {"id": event_id}, deleted_at=self._seconds(at)))

    def add_session(self, event_id: str, estimated_started_at: Moment, *, name: str | None = None,
                    timezone: str = "Europe/Paris", starts_at: Moment | None = None, ends_at: Moment | None = None,
                    never_started: bool = False, draft: bool = False, canceled_at: Moment | None = None,
                    parent_id: str | None = None, at: Moment | None = None) -> str:  # fmt: skip
        """Adds a session; returns its id.

        Args:
            starts_at, ends_at: actual start and end; default: the planned start, and the estimated duration after it.
                Before `starts_at` the session is upcoming even after the planned start.
            never_started: the session is never started and becomes `past_not_started`.
            parent_id: session that this session is a breakout room of.
        """
        event = self.event_row(event_id)
        planned, moment = int(epoch(estimated_started_at)), self._seconds(at)
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
        """Changes columns of a session. A new planned start also moves the actual start and end."""
        row = self.session_row(session_id)
        if "estimated_started_at" in values:
            values["estimated_started_at"] = planned = int(epoch(values["estimated_started_at"]))
            step = planned - row["estimated_started_at"]
            for name in ("starts_at", "ends_at"):
                if row[name] is not None:
                    values.setdefault(name, row[name] + step)
        self.store.update("sessions", {"id": session_id}, **values, edited_at=self._seconds(at))

    def cancel_session(self, session_id: str, at: Moment | None = None) -> None:
        """Cancels a session; it remains in lists."""
        self.session_row(session_id)
        self.store.update("sessions", {"id": session_id}, canceled_at=self._seconds(at))

    def delete_session(self, session_id: str, at: Moment | None = None) -> None:
        """Deletes a session: it is no longer listed, and reading it is a 404."""
        self.session_row(session_id)
        self.store.update("sessions", {"id": session_id}, deleted_at=self._seconds(at))


def slug(title: str) -> str:
    """Returns a title as part of a URL."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "event"
