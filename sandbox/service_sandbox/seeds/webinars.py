"""The Livestorm part of a seed file: team, events, sessions, registrants."""

import inspect
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from service_sandbox.livestorm.forms import form
from service_sandbox.livestorm.registrations import COUNTERS, UTM
from service_sandbox.livestorm.scheduling import SWITCHES
from service_sandbox.livestorm.workspace import Workspace
from service_sandbox.seeds.moments import moment

Labels = dict[str, str]


def _keywords(function: Any) -> set[str]:
    return set(inspect.signature(function).parameters) - {"self", "switches", "counters"}


EVENT_WORDS = (_keywords(Workspace.add_event) | SWITCHES.keys() | {"label", "form", "sessions", "cancelled_at"}) - {
    "fields"
}
SESSION_WORDS = (_keywords(Workspace.add_session) | {"label", "planned", "registrants", "crowd", "deleted_at"}) - {
    "event_id", "estimated_started_at"}  # fmt: skip
REGISTRANT_WORDS = (_keywords(Workspace.register) | {"answers", "attended", "seconds", "attended_at", "replay",
                    "removed_at", *COUNTERS, *UTM}) - {"session_id", "fields", "person"}  # fmt: skip
CROWD_WORDS = {"size", "attended", "replay", "from", "domain"}
MOMENTS = ("at", "published_at", "cancelled_at", "planned", "starts_at", "ends_at", "canceled_at", "deleted_at",
           "attended_at", "replay", "removed_at")  # fmt: skip


def check(part: Mapping[str, Any], words: set[str], place: str) -> dict[str, Any]:
    """The part as a dictionary. Raises ValueError if it has a word that means nothing."""
    strange = part.keys() - words
    if strange:
        raise ValueError(f"{place}: unknown words {sorted(strange)}, known are {sorted(words)}")
    return dict(part)


def plant_workspace(workspace: Workspace, part: Mapping[str, Any], start: datetime, labels: Labels) -> None:
    """Fill the workspace with the `livestorm` part of a seed file."""
    for member in part.get("team", ()):
        given = _timed(check(member, {"email", "first_name", "last_name", "timezone", "at"}, "team"), start)
        workspace.add_team_member(given.pop("email"), **{"at": start - timedelta(days=900), **given})
    for number, event in enumerate(part.get("events", ())):
        _event(workspace, check(event, EVENT_WORDS, f"livestorm.events[{number}]"), start, labels)


def _timed(given: dict[str, Any], start: datetime) -> dict[str, Any]:
    return {key: moment(value, start) if key in MOMENTS and value is not None else value
            for key, value in given.items()}  # fmt: skip


def _event(workspace: Workspace, given: dict[str, Any], start: datetime, labels: Labels) -> None:
    given = _timed(given, start)
    label, sessions, cancelled = given.pop("label", None), given.pop("sessions", ()), given.pop("cancelled_at", None)
    given.setdefault("at", start - timedelta(days=60))
    if "form" in given:
        words = check(given.pop("form"), {"fields", "custom", "optional"}, "form")
        given["fields"] = form(
            *words.get("fields", ()), custom=words.get("custom"), optional=tuple(words.get("optional", ()))
        )
    if "owner" in given:
        given["owner"] = workspace.add_person(given["owner"], role="team_member", at=start)
    event_id = workspace.add_event(given.pop("title"), **given)
    if cancelled is not None:
        workspace.store.update("events", {"id": event_id}, cancelled_at=int(cancelled.timestamp()))
    _label(labels, label, event_id)
    for number, session in enumerate(sessions):
        place = f"session {number} of {label or event_id}"
        _session(workspace, event_id, check(session, SESSION_WORDS, place), given["at"], start, labels)


def _session(workspace: Workspace, event_id: str, given: dict[str, Any], born: datetime, start: datetime,
             labels: Labels) -> None:  # fmt: skip
    given = _timed(given, start)
    label, people, crowd = given.pop("label", None), given.pop("registrants", ()), given.pop("crowd", None)
    deleted = given.pop("deleted_at", None)
    given.setdefault("at", born)
    session_id = workspace.add_session(event_id, given.pop("planned"), **given)
    _label(labels, label, session_id)
    for number, person in enumerate(people):
        _registrant(workspace, session_id, check(person, REGISTRANT_WORDS, f"registrant {number} of {label}"), start)
    if crowd is not None:
        gather(workspace, session_id, start, **_crowd(crowd, start))
    if deleted is not None:
        workspace.delete_session(session_id, at=deleted)


def _registrant(workspace: Workspace, session_id: str, given: dict[str, Any], start: datetime) -> None:
    given = _timed(given, start)
    attended, replay, removed = given.pop("attended", None), given.pop("replay", None), given.pop("removed_at", None)
    seconds, attended_at = given.pop("seconds", None), given.pop("attended_at", None)
    counters = {name: given.pop(name) for name in COUNTERS if name in given}
    origin = {**given.pop("origin", {}), **{name: given.pop(name) for name in UTM if name in given}}
    given.setdefault("at", start - timedelta(days=1))
    given["leave_out"] = tuple(given.get("leave_out", ()))
    fields = given.pop("answers", None)
    person = workspace.register(session_id, given.pop("email"), fields=fields, origin=origin, **given)
    if attended is not None and attended is not False:
        rate = 100.0 if attended is True else float(attended)
        workspace.attend(session_id, person, rate=rate, seconds=seconds, at=attended_at, **counters)
    if replay is not None:
        workspace.view_replay(session_id, person, at=replay)
    if removed is not None:
        workspace.unregister(session_id, person, at=removed)


def _crowd(crowd: Any, start: datetime) -> dict[str, Any]:
    words = check(crowd if isinstance(crowd, Mapping) else {"size": crowd}, CROWD_WORDS, "crowd")
    if "from" in words:
        words["since"] = moment(words.pop("from"), start)
    return words


def gather(workspace: Workspace, session_id: str, start: datetime, *, size: int, attended: float = 0.0,
           replay: float = 0.0, since: datetime | None = None, domain: str = "crowd.example") -> None:  # fmt: skip
    """Register `size` invented people, the same ones for every session; shares of them attend and watch the replay.

    They registered between `since` (30 days before the seed's start) and the start.
    """
    draw = random.Random(f"{workspace.seed} {session_id}")  # noqa: S311 - a repeatable draw, no secret
    since = since or start - timedelta(days=30)
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


def _label(labels: Labels, label: str | None, identity: str) -> None:
    if label is None:
        return
    if label in labels:
        raise ValueError(f"the label {label} is given twice")
    labels[label] = identity
