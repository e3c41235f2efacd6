"""Converts rows to resources of the API, with the attributes of sections 8 to 10 of the reference."""

from urllib.parse import quote

from service_sandbox.livestorm.forms import form_fields
from service_sandbox.livestorm.store import Row

APP = "https://app.livestorm.co"


def resource(resource_type: str, resource_id: str, attributes: Row, relationships: Row | None = None) -> Row:
    """Returns a JSON:API resource."""
    content = {"id": resource_id, "type": resource_type, "attributes": attributes}
    return {**content, "relationships": relationships} if relationships else content


def person(row: Row) -> Row:
    """Returns a person of the workspace."""
    names = ("role", "created_at", "updated_at", "timezone", "first_name", "last_name", "email", "avatar_link")
    return resource("people", row["id"], {name: row[name] for name in names})


def event(row: Row, owner: Row | None) -> Row:
    """Returns an event; `owner` is a row of a person."""
    booleans = {"everyone_can_speak": bool(row["everyone_can_speak"]), **row["more"]}
    attributes = {
        "title": row["title"], "slug": row["slug"], "registration_link": f"{APP}/p/{row['id']}",
        "estimated_duration": row["estimated_duration"], "description": row["description"], **booleans,
        "status": "published" if row["published"] else "draft", "language": row["language"],
        "published_at": row["published_at"] if row["published"] else 0, "scheduling_status": row["scheduling_status"],
        "created_at": row["created_at"], "updated_at": row["updated_at"],
        "owner": person(owner) if owner else None, "sessions_count": row["sessions_count"],
        "fields": form_fields(row["fields"]),
    }  # fmt: skip
    return resource("events", row["id"], attributes)


def room_link(event_id: str, session_id: str) -> str:
    """Returns the URL at which a session takes place."""
    return f"{APP}/p/{event_id}/live?s={session_id}"


def session(row: Row) -> Row:
    """Returns a session."""
    attributes = {
        "event_id": row["event_id"], "status": row["status"], "timezone": row["timezone"],
        "room_link": room_link(row["event_id"], row["id"]), "name": row["name"],
        "attendees_count": row["attendees_count"],
        "duration": row["ended_at"] - row["started_at"] if row["ended_at"] else None,
        "estimated_started_at": row["estimated_started_at"], "started_at": row["started_at"],
        "ended_at": row["ended_at"], "canceled_at": row["canceled_at"], "created_at": row["created_at"],
        "updated_at": row["updated_at"], "registrants_count": row["registrants_count"],
        "breakout_room_parent_session_id": row["parent_id"],
    }  # fmt: skip
    return resource("sessions", row["id"], attributes)


def event_registrant(row: Row) -> Row:
    """Returns a person of an event: with answers, without session and attendance."""
    content = person(row)
    content["attributes"]["registrant_detail"] = {
        "event_id": row["event_id"], "created_at": row["registered_at"], "updated_at": row["registration_updated_at"],
        "fields": row["fields"],
    }  # fmt: skip
    return content


def registrant(row: Row) -> Row:
    """Returns a person of a session, with attendance, counters and replay view, without the keys in `leave_out`."""
    content = person(row)
    content["attributes"].update(
        registrant_detail=_detail(row), **row["counters"],
        replay_view_detail={"watched_at": row["watched_at"]} if row["watched"] else None,
    )  # fmt: skip
    return content


def _detail(row: Row) -> Row:
    attended = bool(row["attended"])
    detail = {
        "event_id": row["event_id"], "session_id": row["session_id"], "created_at": row["registered_at"],
        "updated_at": row["registration_updated_at"], "fields": row["fields"],
        **{name: value for name, value in row["detail"].items() if name not in ("is_guest_speaker", "password_key")},
        "password_key": row["detail"]["password_key"], "connection_link": _connection_link(row),
        "attended": attended, "attendance_rate": row["rate"] if attended else None,
        "attendance_duration": row["seconds"] if attended else 0, "has_viewed_replay": bool(row["watched"]),
        "is_guest_speaker": row["detail"]["is_guest_speaker"],
    }  # fmt: skip
    return {name: value for name, value in detail.items() if name not in row["leave_out"]}


def _connection_link(row: Row) -> str:
    key = row["detail"]["password_key"]
    query = f"?email={quote(row['email'], safe='')}&key={key}&s=" if key else "?s="
    return f"{APP}/p/{row['event_id']}/live{query}{row['session_id']}"


def attribute(row: Row) -> Row:
    """Returns a registration attribute of the catalogue."""
    names = ("slug", "name", "description", "placeholder", "type", "options", "user_id", "created_at", "updated_at")
    return resource(
        "people_attributes", row["id"], {**{name: row[name] for name in names}, "builtin": bool(row["builtin"])}
    )


def webhook(row: Row) -> Row:
    """Returns a webhook subscription."""
    names = ("url", "event", "created_at", "updated_at")
    return resource("webhooks", row["id"], {name: row[name] for name in names})


def user(row: Row) -> Row:
    """Returns a team member."""
    names = ("first_name", "last_name", "email", "avatar_link", "timezone", "created_at", "updated_at")
    attributes = {"role": "owner" if row["first"] else "moderator", "pending_invite": False}
    return resource("users", row["id"], {**attributes, **{name: row[name] for name in names}})
