"""Queries for what is visible now: people, events, sessions and registrations, with computed columns."""

# ruff: noqa: S608 - SQL is composed of constants of this package; values are always bound

from collections.abc import Callable, Iterable
from typing import Any

from service_sandbox.livestorm import timeline as t
from service_sandbox.livestorm.params import Query, page_meta, shuffled_order
from service_sandbox.livestorm.settings import Settings
from service_sandbox.livestorm.store import Row, Store

EVENT_UPDATED = """max(e.edited_at, CASE WHEN e.published_at <= :now THEN e.published_at ELSE 0 END,
    CASE WHEN e.cancelled_at <= :now THEN e.cancelled_at ELSE 0 END)"""
EVENT = f"""SELECT e.*, (e.published_at > 0 AND e.published_at <= :now) AS published,
    {t.SCHEDULING} AS scheduling_status,
    {EVENT_UPDATED} AS updated_at,
    (SELECT count(*) FROM sessions s WHERE s.event_id = e.id AND s.parent_id IS NULL AND {t.visible("s")})
        AS sessions_count
    FROM events e"""
EVENT_FROM = "FROM events e"
SESSION_FROM = "FROM sessions s JOIN events e ON e.id = s.event_id"
SESSION = f"""SELECT s.*, {t.STATUS} AS status, {t.STARTED} AS started_at, {t.ENDED} AS ended_at,
    {t.CANCELED} AS canceled_at, {t.SESSION_UPDATED} AS updated_at, {t.REGISTRANTS} AS registrants_count,
    {t.ATTENDEES} AS attendees_count {SESSION_FROM}"""
REGISTRANT_FROM = """FROM registrations r JOIN people p ON p.id = r.person_id
    JOIN sessions s ON s.id = r.session_id JOIN events e ON e.id = s.event_id"""
REGISTRANT = f"""SELECT p.id, p.first_name, p.last_name, p.email, p.timezone, p.avatar_link, p.created_at,
    {t.PERSON_UPDATED} AS updated_at, r.role, r.session_id, s.event_id, r.created_at AS registered_at,
    {t.REGISTRATION_UPDATED} AS registration_updated_at, r.fields, r.detail, r.counters, r.leave_out,
    {t.ATTENDED} AS attended, r.rate, r.seconds, {t.WATCHED} AS watched, r.watched_at {REGISTRANT_FROM}"""
EVENT_REGISTRANT_FROM = """FROM people p JOIN registrations r ON r.person_id = p.id
    JOIN sessions s ON s.id = r.session_id"""
PERSON_FROM = "FROM people p"
PERSON = f"SELECT p.*, {t.PERSON_UPDATED} AS updated_at {PERSON_FROM}"
VISIBLE_SESSION = f"{t.visible('s')} AND {t.visible('e')}"


