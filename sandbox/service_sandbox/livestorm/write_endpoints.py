"""Endpoints that write: events, sessions, registrations and webhooks."""

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from service_sandbox.livestorm import render
from service_sandbox.livestorm.errors import ApiError, not_found
from service_sandbox.livestorm.read_endpoints import get_event, get_session
from service_sandbox.livestorm.registrations import UTM
from service_sandbox.livestorm.request_context import Reply, RequestContext, require
from service_sandbox.livestorm.store import Row

EVENT_TEXTS = ("title", "description", "language", "estimated_duration", "everyone_can_speak")
OPEN_STATUSES = ("upcoming", "live", "on_demand")
"""Statuses of sessions that accept registrations."""


def checked(attributes: Row, *known: str) -> Row:
    """Returns the attributes.

    Raises:
        ApiError: 400, an attribute is unknown.
    """
    unknown = attributes.keys() - set(known)
    if unknown:
        raise ApiError(400, f"Unknown attributes: {', '.join(sorted(unknown))}")
    return attributes


def local_time(text: Any, zone: str) -> int:
    """Returns seconds since 1970 for a local time such as `2027-01-12 10:30:00`, or an ISO 8601 text with a time zone.

    Raises:
        ApiError: 422, the text is not a time or the zone is unknown.
    """
    try:
        moment = datetime.fromisoformat(str(text))
        return int((moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).timestamp())
    except (ValueError, ZoneInfoNotFoundError):
        message = "estimated_started_at must be a local date-time, timezone an IANA name"
        raise ApiError(422, message) from None


# --- events and sessions ------------------------------------------------------------------------------------------


def create_event(context: RequestContext) -> Reply:
    """`POST /events`."""
    attributes = checked(context.data("events"), *EVENT_TEXTS, "status", "owner_id", "slug")
    if not attributes.get("title"):
        raise ApiError(422, "Title can't be blank")
    published = attributes.get("status", "draft") == "published"
    values = {name: attributes[name] for name in EVENT_TEXTS[1:] if name in attributes}
    context.parts["event_id"] = context.workspace.add_event(
        attributes["title"], owner=attributes.get("owner_id"), published=published, **values
    )
    return Reply(201, get_event(context).body)


def edit_event(context: RequestContext) -> Reply:
    """`PATCH` and `PUT /events/{id}`."""
    attributes = checked(context.data("events"), *EVENT_TEXTS, "status")
    row = context.event()
    values = {name: attributes[name] for name in EVENT_TEXTS if name in attributes}
    if "status" in attributes:
        values["published_at"] = context.workspace.now() if attributes["status"] == "published" else 0
    context.workspace.edit_event(row["id"], **values)
    return get_event(context)


def delete_event(context: RequestContext) -> Reply:
    """`DELETE /events/{id}`."""
    context.workspace.delete_event(context.event()["id"])
    return Reply(204)


def tag_event(context: RequestContext) -> Reply:
    """`POST` and `DELETE /events/{id}/tags`."""
    name = checked(context.data("tags"), "name").get("name")
    if not isinstance(name, str) or not name.strip():
        raise ApiError(422, "Name can't be blank")
    row = context.event()
    others = [one for one in row["tags"] if one.casefold() != name.casefold()]
    removing = context.method == "DELETE"
    context.workspace.edit_event(row["id"], tags=others if removing else [*others, name])
    return Reply(204) if removing else Reply(201, get_event(context).body)


def create_session(context: RequestContext) -> Reply:
    """`POST /events/{id}/sessions`; `relationships.people` adds team members."""
    document = context.document("sessions")
    attributes = checked(document.get("attributes", {}), "name", "estimated_started_at", "timezone")
    event = context.event()
    zone = attributes.get("timezone") or "Europe/Paris"
    planned = local_time(attributes.get("estimated_started_at"), zone)
    session_id = context.workspace.add_session(event["id"], planned, name=attributes.get("name"), timezone=zone)
    team = document.get("relationships", {}).get("people", {}).get("data", [])
    for person in context.workspace.reader.people_by_id([one.get("id") for one in team]):
        context.workspace.register(
            session_id, person["email"], person["first_name"], person["last_name"], role=person["role"],
            person=person["id"],
        )  # fmt: skip
    context.parts["session_id"] = session_id
    return Reply(201, get_session(context).body)


