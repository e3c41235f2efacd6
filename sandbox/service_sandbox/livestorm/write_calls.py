"""The calls that write: events, sessions, registrations, bulk jobs, webhooks."""

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from service_sandbox.livestorm import render
from service_sandbox.livestorm.errors import ApiError, not_found
from service_sandbox.livestorm.read_calls import get_event, get_session
from service_sandbox.livestorm.registrations import UTM
from service_sandbox.livestorm.request import Ask, Reply, found

EVENT_TEXTS = ("title", "description", "language", "estimated_duration", "everyone_can_speak")
MOST_TASKS = 50


def only(attributes: dict[str, Any], *known: str) -> dict[str, Any]:
    """The attributes. Raises ApiError (400) if one of them is not known here."""
    strange = attributes.keys() - set(known)
    if strange:
        raise ApiError(400, f"Unknown attributes: {', '.join(sorted(strange))}")
    return attributes


def local_moment(text: Any, zone: str) -> int:
    """Seconds since 1970 of `2027-01-12 10:30:00` in a time zone; an ISO 8601 text with its own zone is taken too."""
    try:
        moment = datetime.fromisoformat(str(text))
        return int((moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).timestamp())
    except (ValueError, ZoneInfoNotFoundError):
        message = "estimated_started_at must be a local date-time, timezone an IANA name"
        raise ApiError(422, message) from None


# --- events and sessions ------------------------------------------------------------------------------------------


def create_event(ask: Ask) -> Reply:
    """`POST /events`."""
    attributes = only(ask.data("events"), *EVENT_TEXTS, "status", "owner_id", "slug")
    if not attributes.get("title"):
        raise ApiError(422, "Title can't be blank")
    published = attributes.get("status", "draft") == "published"
    values = {name: attributes[name] for name in EVENT_TEXTS[1:] if name in attributes}
    ask.parts["event_id"] = ask.workspace.add_event(
        attributes["title"], owner=attributes.get("owner_id"), published=published, **values
    )
    return Reply(201, get_event(ask).body)


def edit_event(ask: Ask) -> Reply:
    """`PATCH` and `PUT /events/{id}`."""
    attributes = only(ask.data("events"), *EVENT_TEXTS, "status")
    row = ask.event()
    values = {name: attributes[name] for name in EVENT_TEXTS if name in attributes}
    if "status" in attributes:
        values["published_at"] = ask.workspace.now() if attributes["status"] == "published" else 0
    ask.workspace.edit_event(row["id"], **values)
    return get_event(ask)


def delete_event(ask: Ask) -> Reply:
    """`DELETE /events/{id}`."""
    ask.workspace.delete_event(ask.event()["id"])
    return Reply(204)


def tag_event(ask: Ask) -> Reply:
    """`POST` and `DELETE /events/{id}/tags`."""
    name = only(ask.data("tags"), "name").get("name")
    if not isinstance(name, str) or not name.strip():
        raise ApiError(422, "Name can't be blank")
    row = ask.event()
    others = [one for one in row["tags"] if one.casefold() != name.casefold()]
    removing = ask.method == "DELETE"
    ask.workspace.edit_event(row["id"], tags=others if removing else [*others, name])
    return Reply(204) if removing else Reply(201, get_event(ask).body)


def create_session(ask: Ask) -> Reply:
    """`POST /events/{id}/sessions`; team members may be attached through `relationships.people`."""
    document = ask.document("sessions")
    attributes = only(document.get("attributes", {}), "name", "estimated_started_at", "timezone")
    event = ask.event()
    zone = attributes.get("timezone") or "Europe/Paris"
    planned = local_moment(attributes.get("estimated_started_at"), zone)
    session_id = ask.workspace.add_session(event["id"], planned, name=attributes.get("name"), timezone=zone)
    team = document.get("relationships", {}).get("people", {}).get("data", [])
    for person in ask.workspace.reader.people_by_id([one.get("id") for one in team]):
        ask.workspace.register(
            session_id, person["email"], person["first_name"], person["last_name"], role=person["role"],
            person=person["id"],
        )  # fmt: skip
    ask.parts["session_id"] = session_id
    return Reply(201, get_session(ask).body)


def edit_session(ask: Ask) -> Reply:
    """`PATCH` and `PUT /sessions/{id}`."""
    attributes = only(ask.data("sessions"), "name", "estimated_started_at", "timezone", "embed_url")
    row = ask.session()
    values = {name: attributes[name] for name in ("name", "timezone") if name in attributes}
    if "estimated_started_at" in attributes:
        zone = attributes.get("timezone", row["timezone"])
        values["estimated_started_at"] = local_moment(attributes["estimated_started_at"], zone)
    ask.workspace.edit_session(row["id"], **values)
    return get_session(ask)


def delete_session(ask: Ask) -> Reply:
    """`DELETE /sessions/{id}`."""
    ask.workspace.delete_session(ask.session()["id"])
    return Reply(204)


# --- registrations ------------------------------------------------------------------------------------------------


