"""Rows per transaction: halved after failures, increased slowly, kept between tasks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from livestorm_salesforce.clients.salesforce import RowResult
from livestorm_salesforce.clients.salesforce.bulk_results import failed_row
from livestorm_salesforce.clients.salesforce.results import rejected_row
from livestorm_salesforce.clients.salesforce.transaction_errors import rows_of_failed_transaction
from livestorm_salesforce.clients.salesforce.transaction_sizes import (
    FAILURES_ALONE,
    SUCCESSES_BEFORE_INCREASE,
    StoredSize,
    TransactionSizes,
)

TRIGGER = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
CPU = "LeadTrigger: System.LimitException: Apex CPU time limit exceeded"
NULL = "LeadTrigger: System.NullPointerException: Attempt to de-reference a null object"
VALIDATION = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
DONE = RowResult(True, id="00Q000000000001AAA")


def failed(message: str = NULL, code: str = TRIGGER) -> RowResult:
    return RowResult(False, code=code, message=message)


def succeed(sizes: TransactionSizes, times: int) -> None:
    for _ in range(times):
        sizes.record_success("Lead", sizes.rows("Lead"))


def test_the_size_is_halved_until_transactions_succeed() -> None:
    sizes = TransactionSizes()
    assert sizes.rows("Lead") == 200 and not sizes.is_reduced("Lead")
    for rows in (200, 100):
        sizes.record_failure("Lead", rows)
    assert (sizes.rows("Lead"), sizes.rows("Contact")) == (50, 200)
    sizes.record_success("Lead", 50)
    sizes.record_failure("Lead", 50)  # another one of 50 rows succeeded: a row is the cause
    assert sizes.rows("Lead") == 50


def test_a_success_of_a_larger_transaction_restores_its_size() -> None:
    """Both halves are sent in one call: the first fails because of a row, the second succeeds."""
    sizes = TransactionSizes()
    for rows in (200, 100):
        sizes.record_failure("Lead", rows)
    sizes.record_success("Lead", 100)
    assert sizes.rows("Lead") == 100


def test_the_size_increases_slowly_and_returns_to_the_last_one_that_succeeded() -> None:
    sizes = TransactionSizes()
    sizes.record_failure("Lead", 100)
    succeed(sizes, SUCCESSES_BEFORE_INCREASE - 1)
    assert sizes.rows("Lead") == 50
    succeed(sizes, 1)
    assert sizes.rows("Lead") == 55
    sizes.record_failure("Lead", 55)
    assert sizes.rows("Lead") == 50
    for _ in range(40):
        succeed(sizes, SUCCESSES_BEFORE_INCREASE)
    assert sizes.rows("Lead") == 200


def test_small_transactions_say_nothing_about_the_size() -> None:
    sizes = TransactionSizes()
    sizes.record_failure("Lead", 100)
    for _ in range(100):
        sizes.record_success("Lead", 3)
    assert sizes.rows("Lead") == 50


def test_sizes_are_kept_between_tasks() -> None:
    stored: dict[str, StoredSize] = {}
    first = TransactionSizes(load=lambda: stored, store=stored.update)
    first.record_failure("Lead", 100)
    succeed(first, 1)
    first.save()
    assert stored == {"Lead": StoredSize(50, 1)}
    second = TransactionSizes(load=lambda: stored, store=stored.update)
    succeed(second, SUCCESSES_BEFORE_INCREASE - 1)
    second.save()
    assert (second.rows("Lead"), stored) == (55, {"Lead": StoredSize(50, 0)})  # 55 has not succeeded yet
    third = TransactionSizes(load=lambda: stored)
    third.record_failure("Lead", 50)  # the org has become slower
    assert third.rows("Lead") == 25


def test_responses_that_are_lost_in_succession_reduce_the_size() -> None:
    stored: dict[str, StoredSize] = {}
    sizes = TransactionSizes(store=stored.update)
    sizes.record_success("Lead", 200)
    sizes.record_lost_response("Lead", 200)
    assert sizes.rows("Lead") == 200, "a connection may break once"
    sizes.record_lost_response("Lead", 200)
    assert sizes.rows("Lead") == 100
    sizes.record_success("Lead", 100)
    sizes.record_lost_response("Lead", 100)
    assert sizes.rows("Lead") == 100
    sizes.save()
    assert stored["Lead"].rows == 100


def test_nothing_is_stored_in_an_ordinary_run() -> None:
    sizes = TransactionSizes(store=lambda _: pytest.fail("stored"))
    for rows in (200, 200, 20):
        sizes.record_success("Lead", rows)
    sizes.save()


def test_automation_that_fails_at_any_size_is_not_a_matter_of_size() -> None:
    sizes = TransactionSizes(store=lambda _: pytest.fail("stored"))
    for rows in (8, 4, 2, *[1] * FAILURES_ALONE):
        sizes.record_failure("Lead", rows)
    sizes.save()
    assert sizes.fails_at_any_size("Lead") and sizes.rows("Lead") == 200
    sizes.record_success("Lead", 2)
    assert not sizes.fails_at_any_size("Lead")


def test_the_limit_is_never_exceeded() -> None:
    sizes = TransactionSizes(limit=50, load=lambda: {"Lead": StoredSize(80)})
    assert (sizes.rows("Lead"), sizes.is_reduced("Lead")) == (50, True)
    sizes.record_success("Lead", 80)
    assert sizes.rows("Lead") == 50


@pytest.mark.parametrize(
    ("results", "rows"),
    [
        ([failed(CPU), failed(CPU)], [0, 1]),
        ([failed(CPU, "UNKNOWN_EXCEPTION"), failed("bad", "STRING_TOO_LONG")], [0]),
        ([failed("Trop de requêtes", "CANNOT_EXECUTE_FLOW_TRIGGER")] * 2, [0, 1]),
        ([failed("Too many DML statements: 151", "FIELD_CUSTOM_VALIDATION_EXCEPTION")] * 2, [0, 1]),
        ([failed(), failed()], [0, 1]),
        ([failed("one"), failed("two")], []),
        ([failed(), failed(), DONE], []),
        ([failed("not wanted", "FIELD_CUSTOM_VALIDATION_EXCEPTION")] * 2, []),
        ([failed("bad", "STRING_TOO_LONG")] * 2, []),
        ([DONE, DONE], []),
        ([failed("Apex heap size too large: 6000123", VALIDATION), DONE], [0]),
        ([failed("Too many query rows: 50001")] * 2, [0, 1]),
        ([failed("Zeitlimit für die Ausführung überschritten", "CANNOT_EXECUTE_FLOW_TRIGGER")] * 2, [0, 1]),
        ([failed(f"Le flux a échoué (ID d'erreur {n}12-{n})", "CANNOT_EXECUTE_FLOW_TRIGGER") for n in (1, 2)], [0, 1]),
        ([failed(f"AccountTrigger: 001d00000{n}AbCdEFAA: null") for n in (234567, 234568)], [0, 1]),
        ([failed("No more than 50 leads at once", VALIDATION)] * 2, [0, 1]),
        ([failed("Maximum batch size is 50", VALIDATION)] * 2, [0, 1]),
        ([failed("LeadTrigger: not more than 50 records, please", VALIDATION)] * 2, [0, 1]),
        ([failed("At most 5 members", VALIDATION)] * 2, []),
        ([failed("A person may attend more than 3 events", VALIDATION)] * 2, []),
        ([failed("Too many records", VALIDATION)] * 2, [0, 1]),
        ([failed("only 10 contacts per account", VALIDATION), DONE], []),
    ],
    ids=[
        "limit",
        "limit and a rejected value",
        "unknown text of a flow",
        "limit in the text of a trigger",
        "trigger",
        "different errors",
        "another row was written",
        "validation rule",
        "rejected value",
        "written",
        "heap in the text of a trigger",
        "query rows",
        "time limit in German",
        "error ids of a flow in French",
        "record ids",
        "a trigger counts rows",
        "a trigger names its batch size",
        "a trigger counts records",
        "validation rule about members",
        "validation rule about events",
        "a text about too many records",
        "validation rule of one row",
    ],
)
def test_errors_that_concern_the_whole_transaction(results: list[RowResult], rows: list[int]) -> None:
    assert rows_of_failed_transaction(dict(enumerate(results))) == rows


@pytest.mark.parametrize("parse", [lambda text: rejected_row([{"statusCode": TRIGGER, "message": text}]),
                                   lambda text: failed_row(f"{TRIGGER}:{text}:--")])  # fmt: skip
def test_a_lock_that_a_trigger_met_is_a_lock(parse: Callable[[str], RowResult]) -> None:
    text = "LeadTrigger: first error: UNABLE_TO_LOCK_ROW, impossible d'obtenir un accès exclusif"
    assert parse(text).code == "UNABLE_TO_LOCK_ROW"
    assert parse("LeadTrigger: null").code == TRIGGER
