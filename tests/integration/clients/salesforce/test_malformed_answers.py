"""Answers of Salesforce of another form than documented are defined errors, and never completed by a guess."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from livestorm_salesforce.clients.salesforce import Query
from livestorm_salesforce.clients.salesforce.describe import _is_description
from livestorm_salesforce.clients.salesforce.operations import Create, Update, Upsert, Write
from livestorm_salesforce.clients.salesforce.results import check_records, parse_row_results
from livestorm_salesforce.domain.shared.org_schema import parse_describe
from livestorm_salesforce.errors import ContractError
from tests.faults.mangling import damaged

LEADS = Query("Lead", ["Id", "Email", "Title"], [])
ID = "00Q5j00000AbcDEAAZ"
RECORD = {"attributes": {"type": "Lead"}, "Id": ID, "Email": "ada@acme.example", "Title": None}
CREATE, UPDATE = Create("Lead", [{"LastName": "A"}]), Update("Lead", [{"Id": ID}])
UPSERT = Upsert("Lead", "Key__c", [{"Key__c": "x"}])


@pytest.mark.parametrize(
    "record",
    [
        None,
        [],
        "x",
        {},
        {**RECORD, "Id": None},
        {**RECORD, "Id": 1},
        {**RECORD, "Id": ""},
        {**RECORD, "Title": ["Dr."]},
        {**RECORD, "Email": {"x": 1}},
        {key: value for key, value in RECORD.items() if key != "Title"},
    ],
)
def test_a_record_without_what_was_asked_for_is_an_error(record: Any) -> None:
    """A missing value would look like an empty one, and be filled."""
    with pytest.raises(ContractError):
        check_records([RECORD, record], LEADS)
    check_records([RECORD], LEADS)


@pytest.mark.parametrize("request_", [CREATE, UPDATE, UPSERT])
@pytest.mark.parametrize(
    "item", [None, [], {}, {"success": None}, {"success": "true", "id": ID}, {"success": 1}, {"errors": 5}, {"id": ID}]
)
def test_a_row_result_that_does_not_tell_whether_the_row_was_written(request_: Write, item: Any) -> None:
    assert parse_row_results([item], 1, request_) is None


@pytest.mark.parametrize("made", [None, 5, "", [ID], {}])
def test_a_created_row_without_id_is_not_taken_as_created(made: Any) -> None:
    assert parse_row_results([{"success": True, "id": made, "errors": []}], 1, CREATE) is None


@pytest.mark.parametrize("errors", [None, 5, {}, [], ["x"], [{}], [{"statusCode": 7}], [{"duplicateResut": "x"}]])
def test_a_rejected_row_with_odd_errors_is_rejected(errors: Any) -> None:
    (result,) = parse_row_results([{"success": False, "errors": errors}], 1, CREATE) or ()
    assert not result.success
    assert result.code


FIELD = {
    "name": "Title", "type": "picklist", "length": 128, "digits": 0, "precision": 0, "scale": 0,
    "picklistValues": [{"value": "CTO", "label": "CTO", "active": True}],
}  # fmt: skip
DESCRIBE = {"name": "Lead", "createable": True, "updateable": True, "fields": [FIELD, {**FIELD, "name": "CountryCode"}]}


@pytest.mark.parametrize("number", range(300))
def test_a_damaged_describe_is_rejected_or_can_be_parsed(number: int) -> None:
    try:
        body = json.loads(damaged(json.dumps(DESCRIBE).encode(), Random(number)))  # noqa: S311 a repeatable draw
    except ValueError:
        return
    if _is_description(body):
        parse_describe(body)


@pytest.mark.parametrize(
    "parse", [lambda body: check_records(body, LEADS), lambda body: parse_row_results(body, 1, CREATE)]
)
@pytest.mark.parametrize("number", range(300))
def test_damaged_records_and_results_raise_nothing_else(parse: Callable[[Any], Any], number: int) -> None:
    whole = [RECORD | {"success": True, "id": ID, "errors": [{"statusCode": "X", "message": "m", "fields": ["a"]}]}]
    try:
        body = json.loads(damaged(json.dumps(whole).encode(), Random(number)))  # noqa: S311 a repeatable draw
        parse(body if isinstance(body, list) else [body])
    except (ValueError, ContractError):
        return
