"""Bulk API 2.0: ingest jobs from creation to results."""

import csv
import io
import time
from typing import Any

import pytest

from service_sandbox.salesforce import Org
from service_sandbox.salesforce.org.policies import AssignmentRule
from tests.sandbox.salesforce.bulk_jobs import wait
from tests.sandbox.salesforce.conftest import Api

CSV = {"Content-Type": "text/csv"}


def create(api: Api, **settings: Any) -> dict[str, Any]:
    answer = api.post("/jobs/ingest", {"object": "Lead", "operation": "insert", **settings})
    assert answer.status_code == 200, answer.text
    return answer.json()


def close(api: Api, job_id: str, state: str = "UploadComplete") -> Any:
    return api.patch(f"/jobs/ingest/{job_id}", {"state": state})


def ingest(api: Api, content: str, **settings: Any) -> dict[str, Any]:
    job = create(api, **settings)
    answer = api.call("PUT", f"/{job['contentUrl'].partition('/v67.0/')[2]}", data=content.encode(), headers=CSV)
    assert (answer.status_code, answer.text) == (201, "")
    assert close(api, job["id"]).json()["state"] == "UploadComplete"
    return wait(api, f"/jobs/ingest/{job['id']}")


def results(api: Api, job: dict[str, Any], kind: str) -> list[dict[str, str]]:
    answer = api.get(f"/jobs/ingest/{job['id']}/{kind}")
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_a_new_job_is_open_and_has_an_upload_url(api: Api) -> None:
    job = create(api)
    assert job["id"].startswith("750")
    assert job["contentUrl"] == f"services/data/v67.0/jobs/ingest/{job['id']}/batches"
    expected = {"state": "Open", "operation": "insert", "object": "Lead", "contentType": "CSV", "lineEnding": "LF",
            "columnDelimiter": "COMMA", "concurrencyMode": "Parallel", "apiVersion": 67.0}  # fmt: skip
    assert {key: job[key] for key in expected} == expected


def test_a_complete_job_can_have_failed_rows(api: Api) -> None:
    job = ingest(api, 'LastName,Company,Email\nDoe,Acme,a@b.io\n,Acme,\n"Roe, Jr",Acme,nonsense\n')
    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == ("JobComplete", 3, 2)
    done = results(api, job, "successfulResults")
    assert [row.pop("sf__Id")[:3] for row in done] == ["00Q"]
    assert done == [{"sf__Created": "true", "LastName": "Doe", "Company": "Acme", "Email": "a@b.io"}]
    errors = {row["LastName"]: row["sf__Error"] for row in results(api, job, "failedResults/")}
    assert errors == {
        "": "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName--",
        "Roe, Jr": "INVALID_EMAIL_ADDRESS:Email: invalid email address: nonsense:Email--",
    }


@pytest.mark.parametrize("spelling", ["unprocessedrecords", "unprocessedRecords"])
def test_unprocessed_records_have_two_spellings(api: Api, spelling: str) -> None:
    job = ingest(api, "LastName,Company\nDoe,Acme\n")
    answer = api.get(f"/jobs/ingest/{job['id']}/{spelling}")
    assert (answer.status_code, answer.text) == (200, '"LastName","Company"\n')


def test_an_empty_cell_keeps_the_value_and_na_sets_null(api: Api, org: Org) -> None:
    one = org.insert("Lead", [{"LastName": "A", "Company": "B", "Title": "CEO", "City": "Nice"}])[0]
    job = ingest(api, f"Id,Title,City,IsUnreadByOwner\n{one},#N/A,,true\n", operation="update")
    assert job["numberRecordsFailed"] == 0, results(api, job, "failedResults")
    row = api.records("SELECT Title, City, IsUnreadByOwner FROM Lead")[0]
    assert row == {"Title": None, "City": "Nice", "IsUnreadByOwner": True}
    assert results(api, job, "successfulResults")[0]["sf__Created"] == "false"


def test_an_upsert_job_creates_and_updates(api: Api, org: Org) -> None:
    org.insert("Campaign", [{"Name": "Old", "Livestorm_Session_Id__c": "a"}])
    settings = {"object": "Campaign", "operation": "upsert", "externalIdFieldName": "Livestorm_Session_Id__c"}
    job = ingest(
        api, "Livestorm_Session_Id__c,Name,StartDate\nA,New,2026-12-01\nb,Other,soon\n,None,\nc,Third,\n", **settings
    )
    done = results(api, job, "successfulResults")
    assert {row["Livestorm_Session_Id__c"]: row["sf__Created"] for row in done} == {"A": "false", "c": "true"}
    errors = {row["Name"]: row["sf__Error"].split(":")[0] for row in results(api, job, "failedResults")}
    assert errors == {"Other": "INVALID_TYPE_ON_FIELD_IN_RECORD", "None": "MISSING_ARGUMENT"}


def test_a_delete_job_accepts_ids_only(api: Api, lead: str) -> None:
    assert ingest(api, f"Id,Title\n{lead},x\n", operation="delete")["state"] == "Failed"
    job = ingest(api, f"Id\n{lead}\nnonsense\n", operation="delete")
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (2, 1)
    assert results(api, job, "failedResults")[0]["sf__Error"].startswith(
        "MALFORMED_ID:Lead ID: id value of incorrect type"
    )