def edit_session(context: RequestContext) -> Reply:
    """`PATCH` and `PUT /sessions/{id}`."""
    attributes = checked(context.data("sessions"), "name", "estimated_started_at", "timezone", "embed_url")
    row = context.session()
    values: Row = {name: attributes[name] for name in ("name", "timezone") if name in attributes}
    if "estimated_started_at" in attributes:
        zone = attributes.get("timezone") or row["timezone"]
        values["estimated_started_at"] = local_time(attributes["estimated_started_at"], zone)
    context.workspace.edit_session(row["id"], **values)
    return get_session(context)


def delete_session(context: RequestContext) -> Reply:
    """`DELETE /sessions/{id}`."""
    context.workspace.delete_session(context.session()["id"])
    return Reply(204)


# --- registrations ------------------------------------------------------------------------------------------------


def answers_by_slug(attributes: Row) -> Row:
    """Returns `fields` as slug to value. Other attributes are ignored, as by Livestorm.

    Raises:
        ApiError: 422, `fields` has the wrong format.
    """
    fields = attributes.get("fields")
    if not isinstance(fields, list) or not all(isinstance(one, dict) and "id" in one for one in fields):
        raise ApiError(422, "fields must be a list of objects with id and value")
    return {one["id"]: one.get("value") for one in fields}


def register_one(context: RequestContext, session: Row, attributes: Row) -> str:
    """Registers one person to an open session; returns the id of the person.

    Raises:
        ApiError: 422, the e-mail address is missing or the session is not open.
    """
    answers = answers_by_slug(attributes)
    email = answers.pop("email", None)
    if not isinstance(email, str) or not email.strip():
        raise ApiError(422, "Email can't be blank")
    if session["status"] not in OPEN_STATUSES:
        raise ApiError(422, "The session does not take registrations any more")
    return context.workspace.register(
        session["id"], email, answers.pop("first_name", None), answers.pop("last_name", None), fields=answers,
        registration_type="API", origin={name: attributes[name] for name in UTM if name in attributes},
    )  # fmt: skip


def register(context: RequestContext) -> Reply:
    """`POST /sessions/{id}/people`."""
    session = context.session()
    person_id = register_one(context, session, context.data("people"))
    return context.reply(render.registrant(require(context.workspace.reader.registrant(session["id"], person_id))), 201)


def edit_registrant(context: RequestContext) -> Reply:
    """`PATCH /sessions/{id}/people/{id}`."""
    session, person_id = context.session(), context.parts["person_id"]
    require(context.workspace.reader.registrant(session["id"], person_id))
    context.workspace.edit_registration(session["id"], person_id, **answers_by_slug(context.data("people")))
    return context.reply(render.registrant(require(context.workspace.reader.registrant(session["id"], person_id))))


def unregister(context: RequestContext) -> Reply:
    """`DELETE /sessions/{id}/people/{id}` and `DELETE /sessions/{id}/people?filter[email]=`."""
    query = context.query(filters=("email",))
    who = context.parts.get("person_id") or query.filters.get("email")
    if not who:
        raise ApiError(400, "filter[email] is missing")
    try:
        context.workspace.unregister(context.session()["id"], who)
    except KeyError:
        raise not_found() from None
    return Reply(204)


# --- webhooks -----------------------------------------------------------------------------------------------------


def list_webhooks(context: RequestContext) -> Reply:
    """`GET /webhooks`."""
    rows, meta = context.workspace.webhooks.page(context.query(filters=("event",)))
    return context.list_reply(list(map(render.webhook, rows)), meta)


def create_webhook(context: RequestContext) -> Reply:
    """`POST /webhooks`: one event per subscription."""
    attributes = checked(context.data("webhooks"), "url", "event")
    url, event = str(attributes.get("url", "")), attributes.get("event")
    scheme = "https" if context.workspace.settings.https_only else "https?"
    if not re.fullmatch(rf"{scheme}://[^\s/]+\S*", url):
        raise ApiError(422, "Url must be a valid https address")
    return context.reply(render.webhook(context.workspace.webhooks.subscribe(url, event)), 201)


def delete_webhook(context: RequestContext) -> Reply:
    """`DELETE /webhooks/{id}`."""
    if not context.workspace.webhooks.remove(context.parts["webhook_id"]):
        raise not_found()
    return Reply(204)