def given_fields(attributes: dict[str, Any]) -> dict[str, Any]:
    """`fields` as slug to value. Flat attributes besides are overlooked, as by the service."""
    fields = attributes.get("fields")
    if not isinstance(fields, list) or not all(isinstance(one, dict) and "id" in one for one in fields):
        raise ApiError(422, "fields must be a list of objects with id and value")
    return {one["id"]: one.get("value") for one in fields}


def register_one(ask: Ask, session: dict[str, Any], attributes: dict[str, Any]) -> str:
    """Register one person to an upcoming session; returns the person's id."""
    given = given_fields(attributes)
    email = given.pop("email", None)
    if not isinstance(email, str) or not email.strip():
        raise ApiError(422, "Email can't be blank")
    if session["status"] not in ("upcoming", "live", "on_demand"):
        raise ApiError(422, "The session does not take registrations any more")
    return ask.workspace.register(
        session["id"], email, given.pop("first_name", None), given.pop("last_name", None), fields=given,
        registration_type="API", origin={name: attributes[name] for name in UTM if name in attributes},
    )  # fmt: skip


def register(ask: Ask) -> Reply:
    """`POST /sessions/{id}/people`."""
    session = ask.session()
    person_id = register_one(ask, session, ask.data("people"))
    return ask.single(render.registrant(found(ask.workspace.reader.registrant(session["id"], person_id))), 201)


def edit_registrant(ask: Ask) -> Reply:
    """`PATCH /sessions/{id}/people/{id}`."""
    session, person_id = ask.session(), ask.parts["person_id"]
    found(ask.workspace.reader.registrant(session["id"], person_id))
    ask.workspace.edit_registration(session["id"], person_id, **given_fields(ask.data("people")))
    return ask.single(render.registrant(found(ask.workspace.reader.registrant(session["id"], person_id))))


def unregister(ask: Ask) -> Reply:
    """`DELETE /sessions/{id}/people/{id}` and `DELETE /sessions/{id}/people?filter[email]=`."""
    query = ask.query(filters=("email",))
    who = ask.parts.get("person_id") or query.filters.get("email")
    if not who:
        raise ApiError(400, "filter[email] is missing")
    try:
        ask.workspace.unregister(ask.session()["id"], who)
    except KeyError:
        raise not_found() from None
    return Reply(204)


# --- bulk ---------------------------------------------------------------------------------------------------------


def bulk_register(ask: Ask) -> Reply:
    """`POST /sessions/{id}/people/bulk`: a job of at most 50 tasks, carried out in the background."""
    tasks = ask.data("jobs").get("tasks")
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise ApiError(400, "data.attributes.tasks must be a list of objects")
    if not 0 < len(tasks) <= MOST_TASKS:
        raise ApiError(422, f"A job takes 1 to {MOST_TASKS} tasks, not {len(tasks)}")
    session = ask.session()
    outcomes = [_task(ask, session, task.get("attributes", task)) for task in tasks]
    identity = ask.workspace.jobs.add(session["id"], outcomes)
    return ask.single(ask.workspace.jobs.resource(identity), 202)


def _task(ask: Ask, session: dict[str, Any], attributes: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"person_id": register_one(ask, session, attributes), "error": None}
    except ApiError as error:
        return {"person_id": None, "error": error.detail}


def get_job(ask: Ask) -> Reply:
    """`GET /jobs/{id}`."""
    ask.query()
    return ask.single(found(ask.workspace.jobs.resource(ask.parts["job_id"])))


def job_tasks(ask: Ask) -> Reply:
    """`GET /jobs/{id}/tasks`: all at once; any paging parameter makes Livestorm fail with a 500."""
    if any(name.startswith("page[") for name, _ in ask.pairs):
        raise ApiError(500, "Something went wrong on our end")
    tasks = found(ask.workspace.jobs.tasks(ask.parts["job_id"]))
    ask.records = len(tasks)
    return Reply(200, {"data": tasks})


# --- webhooks -----------------------------------------------------------------------------------------------------


def list_webhooks(ask: Ask) -> Reply:
    """`GET /webhooks`."""
    rows, told = ask.workspace.webhooks.page(ask.query(filters=("event",)))
    return ask.listing(list(map(render.webhook, rows)), told)


def create_webhook(ask: Ask) -> Reply:
    """`POST /webhooks`: one event per subscription."""
    attributes = only(ask.data("webhooks"), "url", "event")
    url, event = str(attributes.get("url", "")), attributes.get("event")
    scheme = "https" if ask.workspace.settings.https_only else "https?"
    if not re.fullmatch(rf"{scheme}://[^\s/]+\S*", url):
        raise ApiError(422, "Url must be a valid https address")
    return ask.single(render.webhook(ask.workspace.webhooks.subscribe(url, event)), 201)


def delete_webhook(ask: Ask) -> Reply:
    """`DELETE /webhooks/{id}`."""
    if not ask.workspace.webhooks.remove(ask.parts["webhook_id"]):
        raise not_found()
    return Reply(204)
