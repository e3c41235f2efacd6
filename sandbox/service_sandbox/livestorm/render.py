"""Rows to the resources of the API, attribute by attribute as in sections 8 to 10 of the reference."""

from typing import Any
from urllib.parse import quote

from service_sandbox.livestorm.forms import form_fields

APP = "https://app.livestorm.co"
Row = dict[str, Any]


def resource(kind: str, identity: str, attributes: Row, relationships: Row | None = None) -> Row:
    """A JSON:API resource."""
    made = {"id": identity, "type": kind, "attributes": attributes}
    return {**made, "relationships": relationships} if relationships else made


def person(row: Row) -> Row:
    """A person at workspace level."""
    names = ("role", "created_at", "updated_at", "timezone", "first_name", "last_name", "email", "avatar_link")
    return resource("people", row["id"], {name: row[name] for name in names})


def event(row: Row, owner: Row | None) -> Row:
    """An event; `owner` is a row of people."""
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
    """Where a session takes place."""
    return f"{APP}/p/{event_id}/live?s={session_id}"


def session(row: Row) -> Row:
    """A session."""
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
    """A person of an event: the form's answers, no session and no attendance."""
    made = person(row)
    made["attributes"]["registrant_detail"] = {
        "event_id": row["event_id"], "created_at": row["registered_at"], "updated_at": row["registration_updated_at"],
        "fields": row["fields"],
    }  # fmt: skip
    return made


def registrant(row: Row) -> Row:
    """A person of a session, with attendance, counters and replay. Keys in `leave_out` are missing, as in old rows."""
    made = person(row)
    made["attributes"].update(
        registrant_detail=_detail(row), **row["counters"],
        replay_view_detail={"watched_at": row["watched_at"]} if row["watched"] else None,
    )  # fmt: skip
    return made


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
    secret = f"?email={quote(row['email'], safe='')}&key={key}&s=" if key else "?s="
    return f"{APP}/p/{row['event_id']}/live{secret}{row['session_id']}"


def attribute(row: Row) -> Row:
    """A registration attribute of the catalogue."""
    names = ("slug", "name", "description", "placeholder", "type", "options", "user_id", "created_at", "updated_at")
    return resource(
        "people_attributes", row["id"], {**{name: row[name] for name in names}, "builtin": bool(row["builtin"])}
    )


def webhook(row: Row) -> Row:
    """A subscription."""
    names = ("url", "event", "created_at", "updated_at")
    return resource("webhooks", row["id"], {name: row[name] for name in names})


def user(row: Row) -> Row:
    """A team member."""
    names = ("first_name", "last_name", "email", "avatar_link", "timezone", "created_at", "updated_at")
    attributes = {"role": "owner" if row["first"] else "moderator", "pending_invite": False}
    return resource("users", row["id"], {**attributes, **{name: row[name] for name in names}})
