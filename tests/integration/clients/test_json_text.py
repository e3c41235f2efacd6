"""JSON of other systems: documents that a later step could not process are recognised."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from livestorm_salesforce.clients.json_text import MAX_DEPTH, parse_json, sanitize


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, nested(100_000), '{"a":' * 100_000, b"\xff\xfe"])
def test_what_cannot_be_parsed_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError):
        parse_json(text)


def test_a_number_of_thousands_of_digits_concerns_no_other_value() -> None:
    text = f'[{"9" * 5_000}, -{"9" * 5_000}, 7, 1.5, {{"a": {"1" * 100_000}}}]'
    assert sanitize(parse_json(text)) == [None, None, 7, 1.5, {"a": None}]
    assert parse_json(b"\xef\xbb\xbf[1]") == [1]


@pytest.mark.parametrize("wrapped", [lambda value: value, lambda value: {"a": {"b": value}}])
def test_the_levels_of_a_document_are_limited(wrapped: Callable[[Any], Any]) -> None:
    levels = MAX_DEPTH - (wrapped([]) != []) * 2
    assert sanitize(wrapped(json.loads(nested(levels)))) == wrapped(json.loads(nested(levels)))
    with pytest.raises(ValueError, match="too deeply"):
        sanitize(wrapped(json.loads(nested(levels + 1))))


def test_values_that_cannot_be_stored_are_null_and_half_characters_are_left_out() -> None:
    document = {
        "a": [float("inf"), float("nan"), 10**40, -(2**63), 2**63 - 1, 1.5, True, None],
        "b\ud83d": "x\ud83d🚀\0",
    }
    assert sanitize(document) == {"a": [None, None, None, None, 2**63 - 1, 1.5, True, None], "b": "x🚀"}
