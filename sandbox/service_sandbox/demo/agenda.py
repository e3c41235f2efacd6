"""Events and sessions of the demo, placed relative to the start of the seed."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from service_sandbox.control.moments import parse_moment
from service_sandbox.livestorm.forms import form
from service_sandbox.livestorm.workspace import Workspace

SOON = timedelta(hours=2)
LIVE_SINCE = timedelta(minutes=20)


@dataclass(frozen=True)
class PlannedSession:
    """A session of the agenda and the description of its audience."""

    id: str
    label: str
    language: str
    form: str | None
    on_demand: bool
    planned: datetime
    takes_place: bool
    audience: dict[str, Any]


def add_agenda(
    workspace: Workspace, webinars: dict[str, Any], start: datetime, labels: dict[str, str]
) -> list[PlannedSession]:
    """Adds team, events and sessions; returns the sessions in the order of the file."""
    owners = [workspace.add_team_member(**member, at=start - timedelta(days=800)) for member in webinars["team"]]
    planned: list[PlannedSession] = []
    for number, event in enumerate(webinars["events"]):
        values = dict(event)
        sessions, name, cancelled = values.pop("sessions"), values.pop("form", None), values.pop("cancelled_at", None)
        times = [_planned_start(session, start) for session in sessions]
        created = min([start - timedelta(days=45), *(one - timedelta(days=40) for one in times)])
        event_id = workspace.add_event(
            **values, owner=owners[number % len(owners)], fields=_form(webinars, name), at=created,
            published_at=created + timedelta(days=1),
        )  # fmt: skip
        if cancelled:
            at = int(parse_moment(cancelled, start).timestamp())
            workspace.store.update("events", {"id": event_id}, cancelled_at=at)
        for session, when in zip(sessions, times, strict=True):
            planned.append(_add_session(workspace, event_id, event, session, when, created, start))
            labels[session["label"]] = planned[-1].id
    _add_breakout_room(workspace, labels, start)
    return planned


def _form(webinars: dict[str, Any], name: str | None) -> list[Any] | None:
    if name is None:
        return None
    keys = webinars["forms"][name]
    return form(*keys["fields"], custom=keys.get("custom"), optional=tuple(keys.get("optional", ())))


def _planned_start(session: dict[str, Any], start: datetime) -> datetime:
    """Returns the planned start: soon, just now, or a local time of a day relative to the seed's start."""
    if session.get("soon"):
        return _on_five_minutes(start + SOON)
    if session.get("live"):
        return _on_five_minutes(start - LIVE_SINCE)
    zone = ZoneInfo(session.get("timezone", "Europe/Paris"))
    day = start.astimezone(zone).date() + timedelta(days=session["day"])
    return datetime.combine(day, time.fromisoformat(session["local"]), zone)


def _on_five_minutes(when: datetime) -> datetime:
    return when - timedelta(minutes=when.minute % 5, seconds=when.second, microseconds=when.microsecond)


def _add_session(workspace: Workspace, event_id: str, event: dict[str, Any], session: dict[str, Any], when: datetime,
                 created: datetime, start: datetime) -> PlannedSession:  # fmt: skip
    canceled = session.get("canceled")
    session_id = workspace.add_session(
        event_id, when, name=session.get("name"), timezone=session.get("timezone", "Europe/Paris"),
        starts_at=when + timedelta(seconds=61), never_started=session.get("never_started", False),
        draft=session.get("draft", False), canceled_at=parse_moment(canceled, start) if canceled else None, at=created,
    )  # fmt: skip
    takes_place = not (canceled or session.get("never_started") or session.get("draft"))
    return PlannedSession(
        session_id, session["label"], event["language"], event.get("form"), event.get("on_demand", False), when,
        takes_place, session.get("audience", {"size": 0}),
    )  # fmt: skip


def _add_breakout_room(workspace: Workspace, labels: dict[str, str], start: datetime) -> None:
    parent = workspace.session_row(labels["live"])
    labels["breakout_room"] = workspace.add_session(
        parent["event_id"], parent["estimated_started_at"], name="Salle 1", parent_id=parent["id"],
        at=start - timedelta(minutes=10),
    )  # fmt: skip
