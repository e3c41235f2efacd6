"""Airflow logs an error with its causes, so neither contains personal data."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from livestorm_salesforce.errors import SyncError
from tests.harness.webinar import ANSWERS, Webinar

CANARY = "canary.q7x"


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and all its causes, also hidden ones (`from None`)."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def words_of(error: BaseException) -> str:
    return " ".join(f"{one} {one!r} {one.args!r} {getattr(one, 'remedy', '')}" for one in chain(error))


@pytest.mark.parametrize("bulk", [False, True], ids=["collections", "bulk"])
@pytest.mark.parametrize("fault", ["cut_before", "html", "not_json"])
def test_the_error_of_a_failed_write_contains_no_personal_data(
    webinar: Webinar, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, fault: str, bulk: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    if bulk:
        monkeypatch.setenv("LIVESTORM_SALESFORCE_BULK_ABOVE", "0")
    webinar.register(CANARY, first_name=f"{CANARY} first", last_name=f"{CANARY} last")
    webinar.world.before = lambda task: _strike(webinar, fault, bulk) if task == "load_people" else None
    result = webinar.world.run()
    assert isinstance(result["error"], SyncError), result
    known = [CANARY, *ANSWERS.values()]
    collected = (words_of(result["error"]) + caplog.text).lower()
    assert "salesforce" in collected
    assert [one for one in known if one.lower() in collected] == []


def _strike(webinar: Webinar, fault: str, bulk: bool) -> None:
    webinar.world.sandbox.faults.add(fault, service="salesforce", call_type="bulk" if bulk else "collections")
