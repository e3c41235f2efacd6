"""Reading Livestorm: sessions, events, people and their attributes, as the API sends them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from livestorm_salesforce.clients.livestorm.pagination import THREADS, Page, PageReader, resource
from livestorm_salesforce.clients.livestorm.rate_limit import SharedLimiter
from livestorm_salesforce.clients.livestorm.transport import Transport
from livestorm_salesforce.clients.retry import ATTEMPTS
from livestorm_salesforce.errors import ContractError, SessionGone

Moment = datetime | int | float | str


@dataclass(frozen=True)
class Listing:
    """A whole list: its raw resources, each once, and the resources included with them, each once."""

    data: list[dict[str, Any]]
    included: list[dict[str, Any]]


class LivestormClient:
    """Reads one workspace. Safe for several threads; every call waits its turn with all processes of the host.

    Args:
        base_url: including `/v1`.
        token: a private API token, sent as it is: `Bearer` is for OAuth tokens only (portal, API token authentication).
        call_budget: calls this client may make, None for no bound; retries count, as they do at Livestorm.
        monthly_reserve: calls of the 30 days' allowance that are never touched.
        timeout: seconds to connect, seconds between two bytes.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        limiter: SharedLimiter | None = None,
        call_budget: int | None = None,
        monthly_reserve: int = 0,
        timeout: tuple[float, float] = (5, 30),
        attempts: int = ATTEMPTS,
        threads: int = THREADS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._threads = threads
        self._transport = Transport(
            base_url,
            token,
            limiter=limiter or SharedLimiter(f"{base_url.rstrip('/')} {token}"),
            call_budget=call_budget,
            monthly_reserve=monthly_reserve,
            timeout=timeout,
            attempts=attempts,
            sleep=sleep,
        )

    @property
    def calls(self) -> int:
        """Calls this client has made."""
        return self._transport.calls

    @property
    def monthly_limit(self) -> int | None:
        """Calls allowed per 30 days, as last told."""
        return self._transport.monthly_limit

    @property
    def monthly_remaining(self) -> int | None:
        """Calls left of the 30 days, as last told."""
        return self._transport.monthly_remaining

    @property
    def server_time(self) -> datetime | None:
        """Livestorm's clock at the newest answer, None before the first."""
        return self._transport.server_time

    def ping(self) -> None:
        """Check the token (`GET /ping`; the answer is empty).

        Raises:
            ConfigError: token, scope or workspace is refused; the message says which.
        """
        self._transport.get("/ping")

    def list_sessions(self, **filters: Any) -> list[dict[str, Any]]:
        """All sessions that pass the filters, each once.

        Args:
            filters: the API's names: `status`, `date_from`, `date_to` (planned start), `created_since`,
                `created_until`, `updated_since`, `updated_until`, `include_breakout_rooms`. Dates may be datetimes.
        """
        return self._all("/sessions", _filters(filters)).data

    def probe_sessions(self) -> None:
        """Read one session or none: proves the scope of events."""
        self._transport.get("/sessions", {"page[size]": "1"})

    def get_session(self, session_id: str) -> dict[str, Any] | None:
        """One session, or None if it does not exist any more."""
        found = self._one(f"/sessions/{_segment(session_id)}").data
        return found[0] if found else None

    def list_events(self, *, updated_since: Moment | None = None, include: Iterable[str] = ()) -> Listing:
        """All events, with the resources named by `include` (`sessions`, `tags`)."""
        params = _filters({"updated_since": updated_since})
        if names := ",".join(include):
            params["include"] = names
        return self._all("/events", params)

    def get_event(self, event_id: str, *, include: Iterable[str] = ()) -> Listing:
        """One event with the resources named by `include` (`sessions`, `tags`); no data if it is there no more."""
        return self._one(f"/events/{_segment(event_id)}", ",".join(include))

    def people_pages(
        self, session_id: str, *, updated_since: Moment | None = None, role: str | None = None
    ) -> PageReader:
        """People of a session with their registration and attendance, page by page, without join link and key.

        Args:
            updated_since: only people changed since; their own `updated_at` counts, which attendance need not move.
            role: `participant` leaves out team members.

        Raises (while reading):
            SessionGone: the session was deleted since it was listed.
        """
        gone = SessionGone(f"Session {session_id} does not exist in Livestorm any more (HTTP 404).")
        params = _filters({"updated_since": updated_since, "role": role})
        path = f"/sessions/{_segment(session_id)}/people"
        return PageReader(self._transport, path, params, missing=gone, threads=self._threads)

    def people_attributes(self) -> list[dict[str, Any]]:
        """The catalogue of registration attributes, built-in and custom."""
        return self._all("/people_attributes", {}).data

    def list_webhooks(self) -> list[dict[str, Any]]:
        """Subscriptions of the workspace: `url`, `event`. Scope: Webhooks, read."""
        return self._all("/webhooks", {}).data

    def subscribe(self, url: str, event: str) -> None:
        """Have an event of the whole workspace sent to an https address. Scope: Webhooks, write."""
        data = {"type": "webhooks", "attributes": {"url": url, "event": event}}
        self._transport.write("POST", "/webhooks", {"data": data})

    def unsubscribe(self, webhook_id: str) -> None:
        """End a subscription, if it is there."""
        self._transport.write("DELETE", f"/webhooks/{_segment(webhook_id)}", understood=(404,))

    def _all(self, path: str, params: dict[str, str]) -> Listing:
        data: list[dict[str, Any]] = []
        included: dict[tuple[Any, str], dict[str, Any]] = {}
        for page in PageReader(self._transport, path, params, threads=self._threads):
            data.extend(page.data)
            included.update({(item.get("type"), item["id"]): item for item in page.included})
        return Listing(data, list(included.values()))

    def _one(self, path: str, include: str = "") -> Listing:
        reply = self._transport.get(path, {"include": include} if include else {}, understood=(404,))
        if reply.status == 404:
            return Listing([], [])
        if not isinstance(reply.document, dict):
            raise ContractError(f"{path} was answered without a JSON object.")
        included = reply.document.get("included") or []
        return Listing([resource(reply.document.get("data"), path)], [resource(item, path) for item in included])


def _segment(text: str) -> str:
    return quote(text, safe="")


def _filters(values: dict[str, Any]) -> dict[str, str]:
    return {f"filter[{name}]": _text(value) for name, value in values.items() if value is not None}


def _text(value: Any) -> str:
    """A filter's value: dates as epoch seconds, booleans in lower case, several values joined by commas."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a filter's date needs a time zone")
        return str(int(value.timestamp()))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value))
    if isinstance(value, list | tuple | set | frozenset):
        return ",".join(_text(item) for item in value)
    return str(value)


__all__ = ["Listing", "LivestormClient", "Page", "PageReader"]
