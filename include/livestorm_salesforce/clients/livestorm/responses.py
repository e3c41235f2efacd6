"""Errors of Livestorm as exceptions of this project, from status line and headers.

The status decides; the error body only adds hints. Livestorm swaps two members of JSON:API (`code` holds the HTTP
number, `status` a word), and the portal's pages contradict each other on 401 and 403 for a missing scope.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests

from livestorm_salesforce.clients.gateway import gateway_error, is_page
from livestorm_salesforce.clients.http import parse_int, parse_json, retry_after
from livestorm_salesforce.clients.retry import MAX_WAIT
from livestorm_salesforce.errors import ConfigError, ContractError, QuotaExhausted, SyncError, TransientError

BURST_WAIT = 1.0  # seconds, where a burst 429 names none
SCOPE = "the token needs the scope 'Events: read'"
WORKSPACE = "ask Livestorm's support to validate the workspace for API use"
DOWN = "none if the retry succeeds; else see Livestorm's status page"
TOKEN = "store the raw API token as the connection's password, without 'Bearer '"  # noqa: S105

NOT_JSON_REMEDY = "none if the retry succeeds; else see what stands between Airflow and Livestorm"
ZAPIER = "this looks like a Zapier token; create one under Public API (Livestorm: account settings, Integrations)"


def monthly_quota(headers: Mapping[str, str], word: str) -> int | None:
    """`RateLimit-Monthly-Limit` or `-Remaining`; the API has also used the spelling `Montly`."""
    for spelling in ("Monthly", "Montly"):
        number = parse_int(headers.get(f"RateLimit-{spelling}-{word}"))
        if number is not None:
            return number
    return None


def server_time(headers: Mapping[str, str]) -> datetime | None:
    """The time of the service, from the `Date` header."""
    try:
        date = parsedate_to_datetime(headers.get("Date") or "")
    except (ValueError, TypeError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def not_json(status: int, endpoint: str) -> TransientError:
    """The error for a page instead of JSON."""
    message = f"Livestorm answered {endpoint} with a page that is not JSON (HTTP {status})."
    return TransientError(message, remedy=NOT_JSON_REMEDY)


def page_error(response: requests.Response, endpoint: str) -> SyncError | None:
    """The error for a status that a page states and Livestorm does not: it knows nothing about token or session."""
    status = response.status_code
    if not is_page(response) or status in (401, 404, 408, 429) or not 400 <= status < 500:
        return None
    return gateway_error(status, endpoint, "Livestorm") or not_json(status, endpoint)


def error_for(response: requests.Response, endpoint: str, known_remaining: int | None, now: float) -> SyncError:
    """The exception for an unsuccessful response.

    Args:
        endpoint: method and path, such as `GET /sessions`.
        known_remaining: monthly calls left according to earlier responses; a quota 429 may omit the number.
        now: local time in epoch seconds, for a response without a `Date` header.
    """
    status = response.status_code
    if status == 429:
        return _rate_limited(response, endpoint, known_remaining, now)
    if status == 401:
        return _unauthorized(response, endpoint)
    if status == 403:
        return _forbidden(response, endpoint)
    if status == 408 or status >= 500:
        message = f"Livestorm answered HTTP {status} to {endpoint}."
        return TransientError(message, retry_after=retry_after(response.headers), remedy=DOWN)
    if 300 <= status < 400:
        return ConfigError(
            f"Livestorm's address redirects (HTTP {status} to {endpoint}); redirects are refused.",
            remedy="put the final https address into the connection's host",
        )
    if status == 404:
        return ConfigError(
            f"HTTP 404 to {endpoint}: there is no such address.",
            remedy="set the connection's host to the API's base URL, such as https://api.livestorm.co/v1",
        )
    return ContractError(f"Livestorm answered HTTP {status} to {endpoint}.")


def _rate_limited(response: requests.Response, endpoint: str, known_remaining: int | None, now: float) -> SyncError:
    """A burst 429 ends after a second; a quota 429 lasts for days and must not block a worker."""
    wait = retry_after(response.headers)
    if _is_quota_used_up(response.headers, known_remaining, now):
        limit = monthly_quota(response.headers, "Limit")
        number = f"{limit:,} " if limit else ""
        return QuotaExhausted(
            f"Livestorm's allowance of {number}calls per 30 days is used up (HTTP 429 to {endpoint}).",
            retry_after=_seconds_until_renewal(response.headers, now),
            remedy="wait for the allowance to renew, or buy a larger one; nothing is lost",
        )
    return TransientError(
        f"Livestorm allows 5 calls a second and refused {endpoint} (HTTP 429).",
        retry_after=max(wait or BURST_WAIT, 0.2),
    )


def _is_quota_used_up(headers: Mapping[str, str], known_remaining: int | None, now: float) -> bool:
    """True if a 429 concerns the 30-day allowance, not the limit per second (portal: Rate limits and quotas).

    A 429 has Retry-After, the Interval pair and RateLimit-Reset. The last is the start of the next period for both
    limits, so it decides only where nothing else distinguishes them.
    """
    wait, left = retry_after(headers), monthly_quota(headers, "Remaining")
    if (known_remaining if left is None else left) == 0 or (wait or 0) > MAX_WAIT:
        return True
    interval = parse_int(headers.get("RateLimit-Interval-Remaining"))
    if left is not None:
        return False
    if interval is not None:
        return interval > 0
    return wait is None and _seconds_until_reset(headers, now) > MAX_WAIT


def _seconds_until_renewal(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds until the allowance renews; None if the response does not tell."""
    return retry_after(headers) or _seconds_until_reset(headers, now) or None


