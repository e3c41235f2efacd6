"""Format of Livestorm's lists: a JSON:API document with `data`, `included` and `meta`, and its resources.

A row in an unknown format is left out and counted, so that it concerns no other row.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from livestorm_salesforce.clients.http import JsonObject, parse_int
from livestorm_salesforce.clients.json_text import is_storable, sanitize
from livestorm_salesforce.clients.livestorm.responses import ZAPIER
from livestorm_salesforce.errors import ConfigError, ContractError

log = logging.getLogger(__name__)
PAGE_SIZE = 50
SECRETS = frozenset(["connection_link", "password_key"])  # a person's join link and its key: removed in this module
#: Attributes that are one object; a list of one is read as well.
OBJECTS = ("registrant_detail", "replay_view_detail")


@dataclass(frozen=True)
class Page:
    """One page: raw resources that no earlier page contained, and the resources included with them.

    Attributes:
        unreadable: rows without a usable id or attributes; they are left out of `data`.
    """

    number: int
    data: list[JsonObject]
    included: list[JsonObject] = field(default_factory=list)
    record_count: int | None = None
    page_count: int | None = None
    next_page: int | None = None
    unreadable: int = 0


def parse_page(document: Any, number: int, path: str) -> Page:
    """A JSON:API list document as a page.

    Raises:
        ConfigError: a flat array, the format for Zapier tokens.
        ContractError: no `data` list, `meta` of another type, or a next page that is not later.
    """
    if isinstance(document, list) and all(isinstance(item, dict) for item in document):
        raise ConfigError(f"Livestorm answered {path} with an array without 'data'.", remedy=ZAPIER)
    data = document.get("data") if isinstance(document, dict) else None
    meta = document.get("meta") if isinstance(document, dict) else None
    if data and meta in (None, []):  # missing, null, or the empty object of some JSON libraries
        meta = {}
    if not isinstance(data, list) or not isinstance(meta, dict):
        raise ContractError(f"Page {number} of {path} has no 'data' list, or 'meta' is no object.")
    rows = parse_resources(data, path)
    return Page(
        number,
        rows,
        parse_resources(document.get("included"), path),
        parse_int(meta.get("record_count")),
        parse_int(meta.get("page_count")),
        _next_page(meta, number, len(data), path),
        len(data) - len(rows),
    )


def parse_resources(items: Any, path: str) -> list[JsonObject]:
    """The usable resources of a list; the others are left out, with a warning that holds their number."""
    listed = items if isinstance(items, list) else []
    resources = [resource for item in listed if (resource := _readable(item)) is not None]
    if left_out := len(listed) - len(resources):
        log.warning("%s rows of %s are unreadable and were left out.", left_out, path.rsplit("/", maxsplit=1)[-1])
    return resources


def _readable(item: Any) -> JsonObject | None:
    """A resource without the two secrets of a registration, values that cannot be processed, and malformed
    `relationships`; None if it has no attributes or no id (a number, or text that can be stored).
    """
    if not isinstance(item, dict) or not isinstance(item.get("attributes"), dict) or not item.get("id"):
        return None
    identifier = item["id"]
    if isinstance(identifier, bool) or not isinstance(identifier, int | str) or not is_storable(str(identifier)):
        return None
    try:
        resource: JsonObject = sanitize(item, omit=SECRETS)
    except ValueError:  # too many levels
        return None
    if not resource["id"]:
        return None
    resource["id"] = str(resource["id"])
    if not isinstance(resource.get("relationships", {}), dict):
        del resource["relationships"]
    attributes = resource["attributes"]
    for name in OBJECTS:
        if isinstance(value := attributes.get(name), list) and len(value) == 1:
            attributes[name] = value[0]
    return resource


def _next_page(meta: JsonObject, number: int, rows: int, path: str) -> int | None:
    """The page after `number`: as named, else the next one while the counts announce more, None after the last.

    Without any count, a full page may have a successor: HTTP 400 ends the list.

    Raises:
        ContractError: the named page is not after this one.
    """
    named = meta.get("next_page")
    if named is not None and named is not False and named != "":
        page = parse_int(named)
        if page is None or page <= number:
            raise ContractError(f"Page {number} of {path} names a next page that is not after it.")
        return page
    pages = parse_int(meta.get("page_count"))
    if pages is None and "next_page" not in meta and rows:
        size = max(parse_int(meta.get("items_per_page")) or min(rows, PAGE_SIZE), 1)
        count = parse_int(meta.get("record_count"))
        pages = number + 1 + (rows >= size) if count is None else -(-count // size)
    return number + 1 if number + 1 < (pages or 0) else None


def parse_resource(item: Any, path: str) -> JsonObject:
    """A resource as received, except what `_readable` leaves out.

    Raises:
        ContractError: it has no usable id or no attributes, or too many levels.
    """
    resource = _readable(item)
    if resource is None:
        raise ContractError(f"{path} holds a row without id or attributes.")
    return resource