def test_a_parent_is_identified_by_external_id(api: Api, org: Org, lead: str) -> None:
    org.insert("Campaign", [{"Name": "A", "Livestorm_Session_Id__c": "abc"}])
    content = f"Campaign.Livestorm_Session_Id__c,LeadId,Status\nabc,{lead},Responded\nother,{lead},\n"
    job = ingest(api, content, object="CampaignMember")
    assert api.records("SELECT Status, HasResponded FROM CampaignMember") == [
        {"Status": "Responded", "HasResponded": True}
    ]
    assert "Foreign key external ID: other not found" in results(api, job, "failedResults")[0]["sf__Error"]


@pytest.mark.parametrize(
    ("content", "settings", "error"),
    [
        ("LastName,Nope__c\nA,B\n", {}, "InvalidBatch : Field name not found : Nope__c"),
        ("LastName,Company\r\nA,B\r\n", {},
         "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF"),
        ("LastName,Company\nA,B\n", {"lineEnding": "CRLF"},
         "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is CRLF"),
        ("LastName;Company\nA;B\n", {}, "InvalidBatch : Field name not found : LastName;Company"),
    ],
)  # fmt: skip
def test_a_file_that_does_not_fit_the_job_fails(api: Api, content: str, settings: dict[str, str], error: str) -> None:
    job = ingest(api, content, **settings)
    assert (job["state"], job["errorMessage"]) == ("Failed", error)
    assert api.org.writes.count() == 0


def test_delimiters_and_line_endings(api: Api) -> None:
    job = ingest(api, "LastName;Company\r\nA;B, C\r\n", lineEnding="CRLF", columnDelimiter="SEMICOLON")
    text = api.get(f"/jobs/ingest/{job['id']}/successfulResults").content.decode()
    assert text.splitlines(keepends=True)[0] == '"sf__Id";"sf__Created";"LastName";"Company"\r\n'
    assert api.records("SELECT Company FROM Lead") == [{"Company": "B, C"}]


def test_a_job_is_uploaded_once_and_closed_with_data(api: Api) -> None:
    job = create(api)
    path = f"/jobs/ingest/{job['id']}"
    assert close(api, job["id"]).status_code == 400
    upload = {"data": b"LastName,Company\nA,B\n", "headers": CSV}
    assert api.call("PUT", f"{path}/batches", **upload).status_code == 201
    assert api.call("PUT", f"{path}/batches", **upload).status_code == 400
    assert (
        api.call("PUT", f"{path}/batches/", data=b"{}", headers={"Content-Type": "application/json"}).status_code == 415
    )
    close(api, job["id"])
    wait(api, path)
    assert close(api, job["id"], "Aborted").json()[0]["errorCode"] == "INVALIDJOBSTATE"


def test_an_upload_can_be_chunked(api: Api) -> None:
    job = create(api)
    parts = (f"{line}\n".encode() for line in ("LastName,Company", "A,B", "C,D"))
    answer = api.call("PUT", f"/jobs/ingest/{job['id']}/batches", data=parts, headers=CSV)
    assert answer.status_code == 201
    close(api, job["id"])
    assert wait(api, f"/jobs/ingest/{job['id']}")["numberRecordsProcessed"] == 2


def test_an_aborted_job_writes_nothing_and_can_be_deleted(api: Api) -> None:
    api.service.jobs.seconds = 0.2
    job = create(api)
    path = f"/jobs/ingest/{job['id']}"
    api.call("PUT", f"{path}/batches", data=b"LastName,Company\nA,B\n", headers=CSV)
    close(api, job["id"])
    assert api.get(path).json()["state"] == "UploadComplete"
    assert close(api, job["id"], "Aborted").json()["state"] == "Aborted"
    time.sleep(0.3)
    assert (api.get(path).json()["state"], api.org.writes.count()) == ("Aborted", 0)
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"object": "Nope"}, "INVALIDENTITY"), ({"operation": "hardDelete"}, "INVALIDJOB"),
        ({"contentType": "XML"}, "INVALIDJOB"), ({"operation": "upsert"}, "INVALIDJOB"),
        ({"lineEnding": "CR"}, "INVALIDJOB"), ({"unknown": 1}, "JSON_PARSER_ERROR"),
    ],
)  # fmt: skip
def test_an_invalid_job_is_rejected(api: Api, settings: dict[str, Any], code: str) -> None:
    answer = api.post("/jobs/ingest", {"object": "Lead", "operation": "insert", **settings})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_many_rows_are_written_in_batches(api: Api) -> None:
    lines = "".join(f"L{n},Company,l{n}@x.example\n" for n in range(10_100))
    job = ingest(api, f"LastName,Company,Email\n{lines}")
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (10_100, 0)
    assert api.get("/limits").json()["DailyBulkApiBatches"]["Remaining"] == 15_000 - 2
    assert api.query("SELECT COUNT() FROM Lead")["totalSize"] == 10_100


def test_the_assignment_rule_runs_only_with_its_id(api: Api, org: Org) -> None:
    queue = org.users.add_queue("Marketing leads")
    org.policies.assignment = AssignmentRule(queue)
    ingest(api, "LastName,Company\nA,B\n")
    assert org.policies.owner_changes == []
    ingest(api, "LastName,Company\nC,D\n", assignmentRuleId="01Q000000000001")
    assert [change.owner_after for change in org.policies.owner_changes] == [queue]
