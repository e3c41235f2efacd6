"""The `livestorm` part of a seed file: team, events, sessions and registrants."""

import inspect
import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from service_sandbox.control.moments import parse_moment
from service_sandbox.livestorm.forms import form
from service_sandbox.livestorm.registrations import COUNTERS, UTM
from service_sandbox.livestorm.scheduling import SWITCHES
from service_sandbox.livestorm.workspace import Workspace

Labels = dict[str, str]


def _parameters(function: Callable[..., Any]) -> set[str]:
    return set(inspect.signature(function).parameters) - {"self", "switches", "counters"}


TEAM_KEYS = {"email", "first_name", "last_name", "timezone", "at"}
EVENT_KEYS = (_parameters(Workspace.add_event) | SWITCHES.keys() | {"label", "form", "sessions", "cancelled_at"}) - {
    "fields"
}
SESSION_KEYS = (_parameters(Workspace.add_session) | {"label", "planned", "registrants", "crowd", "deleted_at"}) - {
    "event_id", "estimated_started_at"}  # fmt: skip
REGISTRANT_KEYS = (_parameters(Workspace.register) | {"answers", "attended", "seconds", "attended_at", "replay",
                   "removed_at", *COUNTERS, *UTM}) - {"session_id", "fields", "person"}  # fmt: skip
CROWD_KEYS = {"size", "attended", "replay", "from", "domain"}
FORM_KEYS = {"fields", "custom", "optional"}
MOMENTS = ("at", "published_at", "cancelled_at", "planned", "starts_at", "ends_at", "canceled_at", "deleted_at",
           "attended_at", "replay", "removed_at")  # fmt: skip


def checked(part: Mapping[str, Any], known: set[str], place: str) -> dict[str, Any]:
    """Returns the part as a dictionary.

    Raises:
        ValueError: the part has an unknown key.
    """
    unknown = part.keys() - known
    if unknown:
        raise ValueError(f"{place}: unknown keys {sorted(unknown)}; known are {sorted(known)}")
    return dict(part)


def insert_workspace_rows(workspace: Workspace, part: Mapping[str, Any], start: datetime, labels: Labels) -> None:
    """Adds the team, the events and everything below them.

    Raises:
        ValueError: a part has an unknown key, or a label is given twice.
    """
    for member in part.get("team", ()):
        values = _with_moments(checked(member, TEAM_KEYS, "team"), start)
        workspace.add_team_member(values.pop("email"), **{"at": start - timedelta(days=900), **values})
    for number, event in enumerate(part.get("events", ())):
        _add_event(workspace, checked(event, EVENT_KEYS, f"livestorm.events[{number}]"), start, labels)


def _with_moments(values: dict[str, Any], start: datetime) -> dict[str, Any]:
    return {key: parse_moment(value, start) if key in MOMENTS and value is not None else value
            for key, value in values.items()}  # fmt: skip


def _add_event(workspace: Workspace, values: dict[str, Any], start: datetime, labels: Labels) -> None:
    values = _with_moments(values, start)
    label, sessions, cancelled = values.pop("label", None), values.pop("sessions", ()), values.pop("cancelled_at", None)
    values.setdefault("at", start - timedelta(days=60))
    if "form" in values:
        keys = checked(values.pop("form"), FORM_KEYS, "form")
        optional = tuple(keys.get("optional", ()))
        values["fields"] = form(*keys.get("fields", ()), custom=keys.get("custom"), optional=optional)
    if "owner" in values:
        values["owner"] = workspace.add_person(values["owner"], role="team_member", at=start)
    event_id = workspace.add_event(values.pop("title"), **values)
    if cancelled is not None:
        workspace.store.update("events", {"id": event_id}, cancelled_at=int(cancelled.timestamp()))
    _set_label(labels, label, event_id)
    for number, session in enumerate(sessions):
        keys = checked(session, SESSION_KEYS, f"session {number} of {label or event_id}")
        _add_session(workspace, event_id, {"at": values["at"], **_with_moments(keys, start)}, start, labels)


def _add_session(
    workspace: Workspace, event_id: str, values: dict[str, Any], start: datetime, labels: Labels
) -> None:  # fmt: skip
    label, people, crowd = values.pop("label", None), values.pop("registrants", ()), values.pop("crowd", None)
    deleted = values.pop("deleted_at", None)
    session_id = workspace.add_session(event_id, values.pop("planned"), **values)
    _set_label(labels, label, session_id)
    for number, person in enumerate(people):
        keys = checked(person, REGISTRANT_KEYS, f"registrant {number} of {label}")
        _add_registrant(workspace, session_id, _with_moments(keys, start), start)
    if crowd is not None:
        keys = checked(crowd if isinstance(crowd, Mapping) else {"size": crowd}, CROWD_KEYS, "crowd")
        since = parse_moment(keys.pop("from", "-30d"), start)
        add_crowd(workspace, session_id, start, since=since, **keys)
    if deleted is not None:
        workspace.delete_session(session_id, at=deleted)


def _add_registrant(workspace: Workspace, session_id: str, values: dict[str, Any], start: datetime) -> None:
    attended, replay, removed = values.pop("attended", None), values.pop("replay", None), values.pop("removed_at", None)
    seconds, attended_at = values.pop("seconds", None), values.pop("attended_at", None)
    counters = {name: values.pop(name) for name in COUNTERS if name in values}
    origin = {**values.pop("origin", {}), **{name: values.pop(name) for name in UTM if name in values}}
    values.setdefault("at", start - timedelta(days=1))
    values["leave_out"] = tuple(values.get("leave_out", ()))
    fields = values.pop("answers", None)
    person = workspace.register(session_id, values.pop("email"), fields=fields, origin=origin, **values)
    if attended is not None and attended is not False:
        rate = 100.0 if attended is True else float(attended)
        workspace.attend(session_id, person, rate=rate, seconds=seconds, at=attended_at, **counters)
    if replay is not None:
        workspace.view_replay(session_id, person, at=replay)
    if removed is not None:
        workspace.unregister(session_id, person, at=removed)


def add_crowd(workspace: Workspace, session_id: str, start: datetime, *, size: int, since: datetime,
              attended: float = 0.0, replay: float = 0.0, domain: str = "crowd.example") -> None:  # fmt: skip
    """Registers `size` invented people, the same people for every session.

    They register between `since` and the start of the seed. `attended` and `replay` are shares of them (0 to 1).
    """
    draw = random.Random(f"{workspace.seed} {session_id}")  # noqa: S311 - a repeatable draw, no secret
    row = workspace.session_row(session_id)
    end = row["ends_at"] or row["estimated_started_at"]
    for number in range(size):
        person = workspace.register(
            session_id, f"person.{number}@{domain}", f"First{number}", f"Last{number}",
            at=since + (start - since) * draw.random(),
        )  # fmt: skip
        if draw.random() < attended:
            workspace.attend(session_id, person, rate=round(draw.uniform(5, 100), 1))
        if draw.random() < replay:
            workspace.view_replay(session_id, person, at=end + draw.randrange(3600, 20 * 86400))


def _set_label(labels: Labels, label: str | None, record_id: str) -> None:
    if label is None:
        return
    if label in labels:
        raise ValueError(f"the label {label} is given twice")
    labels[label] = record_id
