"""Bulk writes of several jobs, and running jobs of other tasks."""

from __future__ import annotations

import pytest

from tests.integration.clients.salesforce.bulk_rows import insert, people
from tests.integration.clients.salesforce.bulk_server import Bulk
from tests.integration.clients.scripted import Answer


def test_a_file_above_the_upload_limit_is_divided_into_several_jobs(salesforce, monkeypatch):
    monkeypatch.setattr("livestorm_salesforce.clients.salesforce.bulk_ingest.UPLOAD_BYTES", 2000)
    bulk = Bulk()
    client, _, _ = salesforce(bulk)
    records = people(100)
    results = insert(client, records)
    assert [row.id for row in results] == [f"00Q-{record['LastName']}" for record in records]
    assert len(bulk.jobs) > 1 and all(len(job["data"]) <= 2000 for job in bulk.jobs.values())


def test_running_jobs_are_waited_for(salesforce):
    listed = [
        {"id": "A", "object": "Lead", "state": "InProgress"},
        {"id": "B", "object": "Lead", "state": "JobComplete"},
        {"id": "C", "object": "Contact", "state": "InProgress"},
    ]
    more = "/services/data/v67.0/jobs/ingest?queryLocator=x"
    states = iter(["InProgress", "JobComplete"])

    def respond(asked):
        if asked.path.endswith("/ingest/A"):
            return Answer({"id": "A", "state": next(states)})
        if asked.query.get("queryLocator"):
            return Answer({"done": True, "nextRecordsUrl": None, "records": listed[1:]})
        return Answer({"done": False, "nextRecordsUrl": more, "records": listed[:1]})

    client, server, _ = salesforce(respond)
    assert client.wait_for_bulk("Lead") == 1
    assert len(server.asked) == 5


NO_LIST = [
    Answer([{"errorCode": "NOT_FOUND", "message": "x"}], 404),
    Answer(b"<html>Not here</html>", 404),
    Answer(b"", 405),
    Answer({"detail": "Method Not Allowed"}, 405),
]


@pytest.mark.parametrize("answer", NO_LIST, ids=["error", "page", "empty", "detail"])
def test_jobs_that_cannot_be_listed_are_logged_and_not_waited_for(salesforce, caplog, answer):
    client, server, _ = salesforce(lambda asked: answer)
    assert client.wait_for_bulk("Lead") == 0
    assert "cannot be listed" in caplog.text and len(server.asked) == 2
