"""Endpoints that read: organization, events, sessions, people, attributes and users."""

from service_sandbox.livestorm import catalogue, render
from service_sandbox.livestorm.params import page_meta
from service_sandbox.livestorm.request_context import Reply, RequestContext, require
from service_sandbox.livestorm.store import Row

EVENT_FILTERS = ("title", "everyone_can_speak", "scheduling_status", "created_since", "created_until", "updated_since",
                 "updated_until", "tag")  # fmt: skip
SESSION_FILTERS = ("status", "date_from", "date_to", "created_since", "created_until", "updated_since",
                   "updated_until", "include_breakout_rooms")  # fmt: skip
Resources = tuple[list[Row], list[Row] | None]
"""Resources, and included resources (None without `include`)."""
PEOPLE_FILTERS = ("role", "attended", "email", "created_since", "created_until", "updated_since", "updated_until")


def ping(context: RequestContext) -> Reply:
    """`GET /ping`: 200 without a body."""
    context.query()
    return Reply(200)


def organization(context: RequestContext) -> Reply:
    """`GET /organization`, and `GET /me`, which has the same response for a private token."""
    context.query(include=("organization",))
    workspace = context.workspace
    slug = workspace.name.lower().replace(" ", "-")
    return context.reply(
        render.resource("organizations", workspace.organization_id, {"name": workspace.name, "slug": slug})
    )


# --- events -------------------------------------------------------------------------------------------------------


def _owners(context: RequestContext, rows: list[Row]) -> Row:
    owners = context.workspace.reader.people_by_id([row["owner_id"] for row in rows if row["owner_id"]])
    return {owner["id"]: owner for owner in owners}


def _events(context: RequestContext, rows: list[Row], include: list[str]) -> Resources:
    """Returns resources of events, and the requested sessions and tags."""
    owners = _owners(context, rows)
    resources = [render.event(row, owners.get(row["owner_id"])) for row in rows]
    if not include:
        return resources, None
    included: list[Row] = []
    sessions = context.workspace.reader.sessions_of(row["id"] for row in rows) if "sessions" in include else []
    included += map(render.session, sessions)
    for row, resource in zip(rows, resources, strict=True):
        related: Row = {}
        if "sessions" in include:
            own = [one["id"] for one in sessions if one["event_id"] == row["id"]]
            related["sessions"] = {"data": [{"type": "sessions", "id": identity} for identity in own]}
        if "tags" in include:
            related["tags"] = {"data": [{"type": "tags", "id": tag_id(tag)} for tag in row["tags"]]}
            included += [tag(name) for name in row["tags"]]
        resource["relationships"] = related
    unique = {(one["type"], one["id"]): one for one in included}
    return resources, list(unique.values())


def tag_id(name: str) -> str:
    """Returns the id of a tag."""
    return name.casefold().replace(" ", "-")


def tag(name: str) -> Row:
    """Returns a tag."""
    return render.resource("tags", tag_id(name), {"name": name})


def list_events(context: RequestContext) -> Reply:
    """`GET /events`."""
    query = context.query(filters=EVENT_FILTERS, include=("sessions", "tags"))
    rows, meta = context.workspace.reader.events(query)
    resources, included = _events(context, rows, query.include)
    return context.list_reply(resources, meta, included)


def get_event(context: RequestContext) -> Reply:
    """`GET /events/{id}`."""
    query = context.query(include=("sessions", "tags"))
    (resource,), included = _events(context, [context.event()], query.include)
    return context.reply(resource, included=included)


# --- sessions -----------------------------------------------------------------------------------------------------


def list_sessions(context: RequestContext) -> Reply:
    """`GET /sessions`. `include=event` is not documented and works in production."""
    query = context.query(filters=SESSION_FILTERS, include=("event",))
    rows, meta = context.workspace.reader.sessions(query)
    resources, included = _session_related(context, rows, query.include)
    return context.list_reply(resources, meta, included)


