"""Bulk jobs: every row finds its result, whatever happens on the way."""

from __future__ import annotations

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


def test_empty_texts_and_none_empty_a_field_and_absent_ones_leave_it_alone(salesforce):
    bulk = Bulk()
    client, _, _ = salesforce(bulk)
    records = [{"Id": "1", "Title": None, "City": ""}, {"Id": "2", "HasOptedOutOfEmail": True, "NumberOfEmployees": 5}]
    update(client, records)
    assert bulk.jobs[JOB.format(0)]["data"].splitlines() == [
        "Id,Title,City,HasOptedOutOfEmail,NumberOfEmployees",
        "1,#N/A,#N/A,,",
        "2,,,true,5",
    ]


def test_refused_and_unprocessed_rows_are_told_apart(salesforce):
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
def test_several_errors_of_a_bulk_row_blame_the_fields_of_the_first_ones_kind(salesforce, cell, fields):
    bulk = Bulk()
    bulk.failed = {"n0": cell}
    client, _, _ = salesforce(bulk)
    (result,) = insert(client, people(1))
    assert (result.code, result.fields) == ("STRING_TOO_LONG", fields)


def test_rows_that_look_alike_each_get_a_result(salesforce):
    client, _, _ = salesforce(Bulk())
    results = insert(client, [{"LastName": "same"}] * 3, match_on=())
    assert [row.id for row in results] == ["00Q-same"] * 3


def test_polling_begins_at_once_and_slows_down(salesforce):
    bulk = Bulk()
    bulk.polls = 18
    client, _, sleeps = salesforce(bulk)
    insert(client, people(1))
    assert bulk.kinds.count("poll") == 19
    assert sleeps[0] == 0.2 and sleeps == sorted(sleeps) and sleeps[-1] == 30.0


def test_many_rows_that_are_not_done_at_once_are_not_asked_for_before_they_can_be(salesforce):
    bulk = Bulk()
    bulk.polls = 3
    client, _, sleeps = salesforce(bulk)
    insert(client, people(10_000))
    assert sleeps == pytest.approx([0.2, 2.0, 0.88, 1.232])


def test_a_lost_answer_to_the_closing_is_settled_by_the_jobs_state(salesforce):
    for answer in (done_but_cut(), CUT):
        bulk = Bulk()
        bulk.trouble = {"close": [answer]}
        client, _, _ = salesforce(bulk)
        assert all(row.success for row in insert(client, people(2)))
        assert len(bulk.jobs) == 1


def test_a_failed_upload_takes_a_new_job_and_leaves_the_old_one_unclosed(salesforce):
    bulk = Bulk()
    bulk.trouble = {"batches": [done_but_cut(), Answer({}, 500)]}
    client, _, _ = salesforce(bulk)
    assert all(row.success for row in insert(client, people(2)))
    assert [job["state"] for job in bulk.jobs.values()] == ["Open", "Open", "JobComplete"]


def test_an_upload_that_never_works_is_transient_for_nothing_was_set_going(salesforce):
    bulk = Bulk()
    bulk.trouble = {"batches": [CUT] * 9}
    client, _, _ = salesforce(bulk)
    with pytest.raises(TransientError) as caught:
        insert(client, people(2))
    assert not isinstance(caught.value, OutcomeUnknown)


@pytest.mark.parametrize("kind", ["poll", "successfulResults"])
def test_a_cut_read_of_a_running_job_is_repeated(salesforce, kind):
    bulk = Bulk()
    bulk.trouble = {kind: [Answer({}, 503), CUT]}
    client, _, _ = salesforce(bulk)
    assert all(row.success for row in insert(client, people(3)))
