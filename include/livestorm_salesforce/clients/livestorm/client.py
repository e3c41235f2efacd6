"""Reading Livestorm: sessions, events and people, in the API's own format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

import jwt

from livestorm_salesforce.clients.http import JsonObject
from livestorm_salesforce.clients.livestorm.pagination import THREADS, PageReader
from livestorm_salesforce.clients.livestorm.rate_limit import LocalRateLimiter, RateLimiter
from livestorm_salesforce.clients.livestorm.resources import parse_page, parse_resource, parse_resources
from livestorm_salesforce.clients.livestorm.transport import TIMEOUT, Transport
from livestorm_salesforce.clients.retry import ATTEMPTS
from livestorm_salesforce.clock import SYSTEM_CLOCK, Clock
from livestorm_salesforce.errors import ConfigError, ContractError, SessionGone

Moment = datetime | int | float | str  # a date or epoch seconds
FilterValue = Moment | bool | Sequence[str] | None


@dataclass(frozen=True)
class Listing:
    """A complete list: its raw resources and the resources included with them, each once."""

    data: list[JsonObject]
    included: list[JsonObject]


class LivestormClient:
    """One workspace. Safe for several threads.

    Args:
        base_url: including `/v1`.
        token: a private API token, sent without `Bearer`, which is for OAuth tokens (portal, API token authentication).
        limiter: by default one of this process.
        call_budget: calls this client may make, None for no limit; retries count, as they do at Livestorm.
        monthly_reserve: calls of the 30-day allowance that are never used.
        timeout: seconds to connect, seconds between two bytes.
        attempts: attempts of a read.
        threads: pages of a list that are read at the same time.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        limiter: RateLimiter | None = None,
        call_budget: int | None = None,
        monthly_reserve: int = 0,
        timeout: tuple[float, float] = TIMEOUT,
        attempts: int = ATTEMPTS,
        threads: int = THREADS,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._threads, self._token = threads, token
        #: Rows of each list, such as `sessions`, that were left out because they have an unknown format.
        self.unreadable: Counter[str] = Counter()
        self._transport = Transport(
            base_url,
            token,
            limiter=limiter or LocalRateLimiter(clock=clock),
            call_budget=call_budget,
            monthly_reserve=monthly_reserve,
            timeout=timeout,
            attempts=attempts,
            clock=clock,
        )

    @property
    def calls(self) -> int:
        """Calls this client has made."""
        return self._transport.calls

    @property
    def monthly_limit(self) -> int | None:
        """Calls allowed per 30 days, None before the first response."""
        return self._transport.monthly_limit

    @property
    def monthly_remaining(self) -> int | None:
        """Remaining calls of the 30 days, None before the first response."""
        return self._transport.monthly_remaining

    @property
    def server_time(self) -> datetime | None:
        """Livestorm's time at the newest response, None before the first."""
        return self._transport.server_time

    def ping(self) -> None:
        """Check the token (`GET /ping`).

        Raises:
            ConfigError: token, scope or workspace is rejected; the message names which.
        """
        self._transport.get("/ping")

    def organization_id(self) -> str:
        """The id of the organization (workspace); "" if the token does not tell it and may not read it.

        A private token is a JWT with the claim `org`; it is used as a label, so its signature need not be verified.
        Other tokens cost one call (`GET /organization`, scope identity:read).
        """
        if claimed := organization_of(self._token):
            return claimed
        try:
            found = self._read_one("/organization").data
        except (ConfigError, ContractError):
            return ""
        return str(found[0].get("id") or "") if found else ""

    def recent_event_ids(self) -> set[str]:
        """Ids of events on the first page of their list."""
        page = parse_page(self._transport.get("/events", {}).document, 0, "/events")
        return {str(event["id"]) for event in page.data}

    def list_sessions(self, **filters: FilterValue) -> list[JsonObject]:
        """All sessions that match the filters, each once.

        Args:
            filters: the API's names: `status`, `date_from`, `date_to` (planned start), `created_since`,
                `created_until`, `updated_since`, `updated_until`, `include_breakout_rooms`. Dates may be datetimes.
        """
        return self._read_list("/sessions", _filters(filters)).data

    def probe_sessions(self) -> None:
        """Read at most one session and one event, which needs the scope 'Events: read', and check their format.

        Raises:
            ConfigError: the scope is missing, or the token is a Zapier token.
            ContractError: a list in an unknown format.
        """
        for path in ("/sessions", "/events"):
            page = parse_page(self._transport.get(path, {"page[size]": "1"}).document, 0, path)
            if page.unreadable and not page.data:
                raise ContractError(f"{path} holds a row without id or attributes.")

    def get_session(self, session_id: str) -> JsonObject | None:
        """One session, or None if it does not exist."""
        found = self._read_one(f"/sessions/{_segment(session_id)}").data
        return found[0] if found else None

    def list_events(self, *, updated_since: Moment | None = None, include: Iterable[str] = ()) -> Listing:
        """All events, with the resources named by `include` (`sessions`, `tags`)."""
        params = _filters({"updated_since": updated_since})
        if names := ",".join(include):
            params["include"] = names
        return self._read_list("/events", params)

    def get_event(self, event_id: str, *, include: Iterable[str] = ()) -> Listing:
        """One event with the resources named by `include` (`sessions`, `tags`); no data if it does not exist."""
        return self._read_one(f"/events/{_segment(event_id)}", ",".join(include))

    def people_pages(self, session_id: str, *, updated_since: Moment | None = None) -> PageReader:
        """People of a session with their registration and attendance, page by page, without join link and key.

        Args:
            updated_since: only people with a later `updated_at`, which attendance does not always change.

        Raises (during iteration):
            SessionGone: the session was deleted since it was listed.
        """
        gone = SessionGone(f"Session {session_id} does not exist in Livestorm any more (HTTP 404).")
        params = _filters({"updated_since": updated_since})
        path = f"/sessions/{_segment(session_id)}/people"
        return PageReader(self._transport, path, params, not_found=gone, threads=self._threads)

    def list_webhooks(self) -> list[JsonObject]:
        """Subscriptions of the workspace: `url`, `event`. Scope: Webhooks, read."""
        return self._read_list("/webhooks", {}).data

    def subscribe(self, url: str, event: str) -> None:
        """Subscribe an https address to an event of the whole workspace. Scope: Webhooks, write."""
        data = {"type": "webhooks", "attributes": {"url": url, "event": event}}
        self._transport.write("POST", "/webhooks", {"data": data})

    def unsubscribe(self, webhook_id: str) -> None:
        """Delete a subscription, if it exists. Scope: Webhooks, write."""
        self._transport.write("DELETE", f"/webhooks/{_segment(webhook_id)}", accept=(404,))

    def _read_list(self, path: str, params: dict[str, str]) -> Listing:
        data: list[JsonObject] = []
        included: dict[tuple[str, str], JsonObject] = {}
        reader = PageReader(self._transport, path, params, threads=self._threads)
        for page in reader:
            data.extend(page.data)
            included.update({(str(item.get("type")), str(item["id"])): item for item in page.included})
        self.unreadable[path.strip("/")] += reader.unreadable
        announced = reader.record_count or 0
        if reader.is_cut and reader.rows + reader.unreadable < announced:
            raise ContractError(
                f"Livestorm announced {announced:,} rows of {path} and returned {reader.rows:,} in two readings."
            )
        return Listing(data, list(included.values()))

    def _read_one(self, path: str, include: str = "") -> Listing:
        reply = self._transport.get(path, {"include": include} if include else {}, accept=(404,))
        if reply.status == 404:
            return Listing([], [])
        if not isinstance(reply.document, dict):
            raise ContractError(f"Livestorm answered {path} without a JSON object.")
        included = parse_resources(reply.document.get("included"), path)
        return Listing([parse_resource(reply.document.get("data"), path)], included)


def organization_of(token: str) -> str:
    """The claim `org` of a private token; "" if the token is no JWT or has no such claim."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return ""
    return str(claims.get("org") or "") if isinstance(claims, dict) else ""


def _segment(text: str) -> str:
    return quote(text, safe="")


def _filters(values: Mapping[str, FilterValue]) -> dict[str, str]:
    return {f"filter[{name}]": _text(value) for name, value in values.items() if value is not None}


def _text(value: FilterValue) -> str:
    """The text of a filter: dates as epoch seconds, booleans in lower case, several values joined by commas."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a filter's date needs a time zone")
        return str(int(value.timestamp()))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value))
    if isinstance(value, list | tuple):
        return ",".join(_text(item) for item in value)
    return str(value)
