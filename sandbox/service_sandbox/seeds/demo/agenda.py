"""Events and sessions of the demo, on the seed's own calendar."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from service_sandbox.livestorm.forms import form
from service_sandbox.livestorm.workspace import Workspace
from service_sandbox.seeds.moments import moment

SOON = timedelta(hours=2)
LIVE_SINCE = timedelta(minutes=20)


@dataclass(frozen=True)
class Planned:
    """A session of the agenda, and who will come to it."""

    id: str
    label: str
    language: str
    form: str | None
    on_demand: bool
    planned: datetime
    takes_place: bool
    audience: dict[str, Any]


def plant_agenda(
    workspace: Workspace, webinars: dict[str, Any], start: datetime, labels: dict[str, str]
) -> list[Planned]:
    """Add team, events and sessions; returns the sessions in the file's order."""
    owners = [workspace.add_team_member(**member, at=start - timedelta(days=800)) for member in webinars["team"]]
    planned: list[Planned] = []
    for number, event in enumerate(webinars["events"]):
        given = dict(event)
        sessions, name, cancelled = given.pop("sessions"), given.pop("form", None), given.pop("cancelled_at", None)
        times = [_when(session, start) for session in sessions]
        born = min([start - timedelta(days=45), *(one - timedelta(days=40) for one in times)])
        event_id = workspace.add_event(
            **given, owner=owners[number % len(owners)], fields=_form(webinars, name), at=born,
            published_at=born + timedelta(days=1),
        )  # fmt: skip
        if cancelled:
            workspace.store.update("events", {"id": event_id}, cancelled_at=int(moment(cancelled, start).timestamp()))
        for session, when in zip(sessions, times, strict=True):
            planned.append(_session(workspace, event_id, event, session, when, born, start))
            labels[session["label"]] = planned[-1].id
    _breakout_room(workspace, labels, start)
    return planned


def _form(webinars: dict[str, Any], name: str | None) -> list[Any] | None:
    if name is None:
        return None
    words = webinars["forms"][name]
    return form(*words["fields"], custom=words.get("custom"), optional=tuple(words.get("optional", ())))


def _when(session: dict[str, Any], start: datetime) -> datetime:
    """The planned start: soon, just now, or a time of day in the session's zone some days off."""
    if session.get("soon"):
        return _on_five_minutes(start + SOON)
    if session.get("live"):
        return _on_five_minutes(start - LIVE_SINCE)
    zone = ZoneInfo(session.get("timezone", "Europe/Paris"))
    day = start.astimezone(zone).date() + timedelta(days=session["day"])
    return datetime.combine(day, time.fromisoformat(session["local"]), zone)


def _on_five_minutes(when: datetime) -> datetime:
    return when - timedelta(minutes=when.minute % 5, seconds=when.second, microseconds=when.microsecond)


def _session(workspace: Workspace, event_id: str, event: dict[str, Any], session: dict[str, Any], when: datetime,
             born: datetime, start: datetime) -> Planned:  # fmt: skip
    canceled = session.get("canceled")
    session_id = workspace.add_session(
        event_id, when, name=session.get("name"), timezone=session.get("timezone", "Europe/Paris"),
        starts_at=when + timedelta(seconds=61), never_started=session.get("never_started", False),
        draft=session.get("draft", False), canceled_at=moment(canceled, start) if canceled else None, at=born,
    )  # fmt: skip
    takes_place = not (canceled or session.get("never_started") or session.get("draft"))
    return Planned(
        session_id, session["label"], event["language"], event.get("form"), event.get("on_demand", False), when,
        takes_place, session.get("audience", {"size": 0}),
    )  # fmt: skip


def _breakout_room(workspace: Workspace, labels: dict[str, str], start: datetime) -> None:
    parent = workspace.session_row(labels["live"])
    labels["breakout_room"] = workspace.add_session(
        parent["event_id"], parent["estimated_started_at"], name="Salle 1", parent_id=parent["id"],
        at=start - timedelta(minutes=10),
    )  # fmt: skip
