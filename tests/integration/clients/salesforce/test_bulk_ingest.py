"""The steps of a bulk job and their failures."""

from __future__ import annotations

import logging

import pytest

from livestorm_salesforce.clients.salesforce import Upsert
from livestorm_salesforce.errors import OutcomeUnknown, TransientError
from tests.integration.clients.salesforce.bulk_rows import CUT, bulk_write, done_but_cut, insert, people, update
from tests.integration.clients.salesforce.bulk_server import JOB, Bulk
from tests.integration.clients.scripted import Answer


def test_an_insert_is_created_uploaded_closed_polled_and_read(salesforce):
    bulk = Bulk()
    client, server, _ = salesforce(bulk)
    results = insert(client, people(3))
    assert [row.id for row in results] == ["00Q-n0", "00Q-n1", "00Q-n2"] and all(row.created for row in results)
    assert bulk.kinds == ["create", "batches", "close", "poll", "successfulResults"]
    job = bulk.jobs[JOB.format(0)]
    assert job["description"] == {
        "object": "Lead",
        "operation": "insert",
        "contentType": "CSV",
        "lineEnding": "LF",
        "columnDelimiter": "COMMA",
    }
    assert job["data"].splitlines()[0] == "LastName,Title"
    upload = next(asked for asked in server.asked if asked.method == "PUT")
    assert upload.headers["content-type"].startswith("text/csv") and int(upload.headers["content-length"]) > 0


def test_an_upsert_names_its_external_id(salesforce):
    bulk = Bulk()
    client, _, _ = salesforce(bulk)
    (result,) = bulk_write(client, Upsert("Campaign", "Key__c", [{"Key__c": "a"}]))
    assert result.success
    assert bulk.jobs[JOB.format(0)]["description"]["externalIdFieldName"] == "Key__c"


def test_none_and_empty_texts_empty_a_field_and_missing_keys_keep_it(salesforce):
    bulk = Bulk()
    client, _, _ = salesforce(bulk)
    records = [{"Id": "1", "Title": None, "City": ""}, {"Id": "2", "HasOptedOutOfEmail": True, "NumberOfEmployees": 5}]
    update(client, records)
    assert bulk.jobs[JOB.format(0)]["data"].splitlines() == [
        "Id,Title,City,HasOptedOutOfEmail,NumberOfEmployees",
        "1,#N/A,#N/A,,",
        "2,,,true,5",
    ]


def test_rejected_and_unprocessed_rows_have_different_codes(salesforce):
    bulk = Bulk()
    bulk.failed = {"n1": "DUPLICATE_VALUE:duplicate: value found: canary:Email,Key__c--", "n3": "nonsense"}
    bulk.unprocessed, bulk.state = {"n2"}, "Aborted"
    client, _, _ = salesforce(bulk)
    results = insert(client, people(5))
    assert [row.code for row in results] == [None, "DUPLICATE_VALUE", "UNPROCESSED", "UNKNOWN_ERROR", None]
    assert results[1].fields == ("Email", "Key__c") and results[1].message == "duplicate: value found: canary"
    assert "canary" not in repr(results[1])


@pytest.mark.parametrize(
    ("cell", "fields"),
    [
        ("STRING_TOO_LONG:too long:Title --STRING_TOO_LONG:again:City --", ("Title", "City")),
        ("STRING_TOO_LONG:too long:Title --DUPLICATE_VALUE:other:Email --", ("Title",)),
        ("STRING_TOO_LONG:quoted --WHAT: of it:Title --", ("Title",)),
    ],
    ids=["one kind", "another kind", "a message that looks so"],
)
def test_a_bulk_row_names_the_fields_of_all_errors_with_the_first_code(salesforce, cell, fields):
    bulk = Bulk()
    bulk.failed = {"n0": cell}
    client, _, _ = salesforce(bulk)
    (result,) = insert(client, people(1))
    assert (result.code, result.fields) == ("STRING_TOO_LONG", fields)


