"""Formats the errors of a mapping file: file, line, key, problem and a suggestion."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from livestorm_salesforce.config import attributes as attrs
from livestorm_salesforce.config.mapping import Mapping

#: Messages by pydantic error type; other types keep pydantic's message.
MESSAGES = {
    "bool_parsing": "write true or false",
    "bool_type": "write true or false",
    "float_parsing": "write a number",
    "int_parsing": "write a whole number",
    "int_from_float": "write a whole number",
    "int_parsing_size": "write a whole number",
    "finite_number": "write a number",
    "tuple_type": "write a list, as in [one, two]",
    "dict_type": "write names and values, as in 'Title: job_title'",
    "model_type": "write names and values, as in 'from: job_title'",
    "string_type": "write text",
    "string_too_short": "must not be empty",
}
LEVELS = {"lead": attrs.FOR_PEOPLE, "contact": attrs.FOR_PEOPLE, "campaign_member": attrs.FOR_MEMBERS}
OBJECTS = {"Lead": ["lead"], "Contact": ["contact"], "CampaignMember": ["campaign_member"]}
EMPTY = "has nothing under it: fill it, or remove the line for the default"


def error_messages(file: Path, document: CommentedMap, raw: dict[str, Any], error: ValidationError) -> list[str]:
    """Return one message per error, sorted by line.

    Args:
        file: named in the messages.
        document: the parsed file with line numbers.
        raw: the document in plain types, as it was validated.
        error: result of the validation.
    """
    found = [_located_message(document, item) for item in error.errors() if item["type"] != "unknown_attribute"]
    found += [(_line(document, path), _place(path), text) for path, text in _unknown_attributes(raw)]
    return [f"{file}:{line}: {place}: {text}" for line, place, text in sorted(found)]


def named_fields(file: Path, document: CommentedMap, raw: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Object to the Salesforce fields that a file names, each with `file:line`."""
    campaign = raw.get("campaign")
    sections = {name: (place, raw.get(place[0])) for name, place in OBJECTS.items()}
    sections["Campaign"] = (["campaign", "fields"], campaign.get("fields") if isinstance(campaign, dict) else None)
    return {
        name: {str(field): f"{file}:{_line(document, [*place, field])}" for field in fields}
        for name, (place, fields) in sections.items()
        if isinstance(fields, dict)
    }


def _located_message(document: CommentedMap, item: ErrorDetails) -> tuple[int, str, str]:
    path = [*item["loc"], *item.get("ctx", {}).get("path", [])]
    path = [step for step in path if step != "[key]"]
    return _line(document, path), _place(path), _message(item, path)


def _message(item: ErrorDetails, path: list[Any]) -> str:
    kind, given = item["type"], item["input"]
    if kind == "extra_forbidden":
        return f"unknown key '{path[-1]}'{_nearest(path[-1], _valid_keys(path[:-1]))}"
    if kind in ("literal_error", "enum"):
        valid = [part.strip(" '") for part in item["ctx"]["expected"].replace(" or ", ",").split(",")]
        return f"unknown word '{given}'{_nearest(str(given), valid)}"
    if "[key]" in item["loc"]:
        return "is not the API name of a Salesforce field: letters, digits and _, as in Region__c"
    if given is None:
        return EMPTY
    return MESSAGES.get(kind, item["msg"])


def _unknown_attributes(raw: dict[str, Any]) -> Iterator[tuple[list[str], str]]:
    """Yield path and message of each; a validator of the model could report the first only."""
    listed = raw.get("custom_attributes")
    custom = listed if isinstance(listed, list) else []
    campaign = raw.get("campaign")
    levels = [([level], raw.get(level), known) for level, known in LEVELS.items()]
    if isinstance(campaign, dict):
        levels.append((["campaign", "fields"], campaign.get("fields"), attrs.FOR_CAMPAIGNS))
    for place, fields, known in levels:
        for field, rule in fields.items() if isinstance(fields, dict) else ():
            word = rule.get("from") if isinstance(rule, dict) else rule
            if isinstance(word, str) and word not in known and (place[0] == "campaign" or word not in custom):
                path = [*place, field, *(["from"] if isinstance(rule, dict) else [])]
                yield path, f"unknown attribute '{word}'{_hint(word, place[0], known, custom)}"


def _hint(word: str, level: str, known: dict[str, attrs.Attribute], custom: list[Any]) -> str:
    if word in attrs.FOR_MEMBERS and level != "campaign":
        return " here: what somebody did in one session goes to campaign_member"
    near = _nearest(word, [*known, *map(str, custom)])
    if near.startswith(" (did") or level == "campaign":
        return near
    return f"{near}; a question of your own forms is first named in custom_attributes"


def _nearest(word: str, valid: list[str]) -> str:
    if not valid:
        return ""
    near = difflib.get_close_matches(str(word), valid, n=1, cutoff=0.6)
    return f" (did you mean '{near[0]}'?)" if near else f" (valid: {', '.join(sorted(valid))})"


def _place(path: list[Any]) -> str:
    return ".".join(map(str, path)) or "mapping"


def _line(document: CommentedMap, path: list[Any]) -> int:
    """Return the line number of the deepest part of the path that is in the file."""
    node, line = document, 1
    for step in path:
        if isinstance(node, CommentedSeq) and isinstance(step, int):
            return int(node.lc.item(step)[0]) + 1
        if not isinstance(node, CommentedMap) or step not in node:
            break
        if step in node.lc.data:  # merged keys have their line elsewhere
            line = int(node.lc.key(step)[0]) + 1
        node = node[step]
    return line


def _valid_keys(path: list[Any]) -> list[str]:
    model: Any = Mapping
    for step in path:
        annotation = model.model_fields[step].annotation if _is_model(model) and step in model.model_fields else model
        model = next((part for part in _parts(annotation) if _is_model(part)), None)
    if not _is_model(model):
        return []
    return [field.alias or name for name, field in model.model_fields.items()]


def _parts(annotation: Any) -> list[Any]:
    inner = [part for arg in get_args(annotation) for part in _parts(arg)]
    return [annotation, *inner]


def _is_model(thing: Any) -> bool:
    return isinstance(thing, type) and issubclass(thing, BaseModel)
