"""The calls that read: organization, events, sessions, people, attributes, users."""

from typing import Any

from service_sandbox.livestorm import catalogue, render
from service_sandbox.livestorm.params import meta
from service_sandbox.livestorm.request import Ask, Reply, found

EVENT_FILTERS = ("title", "everyone_can_speak", "scheduling_status", "created_since", "created_until", "updated_since",
                 "updated_until", "tag")  # fmt: skip
SESSION_FILTERS = ("status", "date_from", "date_to", "created_since", "created_until", "updated_since",
                   "updated_until", "include_breakout_rooms")  # fmt: skip
PEOPLE_FILTERS = ("role", "attended", "email", "created_since", "created_until", "updated_since", "updated_until")


def ping(ask: Ask) -> Reply:
    """`GET /ping`: 200 and nothing else."""
    ask.query()
    return Reply(200)


def organization(ask: Ask) -> Reply:
    """`GET /organization`, and `GET /me`, which answers the same to a private token."""
    ask.query(include=("organization",))
    workspace = ask.workspace
    slug = workspace.name.lower().replace(" ", "-")
    return ask.single(
        render.resource("organizations", workspace.organization_id, {"name": workspace.name, "slug": slug})
    )


# --- events -------------------------------------------------------------------------------------------------------


def _owners(ask: Ask, rows: list[dict[str, Any]]) -> dict[str, Any]:
    owners = ask.workspace.reader.people_by_id([row["owner_id"] for row in rows if row["owner_id"]])
    return {owner["id"]: owner for owner in owners}


def _events(ask: Ask, rows: list[dict[str, Any]], include: list[str]) -> tuple[list[Any], list[Any] | None]:
    """Resources of events, with the sessions and tags that were asked for."""
    owners = _owners(ask, rows)
    resources = [render.event(row, owners.get(row["owner_id"])) for row in rows]
    if not include:
        return resources, None
    included: list[Any] = []
    sessions = ask.workspace.reader.sessions_of(row["id"] for row in rows) if "sessions" in include else []
    included += map(render.session, sessions)
    for row, made in zip(rows, resources, strict=True):
        related: dict[str, Any] = {}
        if "sessions" in include:
            own = [one["id"] for one in sessions if one["event_id"] == row["id"]]
            related["sessions"] = {"data": [{"type": "sessions", "id": identity} for identity in own]}
        if "tags" in include:
            related["tags"] = {"data": [{"type": "tags", "id": tag_id(tag)} for tag in row["tags"]]}
            included += [tag(name) for name in row["tags"]]
        made["relationships"] = related
    unique = {(one["type"], one["id"]): one for one in included}
    return resources, list(unique.values())


def tag_id(name: str) -> str:
    """The id of a tag."""
    return name.casefold().replace(" ", "-")


def tag(name: str) -> dict[str, Any]:
    """A tag."""
    return render.resource("tags", tag_id(name), {"name": name})


def list_events(ask: Ask) -> Reply:
    """`GET /events`."""
    query = ask.query(filters=EVENT_FILTERS, include=("sessions", "tags"))
    rows, told = ask.workspace.reader.events(query)
    resources, included = _events(ask, rows, query.include)
    return ask.listing(resources, told, included)


def get_event(ask: Ask) -> Reply:
    """`GET /events/{id}`."""
    query = ask.query(include=("sessions", "tags"))
    (resource,), included = _events(ask, [ask.event()], query.include)
    return ask.single(resource, included=included)


# --- sessions -----------------------------------------------------------------------------------------------------


def list_sessions(ask: Ask) -> Reply:
    """`GET /sessions`; it takes no `include`."""
    rows, told = ask.workspace.reader.sessions(ask.query(filters=SESSION_FILTERS))
    return ask.listing(list(map(render.session, rows)), told)