def test_equal_rows_each_have_a_result(salesforce):
    client, _, _ = salesforce(Bulk())
    results = insert(client, [{"LastName": "same"}] * 3, match_on=())
    assert [row.id for row in results] == ["00Q-same"] * 3


def test_polling_starts_soon_and_slows_down(salesforce):
    bulk = Bulk()
    bulk.polls = 18
    client, _, sleeps = salesforce(bulk)
    insert(client, people(1))
    assert bulk.kinds.count("poll") == 19
    assert sleeps[0] == 0.2 and sleeps == sorted(sleeps) and sleeps[-1] == 30.0


def test_the_first_poll_of_a_large_job_waits_in_proportion_to_its_rows(salesforce):
    bulk = Bulk()
    bulk.polls = 3
    client, _, sleeps = salesforce(bulk)
    insert(client, people(10_000))
    assert sleeps == pytest.approx([4.0, 1.6, 2.24, 3.136])


@pytest.mark.parametrize(
    ("processed", "waits"),
    [
        ([8_000], [4.0, 1.0]),  # 8,000 of 10,000 rows took 4 s, so the others take 1 s
        ([1_000], [4.0, 1.6]),  # a job that waited before its first row is not expected to take half a minute
        ([1_000, 4_000], [4.0, 1.6, 3.2]),  # 3,000 rows in the last 1.6 s
        ([1_000, 1_000], [4.0, 1.6, 2.24]),
    ],
)
def test_the_next_poll_follows_the_rows_that_the_job_has_processed(salesforce, processed, waits):
    bulk = Bulk()
    bulk.polls, bulk.processed = len(processed), [*processed]
    client, _, sleeps = salesforce(bulk)
    insert(client, people(10_000))
    assert sleeps == pytest.approx(waits)


def test_a_job_that_takes_longer_is_logged_at_each_poll(salesforce, caplog):
    caplog.set_level(logging.INFO, "livestorm_salesforce.clients.salesforce.bulk_jobs")
    bulk = Bulk()
    bulk.polls, bulk.processed = 2, [1_000, 4_000]
    client, _, _ = salesforce(bulk)
    insert(client, people(10_000))
    (line,) = [message for message in caplog.messages if "processed" in message]  # the first poll comes after 4 s
    assert line.startswith("Salesforce has processed 4,000 of 10,000 rows of a bulk job in 6 s: ")


def test_after_a_lost_response_to_the_closing_the_state_of_the_job_decides(salesforce):
    for answer in (done_but_cut(), CUT):
        bulk = Bulk()
        bulk.trouble = {"close": [answer]}
        client, _, _ = salesforce(bulk)
        assert all(row.success for row in insert(client, people(2)))
        assert len(bulk.jobs) == 1


def test_after_a_failed_upload_a_new_job_is_created(salesforce):
    bulk = Bulk()
    bulk.trouble = {"batches": [done_but_cut(), Answer({}, 500)]}
    client, _, _ = salesforce(bulk)
    assert all(row.success for row in insert(client, people(2)))
    assert [job["state"] for job in bulk.jobs.values()] == ["Open", "Open", "JobComplete"]


def test_an_upload_that_always_fails_is_a_transient_error(salesforce):
    bulk = Bulk()
    bulk.trouble = {"batches": [CUT] * 9}
    client, _, _ = salesforce(bulk)
    with pytest.raises(TransientError) as caught:
        insert(client, people(2))
    assert not isinstance(caught.value, OutcomeUnknown)


@pytest.mark.parametrize("kind", ["poll", "successfulResults"])
def test_a_failed_read_of_a_running_job_is_retried(salesforce, kind):
    bulk = Bulk()
    bulk.trouble = {kind: [Answer({}, 503), CUT]}
    client, _, _ = salesforce(bulk)
    assert all(row.success for row in insert(client, people(3)))
