"""Look-ups by hash say the same as pandas' own."""

from __future__ import annotations

import pandas as pd
import pytest

from livestorm_salesforce.domain.shared.joins import index_of, isin, lookup, take_rows

KEYS = pd.Series(["b", "a", "b", None], index=[7, 8, 9, 10], dtype="str")


@pytest.mark.parametrize("kind", ["str", "object"])
def test_places_are_row_numbers_the_first_of_several_and_minus_one_for_strangers_and_nulls(kind: str) -> None:
    values = pd.Series(["a", "b", "c", None], dtype=kind)
    assert list(index_of(values, KEYS)) == [1, 0, -1, -1]
    assert list(isin(values, KEYS)) == [True, True, False, False]


def test_nothing_is_found_in_nothing() -> None:
    nothing = pd.Series([], dtype="object")
    assert list(index_of(pd.Series(["a", None], dtype="str"), nothing)) == [-1, -1]
    assert list(index_of(nothing, KEYS)) == []


def test_rows_come_in_the_order_asked_for_with_nulls_for_strangers() -> None:
    frame = pd.DataFrame({"Id": ["x", "y"]}, index=[5, 6])
    result = take_rows(frame, index_of(pd.Series(["a", "c", "b"], dtype="str"), KEYS))
    assert list(result.index) == [0, 1, 2]
    assert list(result["Id"].fillna("")) == ["y", "", "x"]


def test_answers_keep_the_index_of_the_values() -> None:
    values = pd.Series(["a", "c"], index=["first", "second"], dtype="str")
    result = lookup(values, KEYS, pd.Series([1, 2, 3, 4], index=KEYS.index))
    assert result["first"] == 2
    assert pd.isna(result["second"])
