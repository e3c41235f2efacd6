"""JSON of other systems: documents that a later step could not process are recognised."""

from __future__ import annotations

import json

import pytest

from livestorm_salesforce.clients.json_text import MAX_DEPTH, is_too_deep, parse_json


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, nested(100_000), '{"a":' * 100_000, "9" * 5_000])
def test_what_cannot_be_parsed_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        parse_json(text)


@pytest.mark.parametrize(
    ("document", "deep"),
    [
        (json.loads(nested(MAX_DEPTH)), False),
        (json.loads(nested(MAX_DEPTH + 1)), True),
        ({"a": [{"b": json.loads(nested(MAX_DEPTH))}]}, True),
        ({"a": [{"b": 1}], "c": "text"}, False),
        ("text", False),
        ([], False),
    ],
)
def test_the_levels_of_a_document_are_limited(document: object, deep: bool) -> None:
    assert is_too_deep(document) == deep
