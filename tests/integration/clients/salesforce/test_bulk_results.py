"""Matching the results of bulk jobs to their rows."""

from __future__ import annotations

import gzip
import io

import pytest

from livestorm_salesforce.clients.salesforce import Create, Update
from livestorm_salesforce.clients.salesforce.bulk_csv import read_rows
from livestorm_salesforce.errors import ConfigError, ContractError, OutcomeUnknown
from tests.integration.clients.salesforce.bulk_rows import bulk_write, insert, people, update
from tests.integration.clients.salesforce.bulk_server import Bulk, to_csv
from tests.integration.clients.salesforce.canary import assert_no_canary
from tests.integration.clients.scripted import Answer


def test_results_cut_in_the_middle_are_read_again_without_duplicates(salesforce):
    bulk = Bulk()
    lines = ['"sf__Id","sf__Created","LastName","Title"', *(f'"00Q-n{row}","true","n{row}","x"' for row in range(3000))]
    body = "\n".join(lines).encode()
    bulk.trouble = {"successfulResults": [Answer(body, cut=len(body) // 2), Answer(body)]}
    client, _, _ = salesforce(bulk)
    results = insert(client, [{"LastName": f"n{row}", "Title": "x"} for row in range(3000)])
    assert [row.id for row in results] == [f"00Q-n{row}" for row in range(3000)]
    assert bulk.kinds.count("successfulResults") == 2


def test_results_without_a_row_are_an_unknown_outcome(salesforce):
    bulk = Bulk()
    bulk.trouble = {"successfulResults": [Answer(b'"sf__Id","sf__Created","LastName","Title"\n')]}
    client, _, _ = salesforce(bulk)
    with pytest.raises(OutcomeUnknown, match="2 of 2"):
        insert(client, people(2))


REFUSED = ["sf__Id", "sf__Error", "Id", "Title"]


def two_refused(*failed_results: Answer) -> tuple[Bulk, list[dict]]:
    """A job that counts two rejected rows, and three updates for it."""
    bulk = Bulk()
    bulk.failed = dict.fromkeys(("00Q0", "00Q2"), "STRING_TOO_LONG:too long:Title --")
    bulk.trouble["failedResults"] = list(failed_results)
    return bulk, [{"Id": f"00Q{row}", "Title": "x"} for row in range(3)]


def test_a_rejected_row_missing_in_the_results_is_not_a_success(salesforce):
    bulk, records = two_refused(to_csv(REFUSED, [["", "STRING_TOO_LONG:too long:Title --", "00Q0", "x"]]))
    client, _, _ = salesforce(bulk)
    with pytest.raises(OutcomeUnknown, match="no result for 2 of 3"):
        update(client, records)


def test_rejected_rows_are_read_from_all_pages(salesforce):
    first = to_csv(REFUSED, [["", "STRING_TOO_LONG:too long:Title --", "00Q0", "x"]])
    first.headers["Sforce-Locator"] = "MTAw"
    second = to_csv(REFUSED, [["", "STRING_TOO_LONG:too long:Title --", "00Q2", "x"]])
    second.headers["Sforce-Locator"] = "null"
    bulk, records = two_refused(first, second)
    client, server, _ = salesforce(bulk)
    assert [row.success for row in update(client, records)] == [False, True, False]
    assert [asked.query.get("locator") for asked in server.asked if "failedResults" in asked.path] == [None, "MTAw"]


def test_results_of_unknown_rows_are_a_contract_error_without_values(salesforce):
    bulk = Bulk()
    other = b'"sf__Id","sf__Created","LastName","Title"\n"00Q","true","canary","x"\n'
    bulk.trouble = {"successfulResults": [Answer(other)]}
    client, _, _ = salesforce(bulk)
    with pytest.raises(ContractError) as caught:
        insert(client, people(2))
    assert_no_canary(caught.value)


@pytest.mark.parametrize(
    ("message", "error", "expected"),
    [
        ("InvalidBatch : Field name not found : Nope__c", ConfigError, "'Nope__c'"),
        ("canary", ContractError, "Bulk Data Load Jobs"),
    ],
)
def test_a_job_that_fails_before_its_first_row_is_an_error(salesforce, message, error, expected):
    bulk = Bulk()
    bulk.state, bulk.message, bulk.unprocessed = "Failed", message, {"n0", "n1"}
    client, _, _ = salesforce(bulk)
    with pytest.raises(error, match=expected) as caught:
        insert(client, people(2))
    assert_no_canary(caught.value)


PROCESSED = "numberRecordsProcessed"


@pytest.mark.parametrize("refused", [[], ["00Q1"]], ids=["all taken", "one refused"])
def test_without_the_number_processed_the_result_lists_decide(salesforce, refused):
    """Salesforce documents numberRecordsFailed and three lists (Bulk API 2.0 guide), not this number, for every job."""
    bulk = Bulk()
    bulk.omitted, bulk.failed = {PROCESSED}, dict.fromkeys(refused, "STRING_TOO_LONG:too long:Title --")
    client, _, _ = salesforce(bulk)
    results = update(client, [{"Id": f"00Q{row}", "Title": "x"} for row in range(3)])
    assert [row.success for row in results] == [f"00Q{row}" not in refused for row in range(3)]
    assert bulk.kinds == [
        "create",
        "batches",
        "close",
        "poll",
        *(["failedResults"] if refused else []),
        "successfulResults",
    ]


@pytest.mark.parametrize("operation", [Create, Update])
def test_a_job_that_failed_halfway_keeps_its_results_without_the_number_processed(salesforce, operation):
    bulk = Bulk()
    bulk.state, bulk.omitted = "Failed", {PROCESSED}
    bulk.failed, bulk.unprocessed = {"n1": "DUPLICATE_VALUE:x:--"}, {"n2"}
    client, _, _ = salesforce(bulk)
    results = bulk_write(client, operation("Lead", [{"Id": f"n{row}"} for row in range(3)]))
    assert [row.code for row in results] == [None, "DUPLICATE_VALUE", "UNPROCESSED"]


def test_a_job_that_failed_before_its_first_row_is_an_error_without_the_number_processed(salesforce):
    bulk = Bulk()
    bulk.state, bulk.omitted, bulk.unprocessed = "Failed", {PROCESSED}, {"n0", "n1"}
    bulk.message = "InvalidBatch : Field name not found : Nope__c"
    client, _, _ = salesforce(bulk)
    with pytest.raises(ConfigError, match="'Nope__c'"):
        insert(client, people(2))


def test_locked_rows_of_a_bulk_job_are_retried_by_collections(salesforce):
    bulk = Bulk()
    bulk.failed = {"00Q7": "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record or 1 records: 701:--"}

    def respond(asked):
        if asked.path.endswith("/composite/sobjects"):
            assert [record["id"] for record in asked.json["records"]] == ["00Q7"]
            return Answer([{"id": "00Q7", "success": True, "errors": []}])
        return bulk(asked)

    client, _, _ = salesforce(respond)
    reported: dict = {}
    records = [{"Id": f"00Q{row}", "Title": "x"} for row in range(2500)]
    results = client.write(Update("Lead", records), on_rows=lambda number, rows: reported.update(rows))
    assert len(results) == 2500 and all(row.success for row in results)
    assert dict(sorted(reported.items())) == dict(enumerate(results))


@pytest.mark.parametrize("text", [b'"sf__Id"\n' + b"x" * 40 * 1024**2, b'"sf__Id"\n"' + b"x" * 200_000 + b'"\n'])
def test_a_line_that_needs_all_memory_is_a_contract_error(text):
    """A compressed response of some kilobytes may expand to it."""
    with pytest.raises(ContractError), gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(text, 1))) as stream:
        list(read_rows(stream))