class Reader:
    """Reads lists with their `meta`, and single rows or None."""

    def __init__(self, store: Store, settings: Settings, now: Callable[[], float]) -> None:
        self.store, self.settings, self.now = store, settings, now

    def select(self, sql: str, **params: Any) -> list[Row]:
        """Returns the rows of a query that uses expressions of `timeline.py`, at the current time."""
        return self.store.select(sql, **t.parameters(self.now(), self.settings), **params)

    def _page(self, path: str, query: Query, source: str, key: str, alias: str, where: list[str],
              params: Row) -> tuple[list[Any], Row]:  # fmt: skip
        """Returns the keys of one page and its `meta`, read in one transaction."""
        body = f"{source} WHERE {' AND '.join(where)}"
        position = shuffled_order(self.store.seed, path, query).format(alias)
        with self.store.transaction():
            total = self.select(f"SELECT count(*) AS n {body}", **params)[0]["n"]
            meta = page_meta(query, total)
            rows = self.select(
                f"SELECT {key} AS key {body} ORDER BY {position}, {key} LIMIT :limit OFFSET :offset",
                limit=query.size, offset=query.page * query.size, **params,
            )  # fmt: skip
        return [row["key"] for row in rows], meta

    def _in_order(self, sql: str, key: str, keys: list[Any], **params: Any) -> list[Row]:
        """Returns the rows with these keys, in this order; `sql` ends before the condition on the key."""
        if not keys:
            return []
        bound = {f"k{number}": value for number, value in enumerate(keys)}
        placeholders = ", ".join(f":{mark}" for mark in bound)
        rows = self.select(f"{sql} {key} IN ({placeholders})", **bound, **params)
        by_key = {row["id"]: row for row in rows}
        return [by_key[one] for one in keys if one in by_key]

    # --- events ---------------------------------------------------------------------------------------------------

    def events(self, query: Query) -> tuple[list[Row], Row]:
        """Returns rows and `meta` of `GET /events`."""
        where = [t.visible("e")]
        params: Row = {}
        add_date_filters(query, where, params, created="e.created_at", updated=f"({EVENT_UPDATED})")
        if "title" in query.filters:
            where.append("instr(lower(e.title), lower(:title)) > 0")
            params["title"] = query.filters["title"]
        if (speak := query.truth("everyone_can_speak")) is not None:
            where.append("e.everyone_can_speak = :speak")
            params["speak"] = int(speak)
        if "scheduling_status" in query.filters:
            where.append(f"{t.SCHEDULING} = :scheduling")
            params["scheduling"] = query.filters["scheduling_status"]
        if "tag" in query.filters:
            tags = [tag.strip().casefold() for tag in query.filters["tag"].split(",") if tag.strip()]
            names = {f"tag{number}": tag for number, tag in enumerate(tags)}
            placeholders = ", ".join(f":{name}" for name in names)
            where.append(f"EXISTS (SELECT 1 FROM json_each(e.tags) WHERE lower(value) IN ({placeholders}))")
            params.update(names)
        keys, meta = self._page("events", query, EVENT_FROM, "e.id", "e", where, params)
        return self._in_order(f"{EVENT} WHERE", "e.id", keys), meta

    def event(self, event_id: str) -> Row | None:
        """Returns one event."""
        return next(iter(self.select(f"{EVENT} WHERE {t.visible('e')} AND e.id = :id", id=event_id)), None)

    # --- sessions -------------------------------------------------------------------------------------------------

    def sessions(self, query: Query, event_id: str | None = None) -> tuple[list[Row], Row]:
        """Returns rows and `meta` of `GET /sessions` and `GET /events/{id}/sessions`.

        Breakout rooms are included on request only.
        """
        where = [VISIBLE_SESSION]
        params: Row = {}
        add_date_filters(query, where, params, created="s.created_at", updated=t.SESSION_UPDATED)
        for name, sign in (("date_from", ">="), ("date_to", "<=")):
            if (moment := query.moment(name)) is not None:
                where.append(f"s.estimated_started_at {sign} :{name}")
                params[name] = moment
        if "status" in query.filters:
            where.append(f"{t.STATUS} = :status")
            params["status"] = query.filters["status"]
        if not query.truth("include_breakout_rooms"):
            where.append("s.parent_id IS NULL")
        if event_id:
            where.append("s.event_id = :event_id")
            params["event_id"] = event_id
        keys, meta = self._page(f"sessions {event_id}", query, SESSION_FROM, "s.id", "s", where, params)
        return self.sessions_by_id(keys), meta

    def sessions_by_id(self, keys: list[str]) -> list[Row]:
        """Returns sessions in the order of the keys."""
        return self._in_order(f"{SESSION} WHERE {VISIBLE_SESSION} AND", "s.id", keys)

    def session(self, session_id: str) -> Row | None:
        """Returns one session."""
        return next(iter(self.sessions_by_id([session_id])), None)

    def sessions_of(self, event_ids: Iterable[str]) -> list[Row]:
        """Returns all sessions of some events, without breakout rooms, for `include`."""
        found: list[Row] = []
        for event_id in event_ids:
            found += self.select(
                f"{SESSION} WHERE {VISIBLE_SESSION} AND s.parent_id IS NULL AND s.event_id = :id ORDER BY s.shuffle",
                id=event_id,
            )
        return found

    # --- people ---------------------------------------------------------------------------------------------------

    def registrants(self, query: Query, session_id: str) -> tuple[list[Row], Row]:
        """Returns rows and `meta` of `GET /sessions/{id}/people`: registrants and team members, with attendance."""
        where = [t.visible("r"), "r.session_id = :session_id"]
        params: Row = {"session_id": session_id}
        add_date_filters(query, where, params, created="p.created_at", updated=t.PERSON_UPDATED)
        add_people_filters(query, where, params, role="r.role")
        if (attended := query.truth("attended")) is not None:
            where.append(f"{t.ATTENDED} = :attended")
            params["attended"] = int(attended)
        # Without joins SQLite reads the list from an index only, which is fast for large sessions.
        source = REGISTRANT_FROM if query.filters.keys() - {"role"} else "FROM registrations r"
        keys, meta = self._page(f"people {session_id}", query, source, "r.person_id", "r", where, params)
        return self._in_order(f"{REGISTRANT} WHERE r.session_id = :session_id AND", "r.person_id", keys,
                              session_id=session_id), meta  # fmt: skip

    def registrant(self, session_id: str, person_id: str) -> Row | None:
        """Returns one person of a session."""
        sql = f"{REGISTRANT} WHERE {t.visible('r')} AND r.session_id = :session_id AND r.person_id = :person_id"
        return next(iter(self.select(sql, session_id=session_id, person_id=person_id)), None)

    def all_registrants(self, session_id: str | None = None) -> list[Row]:
        """Returns all people of a session, or of all sessions, oldest registration first."""
        chosen = " AND r.session_id = :session_id" if session_id else ""
        sql = f"{REGISTRANT} WHERE {t.visible('r')} AND {VISIBLE_SESSION}{chosen} ORDER BY r.created_at, r.person_id"
        return self.select(sql, **({"session_id": session_id} if session_id else {}))

    def event_people(self, query: Query, event_id: str, person_id: str | None = None) -> tuple[list[Row], Row]:
        """Returns rows and `meta` of `GET /events/{id}/people`.

        Each person is listed once, with the answers of the newest registration.
        """
        where = [t.visible("r"), t.visible("s"), "s.event_id = :event_id"]
        params: Row = {"event_id": event_id}
        add_people_filters(query, where, params, role="r.role")
        if person_id:
            where.append("p.id = :person_id")
            params["person_id"] = person_id
        newest = f"""{REGISTRANT} WHERE s.event_id = :event_id AND r.created_at = (
            SELECT max(r.created_at) FROM registrations r JOIN sessions s ON s.id = r.session_id
            WHERE r.person_id = p.id AND s.event_id = :event_id AND {t.visible("r")}) AND"""
        among = f"p.id IN (SELECT p.id {EVENT_REGISTRANT_FROM} WHERE {' AND '.join(where)})"
        keys, meta = self._page(f"event people {event_id}", query, PERSON_FROM, "p.id", "p", [among], params)
        return self._in_order(newest, "p.id", keys, event_id=event_id), meta

    def people(self, query: Query) -> tuple[list[Row], Row]:
        """Returns rows and `meta` of `GET /people`: all people of the workspace."""
        where = [t.visible("p")]
        params: Row = {}
        add_people_filters(query, where, params, role="p.role")
        keys, meta = self._page("people", query, PERSON_FROM, "p.id", "p", where, params)
        return self.people_by_id(keys), meta

    def people_by_id(self, keys: Iterable[str]) -> list[Row]:
        """Returns people in the order of the keys."""
        return self._in_order(f"{PERSON} WHERE {t.visible('p')} AND", "p.id", list(dict.fromkeys(keys)))


def add_date_filters(query: Query, where: list[str], params: Row, **columns: str) -> None:
    """Adds conditions for the filters `<name>_since` and `<name>_until`, both inclusive."""
    for name, column in columns.items():
        for end, sign in (("since", ">="), ("until", "<=")):
            moment = query.moment(f"{name}_{end}")
            if moment is not None:
                where.append(f"{column} {sign} :{name}_{end}")
                params[f"{name}_{end}"] = moment


def add_people_filters(query: Query, where: list[str], params: Row, *, role: str) -> None:
    """Adds conditions for the filters on role and on the exact e-mail address."""
    if "role" in query.filters:
        where.append(f"{role} = :role")
        params["role"] = query.filters["role"]
    if "email" in query.filters:
        where.append("p.email = :email")
        params["email"] = query.filters["email"]
