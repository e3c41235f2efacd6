"""A value that the org rejects as too long is shortened further or left out (field A10)."""

from __future__ import annotations

import pandas as pd
import pytest

from livestorm_salesforce.config import Mapping
from livestorm_salesforce.domain.plan.shortening import as_sent, divisible_fields, shorten, shortened_fields
from livestorm_salesforce.domain.shared.text_length import cut, longer_than
from tests.unit.domain import given

DIVISIBLE = {"FirstName", "LastName", "Company"}
MESSAGE = "First Name: data value too large: {} (max length=40)"
EMOJI = "\U0001f680"


@pytest.mark.parametrize(
    ("value", "message", "fields", "expected"),
    [
        ("x" * 39 + EMOJI, MESSAGE, ("FirstName",), "x" * 39),
        ("x" * 39 + EMOJI, MESSAGE, (), "x" * 39),
        ("x" * 41, "Vorname: Datenwert zu groß: {} (maximale Länge=40)", (), "x" * 40),
        ("é" * 30, MESSAGE, ("FirstName",), "é" * 20),
        ("x" * 30, MESSAGE, ("FirstName",), "x" * 15),
        ("x" * 30, "data value too large", ("FirstName",), "x" * 15),
    ],
    ids=[
        "UTF-16 units",
        "no field named",
        "in another language",
        "bytes",
        "counts otherwise",
        "no limit in the message",
    ],
)
def test_text_is_cut_to_what_the_org_may_count(
    value: str, message: str, fields: tuple[str, ...], expected: str
) -> None:
    record = {"LastName": "Byron", "FirstName": value, "Phone": "1"}
    shorter = shorten(record, message.format(value), fields, DIVISIBLE)
    assert shorter is not None
    assert (shorter.record, shorter.dropped) == (record | {"FirstName": expected}, [])
    assert shorter.lengths == {"FirstName": len(expected)}


def test_a_value_that_must_not_be_cut_is_left_out_and_a_required_one_makes_the_record_impossible() -> None:
    record = {"LastName": "Byron", "Phone": "1" * 41, "Email": "ada@acme.example"}
    shorter = shorten(record, "too large (max length=40)", ("Phone",), DIVISIBLE)
    assert shorter is not None
    assert (shorter.record, shorter.dropped) == ({"LastName": "Byron", "Email": "ada@acme.example"}, ["Phone"])
    assert shorten(record, "too large (max length=40)", ("Email",), DIVISIBLE) is None
    assert shorten(record, "too large", ("Unknown__c",), DIVISIBLE) is None
    assert shorten(record | {"LastName": "x"}, "too large", ("LastName",), DIVISIBLE) is None


def test_divisible_fields_hold_text_that_is_no_number_address_or_id() -> None:
    fields = divisible_fields(Mapping(), given.schemas({"Lead": {"Website": None}}))
    assert fields["Lead"] == {"FirstName", "LastName", "Company", "Title", "City", "Country"}
    assert fields["Campaign"] == {"Name", "Description"}
    assert fields["CampaignMember"] == frozenset()


def test_the_value_that_was_sent_replaces_the_planned_one() -> None:
    fields = pd.DataFrame({"change_id": [1, 1, 2], "field": ["FirstName", "Title", "FirstName"], "after": ["abcd"] * 3})
    results = pd.DataFrame({"change_id": [1, 2], "shortened": ["FirstName:3", None]})
    shortened = shortened_fields(results.astype({"shortened": "str"}))
    assert as_sent(fields, shortened)["after"].tolist() == ["abc", "abcd", "abcd"]
    assert as_sent(fields, shortened.head(0)) is fields


def test_lengths_count_utf_16_code_units_and_cuts_are_between_characters() -> None:
    values = pd.Series(["x" * 10, "x" * 9 + EMOJI, EMOJI * 5, EMOJI * 6, None, "x" * 11], dtype="str")
    assert longer_than(values, 10).tolist() == [False, True, False, True, False, True]
    assert cut("x" * 9 + EMOJI, 10) == "x" * 9
    assert cut(f"x {EMOJI}", 3) == "x"
    assert cut(f"{EMOJI}\u200d{EMOJI}", 4) == EMOJI


FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
FRANCE, THUMB, KEYCAP = "\U0001f1eb\U0001f1f7", "\U0001f44d\U0001f3fd", "1\ufe0f\u20e3"


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("Rene\u0301e", 4, "Ren"),
        ("Rene\u0301e", 5, "Rene\u0301"),
        ("\u0e01\u0e34\u0e4c" * 3, 5, "\u0e01\u0e34\u0e4c"),
        (f"Ada {FAMILY}", 9, "Ada"),
        (f"Ada {FAMILY}", 12, f"Ada {FAMILY}"),
        (f"{FAMILY} Ada", 6, FAMILY[:3]),
        (THUMB * 2, 6, THUMB),
        (KEYCAP * 2, 5, KEYCAP),
        (FRANCE * 3, 10, FRANCE * 2),
        (f"x{FRANCE * 3}", 7, f"x{FRANCE}"),
        ("Z" + "\u0301" * 100, 10, "Z" + "\u0301" * 9),
        ("\u0301" * 100, 10, "\u0301" * 10),
    ],
)
def test_a_visible_character_is_not_cut_unless_it_is_too_long_itself(text: str, limit: int, expected: str) -> None:
    assert cut(text, limit) == expected
