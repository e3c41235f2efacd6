"""One canonical form for both sides: values that Salesforce would call equal are equal."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.org_schema import FieldInfo


def canonical(values: list, kind: str, scale: int = 0) -> list:
    shown = normalize.canonical(pd.Series(values, dtype="object"), FieldInfo("Field", kind, scale=scale))
    assert shown.dtype == "str"
    return [None if pd.isna(value) else value for value in shown]


def test_text_is_trimmed_and_a_blank_is_nothing() -> None:
    given = [" Ada\u00a0", "", " \t\n", None, "a\r\nb", "\x00bell\x07", "\ud83d", "x\udc00y", 7, True]
    result = ["Ada", None, None, None, "a\nb", "bell", None, "xy", "7", "True"]
    assert canonical(given, "string") == result


@pytest.mark.parametrize(
    ("scale", "given", "result"),
    [
        (0, [12, "12", 12.0, " 12 ", "12.4", -0.2, None, "", "a dozen", "1e400"],
         ["12", "12", "12", "12", "12", "0", None, None, None, None]),
        (1, [82.56, "82.5", 100, 100.0, 0.04, -0.04], ["82.6", "82.5", "100", "100", "0", "0"]),
        (2, [1500.504, 10.1, 1e15], ["1500.5", "10.1", "1000000000000000"]),
        (8, [0.00001, 0.00000001, 2e16, 1.5], ["0.00001", "0.00000001", "20000000000000000", "1.5"]),
    ],
)  # fmt: skip
def test_numbers_have_the_scale_of_their_field_and_no_more_digits_than_needed(
    scale: int, given: list, result: list
) -> None:
    assert canonical(given, "double", scale) == result


def test_booleans_are_two_words_or_nothing() -> None:
    assert canonical([True, False, None], "boolean") == ["true", "false", None]
    assert canonical(["true", "No", " 1 ", "0", "perhaps", None], "boolean") == [
        "true", "false", "true", "false", None, None]  # fmt: skip


def test_moments_are_one_text_in_utc() -> None:
    given = ["2026-11-23T10:00:00.000+0000", "2026-11-23T11:00:00+01:00", "2026-11-23T10:00:00Z", "tomorrow", None]
    assert canonical(given, "datetime") == ["2026-11-23T10:00:00Z"] * 3 + [None, None]


def test_dates_are_days_that_exist() -> None:
    given = ["2026-11-23", "2026-11-23T23:59:00Z", "2026-02-30", "23/11/2026", "", None]
    assert canonical(given, "date") == ["2026-11-23", "2026-11-23", None, None, None, None]


@pytest.mark.parametrize(
    ("given", "result"),
    [
        ([2371.0, None, 0.1 + 0.2, 1e16], ["2371", None, "0.3", "10000000000000000"]),
        ([5, None, 7], ["5", None, "7"]),
        ([True, None, False], ["true", None, "false"]),
        (list(pd.to_datetime(["2026-11-20T23:30:00Z", None], utc=True)), ["2026-11-20T23:30:00Z", None]),
        ([" 2371.0", "True", None], ["2371.0", "True", None]),  # a text that somebody wrote stays as it is
    ],
)
def test_other_kinds_of_values_have_the_same_form_in_a_field_for_text(given: list, result: list) -> None:
    assert canonical(given, "string") == result
    assert canonical(given, "picklist") == result


def test_choices_have_one_order_and_no_doubles() -> None:
    assert canonical(["b; a;b", "", None, ";;"], "multipicklist") == ["a;b", None, None, None]
    assert canonical(["b;C;a;A"], "multipicklist") == ["A;b;C"]


@pytest.mark.parametrize(
    ("kind", "one", "other", "same"),
    [
        ("picklist", "planned", "Planned", True),
        ("combobox", "planned", "Planned", True),
        ("multipicklist", "CRM;Zoo;email", "crm;Email;zoo", True),
        ("email", "Ada@acme.example", "ada@acme.example", True),
        ("string", "acme", "Acme", False),
    ],
)
def test_what_differs_in_case_only_is_the_same_where_salesforce_says_so(
    kind: str, one: str, other: str, same: bool
) -> None:
    pair = normalize.comparable(pd.Series([one, other], dtype="str"), FieldInfo("Field", kind))
    assert (pair.iloc[0] == pair.iloc[1]) is same


def test_ids_have_eighteen_characters() -> None:
    given = ["001D000000IqhSL", "001D000000IqhSLIAZ", "701000000000001", "", None, "short"]
    assert canonical(given, "reference") == ["001D000000IqhSLIAZ", "001D000000IqhSLIAZ", "701000000000001AAA",
                                             None, None, "short"]  # fmt: skip


def test_an_empty_column_has_an_empty_canonical_form() -> None:
    for kind in ("string", "double", "boolean", "datetime", "date", "multipicklist", "reference", "email"):
        assert canonical([], kind) == []
        assert canonical([None, None], kind) == [None, None]


def test_keys_are_lower_case_and_not_folded() -> None:
    keys = normalize.key(pd.Series([" Ada@ACME.example ", "STRASSE@x.de", "straße@x.de", "", None]))
    assert [None if pd.isna(key) else key for key in keys] == [
        "ada@acme.example", "strasse@x.de", "straße@x.de", None, None]  # fmt: skip


@pytest.mark.parametrize(
    "values", [[], [None], [" x ", "\u00a0é\u2003", "", "#N/A"], ["a\x00b\r\n", "\x7f", "plain", None]]
)
def test_text_of_an_arrow_array_and_of_a_word_are_like_text_of_a_column(values: list) -> None:
    expected = normalize.text(pd.Series(values, dtype="str"))
    expected = [None if pd.isna(value) else value for value in expected]
    assert normalize.trimmed(pa.array(values, pa.large_string())).to_pylist() == expected
    assert [None if value is None else normalize.trimmed_word(value) for value in values] == expected