def _seconds_until_reset(headers: Mapping[str, str], now: float) -> float:
    """Seconds until `RateLimit-Reset` (epoch seconds) by the service's own clock; 0 without the header."""
    reset = parse_int(headers.get("RateLimit-Reset"))
    date = server_time(headers)
    return 0.0 if reset is None else reset - (date.timestamp() if date else now)


def _unauthorized(response: requests.Response, endpoint: str) -> SyncError:
    if "doorkeeper" in response.headers.get("WWW-Authenticate", "").lower():
        return ConfigError(
            f"Livestorm treated the token as an OAuth token and refused it (HTTP 401 to {endpoint}).", remedy=TOKEN
        )
    if _hint(response) == "scope":
        return ConfigError(f"The Livestorm token lacks a scope (HTTP 401 to {endpoint}).", remedy=SCOPE)
    return ConfigError(
        f"Livestorm refused the token (HTTP 401 to {endpoint}): it is wrong, revoked, or lacks a scope.",
        remedy=f"{TOKEN}; if it is right, {SCOPE}",
    )


def _forbidden(response: requests.Response, endpoint: str) -> SyncError:
    hint = _hint(response)
    if hint == "workspace":
        return ConfigError(f"The Livestorm workspace may not use the API (HTTP 403 to {endpoint}).", remedy=WORKSPACE)
    if hint == "scope":
        return ConfigError(f"The Livestorm token lacks a scope (HTTP 403 to {endpoint}).", remedy=SCOPE)
    return ConfigError(
        f"Livestorm forbids {endpoint} (HTTP 403): a scope is missing, or the workspace is blocked or not validated.",
        remedy=f"{SCOPE}; or {WORKSPACE}",
    )


def _hint(response: requests.Response) -> str | None:
    """`scope` or `workspace` if the error's text mentions one of them; nothing else is copied from it."""
    body = parse_json(response)
    errors = body.get("errors") if isinstance(body, dict) else None
    text = " ".join(str(item.get(key, "")) for item in errors or [] if isinstance(item, dict) for key in item).lower()
    if any(word in text for word in ("scope", "permission")):
        return "scope"
    if any(word in text for word in ("workspace", "organization", "validated", "blocked")):
        return "workspace"
    return None