def _session_related(ask: Ask, rows: list[dict[str, Any]], include: list[str]) -> tuple[list[Any], list[Any] | None]:
    resources, included = list(map(render.session, rows)), []
    for row, made in zip(rows, resources, strict=True):
        related: dict[str, Any] = {}
        if "event" in include:
            events, _ = _events(ask, [found(ask.workspace.reader.event(row["event_id"]))], [])
            related["event"] = {"data": {"type": "events", "id": row["event_id"]}}
            included += events
        if "people" in include:
            people = list(map(render.registrant, ask.workspace.reader.all_registrants(row["id"])))
            related["people"] = {"data": [{"type": "people", "id": one["id"]} for one in people]}
            included += people
        if related:
            made["relationships"] = related
    return resources, included if include else None


def event_sessions(ask: Ask) -> Reply:
    """`GET /events/{id}/sessions`."""
    query = ask.query(filters=SESSION_FILTERS, include=("event", "people"))
    rows, told = ask.workspace.reader.sessions(query, ask.event()["id"])
    resources, included = _session_related(ask, rows, query.include)
    return ask.listing(resources, told, included)


def get_session(ask: Ask) -> Reply:
    """`GET /sessions/{id}`."""
    query = ask.query(include=("event", "people"))
    (resource,), included = _session_related(ask, [ask.session()], query.include)
    return ask.single(resource, included=included)


# --- people -------------------------------------------------------------------------------------------------------


def session_people(ask: Ask) -> Reply:
    """`GET /sessions/{id}/people`. `include` of event and session is the 2021 document, of people the 2026 one."""
    query = ask.query(filters=PEOPLE_FILTERS, include=("event", "session", "people"))
    session = ask.session()
    rows, told = ask.workspace.reader.registrants(query, session["id"])
    included = [render.session(session)] if "session" in query.include else []
    if "event" in query.include:
        included += _events(ask, [found(ask.workspace.reader.event(session["event_id"]))], [])[0]
    return ask.listing(list(map(render.registrant, rows)), told, included if query.include else None)


def session_person(ask: Ask) -> Reply:
    """`GET /sessions/{id}/people/{id}`."""
    ask.query()
    row = ask.workspace.reader.registrant(ask.session()["id"], ask.parts["person_id"])
    return ask.single(render.registrant(found(row)))


def event_people(ask: Ask) -> Reply:
    """`GET /events/{id}/people`: no attendance."""
    query = ask.query(filters=("role", "email"))
    rows, told = ask.workspace.reader.event_people(query, ask.event()["id"])
    return ask.listing(list(map(render.event_registrant, rows)), told)


def event_person(ask: Ask) -> Reply:
    """`GET /events/{id}/people/{id}`."""
    rows, _ = ask.workspace.reader.event_people(ask.query(), ask.event()["id"], ask.parts["person_id"])
    return ask.single(render.event_registrant(found(rows)[0]))


def list_people(ask: Ask) -> Reply:
    """`GET /people`; it has no filter on dates."""
    rows, told = ask.workspace.reader.people(ask.query(filters=("role", "email")))
    return ask.listing(list(map(render.person, rows)), told)


def get_person(ask: Ask) -> Reply:
    """`GET /people/{id}`."""
    ask.query()
    return ask.single(render.person(found(ask.workspace.reader.people_by_id([ask.parts["person_id"]]))[0]))


def people_attributes(ask: Ask) -> Reply:
    """`GET /people_attributes`."""
    rows, told = ask.workspace.catalogue.page(ask.query(filters=catalogue.FILTERS, extra=("sort",)))
    return ask.listing(list(map(render.attribute, rows)), told)


def users(ask: Ask) -> Reply:
    """`GET /users`: the team; whoever came first owns the workspace."""
    query = ask.query(filters=("role", "pending_invite", "email"))
    team = [row for row in ask.workspace.people() if row["role"] == "team_member"]
    made = [render.user({**row, "first": number == 0}) for number, row in enumerate(team)]
    for name in ("role", "email"):
        if name in query.filters:
            made = [one for one in made if one["attributes"][name] == query.filters[name]]
    if query.truth("pending_invite"):
        made = []
    told = meta(query, len(made))
    return ask.listing(made[query.page * query.size : (query.page + 1) * query.size], told)
