"""Values of the trigger form: invalid ones are rejected with a message (field C22)."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.runs.params import parse_request


@pytest.mark.parametrize(
    "value",
    ["NaT", "nan", "today", "now", "05/11/2026", "2026-13-01", "0001-01-01", "9999-12-31", "2026-11-23T25:00Z",
     "\ud800", "1" * 5_000, 20261123, True, ["2026-11-23"], {}, 0],
)  # fmt: skip
@pytest.mark.parametrize("name", ["backfill_from", "backfill_to"])
def test_what_is_not_an_iso_date_is_rejected(name: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=f"{name} is not a date between 1970 and 2199"):
        parse_request({name: value}, manual=True)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-11-23", "2026-11-23T00:00:00Z"),
        (" 2026-11-23T10:00:00Z ", "2026-11-23T10:00:00Z"),
        ("2026-11-23T10:00:00+01:00", "2026-11-23T09:00:00Z"),
        ("2026-11-23 10:00", "2026-11-23T10:00:00Z"),
    ],
)
def test_iso_dates_are_moments_in_utc(value: str, moment: str) -> None:
    assert parse_request({"backfill_from": value}, manual=True).backfill_from == pd.Timestamp(moment)


@pytest.mark.parametrize("name", ["session_ids", "event_ids"])
def test_an_id_with_half_a_surrogate_pair_is_rejected(name: str) -> None:
    with pytest.raises(ConfigError, match="half a surrogate pair"):
        parse_request({name: ["good", "bad\udc00"]}, manual=True)


@pytest.mark.parametrize("name", ["session_ids", "event_ids"])
def test_an_address_instead_of_an_id_is_rejected_without_quoting_it(name: str) -> None:
    """Airflow logs and stores the message."""
    with pytest.raises(ConfigError, match="e-mail address") as caught:
        parse_request({name: ["good", " Ada <ada@acme.example>"]}, manual=True)
    assert "ada" not in str(caught.value).lower()


def test_ids_are_stripped_and_unique() -> None:
    request = parse_request({"session_ids": [" a ", "", "a", "b\n"], "event_ids": "e1"}, manual=True)
    assert (request.session_ids, request.event_ids) == (("a", "b"), ("e1",))
