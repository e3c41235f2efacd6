"""What an answer of Livestorm means, from its status line and headers.

The status line decides. The error body is read for hints only: Livestorm fills `code` with the HTTP number and `status`
with a word, the other way round than JSON:API, and the portal's pages differ on 401 and 403 for a missing scope.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests

from livestorm_salesforce.clients.http import json_of, retry_after, whole_number
from livestorm_salesforce.clients.retry import LONGEST_WAIT
from livestorm_salesforce.errors import ConfigError, ContractError, QuotaExhausted, SyncError, TransientError

BURST_WAIT = 1.0  # seconds, when a burst 429 names none
SCOPE = "the token needs the scope 'Events: read'"
WORKSPACE = "ask Livestorm's support to validate the workspace for API use"
DOWN = "none if the retry succeeds; else see Livestorm's status page"
TOKEN = "store the raw API token as the connection's password, without 'Bearer '"  # noqa: S105


def monthly(headers: Mapping[str, str], word: str) -> int | None:
    """`RateLimit-Monthly-Limit` or `-Remaining`. Earlier versions of the API spelt it `Montly`."""
    for spelling in ("Monthly", "Montly"):
        number = whole_number(headers.get(f"RateLimit-{spelling}-{word}"))
        if number is not None:
            return number
    return None


def told_time(headers: Mapping[str, str]) -> datetime | None:
    """The service's clock, from the `Date` header."""
    try:
        told = parsedate_to_datetime(headers.get("Date") or "")
    except (ValueError, TypeError):
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def error_for(response: requests.Response, what: str, known_remaining: int | None) -> SyncError:
    """The error that an unsuccessful answer stands for.

    Args:
        what: the call in words without a value, such as `GET /sessions`.
        known_remaining: monthly calls left, as last told; a quota 429 need not repeat it.
    """
    status = response.status_code
    if status == 429:
        return _too_many(response, what, known_remaining)
    if status == 401:
        return _unauthorized(response, what)
    if status == 403:
        return _forbidden(response, what)
    if status == 408 or status >= 500:
        words = f"Livestorm answered HTTP {status} to {what}."
        return TransientError(words, retry_after=retry_after(response.headers), remedy=DOWN)
    if 300 <= status < 400:
        return ConfigError(
            f"Livestorm's address redirects (HTTP {status} to {what}); redirects are refused.",
            remedy="put the final https address into the connection's host",
        )
    if status == 404:
        return ConfigError(
            f"HTTP 404 to {what}: there is no such address.",
            remedy="set the connection's host to the API's base URL, such as https://api.livestorm.co/v1",
        )
    return ContractError(f"Livestorm answered HTTP {status} to {what}.")


def _too_many(response: requests.Response, what: str, known_remaining: int | None) -> SyncError:
    """A burst 429 passes in a second; a quota 429 lasts for days and must not be slept through."""
    wait = retry_after(response.headers)
    if _quota_used_up(response.headers, known_remaining):
        limit = monthly(response.headers, "Limit")
        number = f"{limit} " if limit else ""
        return QuotaExhausted(
            f"Livestorm's allowance of {number}calls per 30 days is used up (HTTP 429 to {what}).",
            remedy="wait for the allowance to renew, or buy a larger one; nothing is lost",
        )
    return TransientError(
        f"Livestorm allows 5 calls a second and refused {what} (HTTP 429).", retry_after=max(wait or BURST_WAIT, 0.2)
    )


def _quota_used_up(headers: Mapping[str, str], known_remaining: int | None) -> bool:
    """Whether a 429 speaks of the 30 days and not of the second (portal: Rate limits and quotas).

    A 429 carries Retry-After, the Interval pair and RateLimit-Reset. The last is the start of the next period whichever
    limit was met, so it decides only where nothing else tells the two apart.
    """
    wait, left = retry_after(headers), monthly(headers, "Remaining")
    if (known_remaining if left is None else left) == 0 or (wait or 0) > LONGEST_WAIT:
        return True
    interval = whole_number(headers.get("RateLimit-Interval-Remaining"))
    if left is not None or interval is not None:
        return left is None and interval > 0
    return wait is None and _until_reset(headers) > LONGEST_WAIT


def _until_reset(headers: Mapping[str, str]) -> float:
    """Seconds until `RateLimit-Reset` (epoch seconds) by the service's own clock; 0 if it tells none."""
    reset = whole_number(headers.get("RateLimit-Reset"))
    now = told_time(headers) or datetime.now(UTC)
    return 0.0 if reset is None else reset - now.timestamp()


def _unauthorized(response: requests.Response, what: str) -> SyncError:
    if "doorkeeper" in response.headers.get("WWW-Authenticate", "").lower():
        return ConfigError(
            f"Livestorm took the token for an OAuth token and refused it (HTTP 401 to {what}).", remedy=TOKEN
        )
    if _hint(response) == "scope":
        return ConfigError(f"The Livestorm token lacks a scope (HTTP 401 to {what}).", remedy=SCOPE)
    return ConfigError(
        f"Livestorm refused the token (HTTP 401 to {what}): it is wrong, revoked, or lacks a scope.",
        remedy=f"{TOKEN}; if it is right, {SCOPE}",
    )


def _forbidden(response: requests.Response, what: str) -> SyncError:
    hint = _hint(response)
    if hint == "workspace":
        return ConfigError(f"The Livestorm workspace may not use the API (HTTP 403 to {what}).", remedy=WORKSPACE)
    if hint == "scope":
        return ConfigError(f"The Livestorm token lacks a scope (HTTP 403 to {what}).", remedy=SCOPE)
    return ConfigError(
        f"Livestorm forbids {what} (HTTP 403): a scope is missing, or the workspace is blocked or not validated.",
        remedy=f"{SCOPE}; or {WORKSPACE}",
    )


def _hint(response: requests.Response) -> str | None:
    """Whether the error's own words speak of a scope or of the workspace. Only these words are taken over."""
    body = json_of(response)
    errors = body.get("errors") if isinstance(body, dict) else None
    text = " ".join(str(item.get(key, "")) for item in errors or [] if isinstance(item, dict) for key in item).lower()
    if any(word in text for word in ("scope", "permission")):
        return "scope"
    if any(word in text for word in ("workspace", "organization", "validated", "blocked")):
        return "workspace"
    return None
