"""Errors of Salesforce as exceptions of this project.

An error body is an array of `{message, errorCode, fields}`; in collections the key is `statusCode`.
Salesforce's messages quote statements and values (STRING_TOO_LONG the whole name, INVALID_FIELD the WHERE clause): only
names of objects and fields are copied from them, and only where they have the form of a name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from livestorm_salesforce.clients.gateway import gateway_error
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
_NAME_PATTERNS = (
    re.compile(rf"No such column '({_WORD})' on (?:entity|sobject of type) '?({_WORD})", re.ASCII),
    re.compile(rf"Unable to create/update fields: ({_WORD}(?:, {_WORD})*)\.", re.ASCII),
    re.compile(rf"sObject type '({_WORD})' is not supported", re.ASCII),
    re.compile(rf"Field name not found : ({_WORD})", re.ASCII),
    re.compile(rf"external ID field does not exist or is not accessible: ({_WORD})", re.ASCII),
)
_FIELD = re.compile(_WORD, re.ASCII)

NOT_FOUND_CODES = frozenset(
    {"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE", "INVALID_TYPE", "NOT_FOUND", "INVALIDENTITY"}
)
PERMISSION_CODES = frozenset(
    {"INSUFFICIENT_ACCESS", "INSUFFICIENT_ACCESS_OR_READONLY", "API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED"}
    | {"FUNCTIONALITY_NOT_ENABLED", "FEATURENOTENABLED", "UNAUTHORIZED", "INVALID_LOGIN", "OAUTH_APP_ACCESS_DENIED"}
)
SERVER_ERROR_CODES = frozenset({"SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION"})
TRANSIENT_CODES = frozenset({"QUERY_TIMEOUT", "UNABLE_TO_LOCK_ROW", "INVALID_QUERY_LOCATOR"})
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


def error_entries(body: Any) -> list[dict[str, Any]]:
    """The error entries of a body, whatever its shape; empty if it holds none.

    An answer without `referenceId` in a composite response concerns the whole request: its entries are returned.
    """
    if isinstance(body, dict) and isinstance(body.get("compositeResponse"), list):
        whole = [one for one in body["compositeResponse"] if isinstance(one, dict) and one.get("referenceId") is None]
        return [entry for one in whole for entry in error_entries(one.get("body"))]
    items = body if isinstance(body, list) else [body]
    return [item for item in items if isinstance(item, dict) and (error_code(item) or "message" in item)]


def error_code(entry: Mapping[str, Any]) -> str | None:
    """`errorCode` of single calls, `statusCode` of collections; None unless it looks like a code."""
    code = str(entry.get("errorCode") or entry.get("statusCode") or entry.get("exceptionCode") or "").upper()
    return code if CODE.fullmatch(code) else None


def error_fields(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the fields that an error names."""
    names = entry.get("fields")
    if not isinstance(names, list | tuple):
        return ()
    return tuple(item for item in names if isinstance(item, str) and _FIELD.fullmatch(item))


def quoted_names(message: str) -> str:
    """The fields and objects that a message names, such as `'Title' of 'Lead'`; empty if none is recognised."""
    for pattern in _NAME_PATTERNS:
        match = pattern.search(message)
        if match:
            return " of ".join(f"'{group}'" for group in match.groups())
    return ""


def daily_limit_error(endpoint: str) -> QuotaExhausted:
    """The error for a used-up daily allowance of API calls."""
    return QuotaExhausted(
        f"Salesforce's daily API calls are used up (REQUEST_LIMIT_EXCEEDED to {endpoint}).",
        remedy="wait until calls of the last 24 hours expire, or raise the limit; the next run goes on",
    )


def error_for(status: int, body: Any, headers: Mapping[str, str], endpoint: str, *, writes: bool) -> SyncError:
    """The exception for an unsuccessful response to a call or a subrequest.

    Args:
        endpoint: method and path, such as `POST /composite`; it holds no value.
        writes: True if the call may have changed something; after a server error its outcome is unknown.
    """
    if body is None and (refused := gateway_error(status, endpoint, "Salesforce")):
        return refused
    entry = next(iter(error_entries(body)), {})
    code, message = error_code(entry), str(entry.get("message", ""))
    if code == "REQUEST_LIMIT_EXCEEDED":
        return _limit(message, headers, endpoint)
    if status in (420, 429):
        message = f"Salesforce asks to slow down (HTTP {status} to {endpoint})."
        return TransientError(message, retry_after=retry_after(headers))
    if status >= 500 or status == 408 or code in SERVER_ERROR_CODES:
        return server_error(status, headers, endpoint, writes=writes)
    return _rejection(status, code, message, error_fields(entry), endpoint)


def server_error(status: int, headers: Mapping[str, str], endpoint: str, *, writes: bool) -> SyncError:
    """HTTP 5xx and similar: a read may be retried, a write may have been carried out."""
    message = f"Salesforce answered HTTP {status} to {endpoint}."
    if writes:
        return OutcomeUnknown(message)
    return TransientError(message, retry_after=retry_after(headers), remedy=DOWN_REMEDY)


def _limit(message: str, headers: Mapping[str, str], endpoint: str) -> SyncError:
    """One code for two limits: calls per day, and concurrent requests that run for 20 seconds or more."""
    if "concurrent" in message.lower():
        return TransientError(
            f"Too many long Salesforce requests run at the same time (REQUEST_LIMIT_EXCEEDED to {endpoint}).",
            retry_after=retry_after(headers),
        )
    return daily_limit_error(endpoint)


def _rejection(status: int, code: str | None, message: str, fields: tuple[str, ...], endpoint: str) -> SyncError:
    detail = f"HTTP {status}, {code}" if code else f"HTTP {status}"
    subject = quoted_names(message) or ", ".join(f"'{name}'" for name in fields)
    about = f" about {subject}" if subject else ""
    if status == 401:
        return ConfigError(
            f"Salesforce rejected the token of a new login ({detail} to {endpoint}).",
            remedy="check that the connected app and its user may use the API of this org",
        )
    if 300 <= status < 400:
        return _redirect(status, endpoint)
    if code in TRANSIENT_CODES:
        return TransientError(f"Salesforce could not do {endpoint} just now ({detail}).")
    if code in NOT_FOUND_CODES or status == 404:
        remedy = FIELD_REMEDY if subject and code != "INVALID_TYPE" else OBJECT_REMEDY
        return ConfigError(f"Salesforce does not know what {endpoint} names{about} ({detail}).", remedy=remedy)
    if code in PERMISSION_CODES or status == 403:
        return ConfigError(
            f"Salesforce forbids {endpoint}{about} ({detail}).",
            remedy="give the integration user the documented permission set, API Enabled and Marketing User",
        )
    if status == 410:
        return ConfigError(f"Salesforce has retired this API version ({detail}).", remedy="raise the extra 'version'")
    return ContractError(f"Salesforce refused {endpoint}{about} ({detail}).")


def _redirect(status: int, endpoint: str) -> SyncError:
    if status == 300:
        return ContractError(f"Several records share one external id (HTTP 300 to {endpoint}).")
    return ConfigError(
        f"Salesforce's address redirects (HTTP {status} to {endpoint}); redirects are refused.",
        remedy="put the org's My Domain, https://….my.salesforce.com, into the connection's instance_url",
    )
