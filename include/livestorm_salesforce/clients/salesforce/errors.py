"""Salesforce's refusals, as errors that say what to do and quote no value.

An error body is an array of `{message, errorCode, fields}`; in collections the key is `statusCode`.
Messages quote statements and values (STRING_TOO_LONG the whole name, INVALID_FIELD the WHERE clause): only names of
objects and fields are taken from them, and only where they look like names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from livestorm_salesforce.clients.http import retry_after
from livestorm_salesforce.errors import (
    ConfigError,
    ContractError,
    OutcomeUnknown,
    QuotaExhausted,
    SyncError,
    TransientError,
)

CODE = re.compile(r"[A-Z][A-Z0-9_]{2,60}")
_WORD = r"[A-Za-z]\w{0,79}"
_NAMED = (
    re.compile(rf"No such column '({_WORD})' on (?:entity|sobject of type) '?({_WORD})", re.ASCII),
    re.compile(rf"Unable to create/update fields: ({_WORD}(?:, {_WORD})*)\.", re.ASCII),
    re.compile(rf"sObject type '({_WORD})' is not supported", re.ASCII),
    re.compile(rf"Field name not found : ({_WORD})", re.ASCII),
    re.compile(rf"external ID field does not exist or is not accessible: ({_WORD})", re.ASCII),
)
_FIELD = re.compile(_WORD, re.ASCII)

MISSING = frozenset({"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE", "INVALID_TYPE", "NOT_FOUND", "INVALIDENTITY"})
RIGHTS = frozenset(
    {"INSUFFICIENT_ACCESS", "INSUFFICIENT_ACCESS_OR_READONLY", "API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED"}
    | {"FUNCTIONALITY_NOT_ENABLED", "FEATURENOTENABLED", "UNAUTHORIZED", "INVALID_LOGIN", "OAUTH_APP_ACCESS_DENIED"}
)
CRASHED = frozenset({"SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION"})
PASSING = frozenset({"QUERY_TIMEOUT", "UNABLE_TO_LOCK_ROW", "INVALID_QUERY_LOCATOR"})
FIELD_REMEDY = (
    "create the field or correct its name in mapping.yaml, and give the integration user access to it "
    "(field-level security that hides a field looks the same as a missing one)"
)
OBJECT_REMEDY = (
    "check the object's name, the integration user's right to it (campaign statuses need 'Marketing User'), and the "
    "extra 'version' of the connection"
)
MARKETING_REMEDY = "tick 'Marketing User' on the integration user, and give it the right to read Campaigns"
DOWN_REMEDY = "none if the retry succeeds; else see status.salesforce.com"


def entries_of(body: Any) -> list[dict[str, Any]]:
    """The error entries of a body, whatever its shape; empty if it holds none."""
    items = body if isinstance(body, list) else [body]
    return [item for item in items if isinstance(item, dict) and (code_of(item) or "message" in item)]


def code_of(entry: Mapping[str, Any]) -> str | None:
    """`errorCode` of single calls, `statusCode` of collections; None unless it looks like a code."""
    code = str(entry.get("errorCode") or entry.get("statusCode") or entry.get("exceptionCode") or "").upper()
    return code if CODE.fullmatch(code) else None


def fields_of(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the fields to blame."""
    names = entry.get("fields")
    if not isinstance(names, list | tuple):
        return ()
    return tuple(item for item in names if isinstance(item, str) and _FIELD.fullmatch(item))


def names_in(message: str) -> str:
    """Names of fields and objects that a message speaks of, in words; empty if none is recognised."""
    for pattern in _NAMED:
        match = pattern.search(message)
        if match:
            return " of ".join(f"'{group}'" for group in match.groups())
    return ""


def daily_limit(what: str) -> QuotaExhausted:
    return QuotaExhausted(
        f"Salesforce's daily API calls are used up (REQUEST_LIMIT_EXCEEDED to {what}).",
        remedy="wait until calls of the last 24 hours expire, or raise the limit; the next run goes on",
    )


def error_for(status: int, body: Any, headers: Mapping[str, str], what: str, *, writes: bool) -> SyncError:
    """The error that an unsuccessful answer, of a call or of a part of one, stands for.

    Args:
        what: the call in words without a value, such as `POST /composite`.
        writes: whether the call may have changed something; then a server error leaves the outcome unknown.
    """
    entry = next(iter(entries_of(body)), {})
    code, message = code_of(entry), str(entry.get("message", ""))
    if code == "REQUEST_LIMIT_EXCEEDED":
        return _limit(message, headers, what)
    if status in (420, 429):
        words = f"Salesforce asks to slow down (HTTP {status} to {what})."
        return TransientError(words, retry_after=retry_after(headers))
    if status >= 500 or status == 408 or code in CRASHED:
        return server_error(status, headers, what, writes=writes)
    return _refusal(status, code, message, fields_of(entry), what)


def server_error(status: int, headers: Mapping[str, str], what: str, *, writes: bool) -> SyncError:
    """HTTP 5xx and the like: a read may be repeated, a write may have been carried out."""
    words = f"Salesforce answered HTTP {status} to {what}."
    if writes:
        return OutcomeUnknown(words)
    return TransientError(words, retry_after=retry_after(headers), remedy=DOWN_REMEDY)


def _limit(message: str, headers: Mapping[str, str], what: str) -> SyncError:
    """One code for two limits: calls per day, and requests that run for 20 seconds at the same time."""
    if "concurrent" in message.lower():
        return TransientError(
            f"Too many long Salesforce requests at once (REQUEST_LIMIT_EXCEEDED to {what}).",
            retry_after=retry_after(headers),
        )
    return daily_limit(what)


def _refusal(status: int, code: str | None, message: str, fields: tuple[str, ...], what: str) -> SyncError:
    told = f"HTTP {status}, {code}" if code else f"HTTP {status}"
    subject = names_in(message) or ", ".join(f"'{name}'" for name in fields)
    about = f" about {subject}" if subject else ""
    if status == 401:
        return ConfigError(
            f"Salesforce refused a fresh login's token ({told} to {what}).",
            remedy="check that the connected app and its user may use the API of this org",
        )
    if 300 <= status < 400:
        return _redirect(status, what)
    if code in PASSING:
        return TransientError(f"Salesforce could not do {what} just now ({told}).")
    if code in MISSING or status == 404:
        remedy = FIELD_REMEDY if subject else OBJECT_REMEDY
        return ConfigError(f"Salesforce does not know what {what} names{about} ({told}).", remedy=remedy)
    if code in RIGHTS or status == 403:
        return ConfigError(
            f"Salesforce forbids {what}{about} ({told}).",
            remedy="give the integration user the documented permission set, API Enabled and Marketing User",
        )
    if status == 410:
        return ConfigError(f"Salesforce has retired this API version ({told}).", remedy="raise the extra 'version'")
    return ContractError(f"Salesforce refused {what}{about} ({told}).")


def _redirect(status: int, what: str) -> SyncError:
    if status == 300:
        return ContractError(f"Several records share one external id (HTTP 300 to {what}).")
    return ConfigError(
        f"Salesforce's address redirects (HTTP {status} to {what}); redirects are refused.",
        remedy="put the org's My Domain, https://….my.salesforce.com, into the connection's instance_url",
    )