def _session_related(context: RequestContext, rows: list[Row], include: list[str]) -> Resources:
    resources = list(map(render.session, rows))
    included: list[Row] = []
    for row, resource in zip(rows, resources, strict=True):
        related: Row = {}
        if "event" in include:
            events, _ = _events(context, [require(context.workspace.reader.event(row["event_id"]))], [])
            related["event"] = {"data": {"type": "events", "id": row["event_id"]}}
            included += events
        if "people" in include:
            people = list(map(render.registrant, context.workspace.reader.all_registrants(row["id"])))
            related["people"] = {"data": [{"type": "people", "id": one["id"]} for one in people]}
            included += people
        if related:
            resource["relationships"] = related
    unique = {(one["type"], one["id"]): one for one in included}
    return resources, list(unique.values()) if include else None


def event_sessions(context: RequestContext) -> Reply:
    """`GET /events/{id}/sessions`."""
    query = context.query(filters=SESSION_FILTERS, include=("event", "people"))
    rows, meta = context.workspace.reader.sessions(query, context.event()["id"])
    resources, included = _session_related(context, rows, query.include)
    return context.list_reply(resources, meta, included)


def get_session(context: RequestContext) -> Reply:
    """`GET /sessions/{id}`."""
    query = context.query(include=("event", "people"))
    (resource,), included = _session_related(context, [context.session()], query.include)
    return context.reply(resource, included=included)


# --- people -------------------------------------------------------------------------------------------------------


def session_people(context: RequestContext) -> Reply:
    """`GET /sessions/{id}/people`. `include` supports event and session (2021 documentation) and people (2026)."""
    query = context.query(filters=PEOPLE_FILTERS, include=("event", "session", "people"))
    session = context.session()
    rows, meta = context.workspace.reader.registrants(query, session["id"])
    included = [render.session(session)] if "session" in query.include else []
    if "event" in query.include:
        included += _events(context, [require(context.workspace.reader.event(session["event_id"]))], [])[0]
    return context.list_reply(list(map(render.registrant, rows)), meta, included if query.include else None)


def session_person(context: RequestContext) -> Reply:
    """`GET /sessions/{id}/people/{id}`."""
    context.query()
    row = context.workspace.reader.registrant(context.session()["id"], context.parts["person_id"])
    return context.reply(render.registrant(require(row)))


def event_people(context: RequestContext) -> Reply:
    """`GET /events/{id}/people`, without attendance."""
    query = context.query(filters=("role", "email"))
    rows, meta = context.workspace.reader.event_people(query, context.event()["id"])
    return context.list_reply(list(map(render.event_registrant, rows)), meta)


def event_person(context: RequestContext) -> Reply:
    """`GET /events/{id}/people/{id}`."""
    rows, _ = context.workspace.reader.event_people(context.query(), context.event()["id"], context.parts["person_id"])
    return context.reply(render.event_registrant(require(rows)[0]))


def list_people(context: RequestContext) -> Reply:
    """`GET /people`; it has no date filters."""
    rows, meta = context.workspace.reader.people(context.query(filters=("role", "email")))
    return context.list_reply(list(map(render.person, rows)), meta)


def get_person(context: RequestContext) -> Reply:
    """`GET /people/{id}`."""
    context.query()
    return context.reply(render.person(require(context.workspace.reader.people_by_id([context.parts["person_id"]]))[0]))


def people_attributes(context: RequestContext) -> Reply:
    """`GET /people_attributes`."""
    rows, meta = context.workspace.catalogue.page(context.query(filters=catalogue.FILTERS, extra=("sort",)))
    return context.list_reply(list(map(render.attribute, rows)), meta)


def users(context: RequestContext) -> Reply:
    """`GET /users`: the team; the first member is the owner."""
    query = context.query(filters=("role", "pending_invite", "email"))
    team = [row for row in context.workspace.people() if row["role"] == "team_member"]
    members = [render.user({**row, "first": number == 0}) for number, row in enumerate(team)]
    for name in ("role", "email"):
        if name in query.filters:
            members = [one for one in members if one["attributes"][name] == query.filters[name]]
    if query.truth("pending_invite"):
        members = []
    meta = page_meta(query, len(members))
    return context.list_reply(members[query.page * query.size : (query.page + 1) * query.size], meta)
