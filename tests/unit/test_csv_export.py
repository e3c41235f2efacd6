"""CSV files open in spreadsheets with all characters and without formulas (field A18)."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest

from livestorm_salesforce.csv_export import to_csv


def cells(*values: str | None) -> list[str]:
    text = to_csv(pd.DataFrame({"value": pd.Series(values, dtype="str")}))
    assert text.startswith("\ufeffvalue\n")
    return [row[0] for row in list(csv.reader(io.StringIO(text)))[1:]]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=1+1", "'=1+1"), ("+33 1 23", "'+33 1 23"), ("-2", "'-2"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t'=1"),
        ('a;"=1+1;b', "a;'\"=1+1;b"), ("a;=1", "a;'=1"), ("a; =1", "a;' =1"), ("a\n=1", "a\n'=1"),
        ('a\n"=1+1"', "a\n'\"=1+1\""), ('"=1"', "'\"=1\""), ("a\r\n+1", "a\r'\n'+1"), ("\u00a0=1", "'\u00a0=1"),
        ("\u200b=1", "'\u200b=1"), ("\ufeff=1", "'\ufeff=1"), ("＝1+1", "'＝1+1"), ("＋1", "'＋1"), ("－1", "'－1"),
        ("＠SUM", "'＠SUM"), ("\u22121", "'\u22121"), ("a\u2028=1", "a\u2028'=1"),
    ],
)  # fmt: skip
def test_formulas_are_neutralized(value: str, shown: str) -> None:
    [found] = cells(value)
    assert found.replace("\r", "").replace("\n", "") == shown.replace("\r", "").replace("\n", "")
    assert found.startswith("'") or not found.lstrip('" \u00a0\u200b\ufeff').startswith(tuple("=+-@＝＋－＠\u2212"))


@pytest.mark.parametrize("value", ["Lefèvre", "a=b", "a - b", "O'Brien; Smith", "1;2", "x@y.example", "a, -b", ""])
def test_other_text_is_unchanged(value: str) -> None:
    assert cells(value) == [value]


def test_null_is_empty_and_several_columns_are_checked() -> None:
    text = to_csv(pd.DataFrame({"a": pd.Series([None, "=1"], dtype="str"), "b": [-1, 2]}))
    assert text == "\ufeffa,b\n,'-1\n'=1,2\n"
