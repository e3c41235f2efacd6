"""Bulk API 1.0, tried by simple-salesforce (JSON) and by documents as CumulusCI's client sends them (XML and CSV)."""

from __future__ import annotations

import csv
import io
import time
from typing import Any

import pytest
import requests
from lxml import etree
from simple_salesforce import Salesforce
from simple_salesforce import bulk as simple_bulk
from simple_salesforce.exceptions import SalesforceGeneralError, SalesforceMalformedRequest

from service_sandbox.salesforce import Org
from tests.sandbox.salesforce.conftest import Api

NAMESPACE = "http://www.force.com/2009/06/asyncapi/dataload"
KEY = "Livestorm_Session_Id__c"
PERSON = {"LastName": "Doe", "Company": "Acme", "Email": "jane@acme.io"}


@pytest.fixture
def sf(api: Api, monkeypatch: pytest.MonkeyPatch) -> Salesforce:
    monkeypatch.setattr(simple_bulk, "sleep", lambda _: time.sleep(0.01))
    token = api.http.headers["Authorization"].split()[1]
    session = requests.Session()
    session.verify, session.trust_env = api.http.verify, False
    return Salesforce(session_id=token, instance_url=api.root, version="67.0", session=session)


class Old:
    """Bulk API 1.0 by hand: XML documents unless told otherwise."""

    def __init__(self, api: Api):
        self.api, self.base = api, f"{api.root}/services/async/67.0"
        self.headers = {"X-SFDC-Session": api.http.headers["Authorization"].split()[1], "Authorization": "",
                        "Content-Type": "application/xml; charset=UTF-8"}  # fmt: skip

    def call(self, method: str, path: str, body: str | None = None, **headers: str) -> requests.Response:
        given = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.api.call(method, f"{self.base}{path}", data=body, headers=given)

    def job(self, **words: str) -> dict[str, str]:
        answer = self.call("POST", "/job", job_document(**words))
        assert answer.status_code == 201, answer.text
        return read(answer)

    def batch(self, job_id: str, body: str, content_type: str = "text/csv; charset=UTF-8") -> dict[str, str]:
        answer = self.call("POST", f"/job/{job_id}/batch", body, Content_Type=content_type)
        assert answer.status_code == 201, answer.text
        return read(answer)

    def wait(self, batch: dict[str, str]) -> dict[str, str]:
        for _ in range(2_000):
            found = read(self.call("GET", f"/job/{batch['jobId']}/batch/{batch['id']}"))
            if found["state"] not in ("Queued", "InProgress"):
                return found
            time.sleep(0.01)
        raise AssertionError(found)

    def state(self, job_id: str, state: str) -> requests.Response:
        return self.call("POST", f"/job/{job_id}", job_document(state=state))

    def result(self, batch: dict[str, str], more: str = "") -> requests.Response:
        return self.call("GET", f"/job/{batch['jobId']}/batch/{batch['id']}/result{more}")


def job_document(**words: str) -> str:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in words.items())
    return f'<?xml version="1.0" encoding="UTF-8"?><jobInfo xmlns="{NAMESPACE}">{inner}</jobInfo>'


def read(answer: requests.Response) -> dict[str, str]:
    assert answer.headers["Content-Type"] == "application/xml"
    root = etree.fromstring(answer.content)
    assert etree.QName(root).namespace == NAMESPACE
    return {etree.QName(child).localname: child.text or "" for child in root}


def refused(answer: requests.Response, status: int = 400) -> str:
    assert answer.status_code == status, answer.text
    assert etree.QName(etree.fromstring(answer.content)).localname == "error"
    return read(answer)["exceptionCode"]


@pytest.fixture
def old(api: Api) -> Old:
    return Old(api)


# --- simple-salesforce ------------------------------------------------------------------------------------------------


def test_inserted_records_answer_in_order_with_their_refusals(sf: Salesforce, org: Org) -> None:
    done = sf.bulk.Lead.insert([PERSON, {"LastName": "Roe", "Email": "nonsense"}, {**PERSON, "LastName": "Poe"}])
    assert [one["success"] for one in done] == [True, False, True]
    assert [one["created"] for one in done] == [True, False, True]
    assert done[0]["id"][:3] == "00Q" and done[1]["id"] is None
    assert [(error["statusCode"], error["fields"]) for error in done[1]["errors"]] == [
        ("INVALID_EMAIL_ADDRESS", ["Email"])
    ]
    assert sorted(row["LastName"] for row in org.rows("Lead")) == ["Doe", "Poe"]


def test_an_upsert_creates_then_writes_again_what_is_the_same(sf: Salesforce, org: Org) -> None:
    rows = [{KEY: f"s{number}", "Name": f"Tour {number}"} for number in range(3)]
    first, again = (sf.bulk.Campaign.upsert(rows, KEY) for _ in range(2))
    assert [one["created"] for one in first] == [True] * 3
    assert [one["created"] for one in again] == [False] * 3
    assert [one["id"] for one in first] == [one["id"] for one in again]
    assert org.writes.count() == 6


def test_updates_null_and_parents_by_external_id(sf: Salesforce, org: Org, lead: str) -> None:
    org.edit(lead, Title="CEO")
    org.insert("Campaign", [{"Name": "A", KEY: "abc"}])
    assert sf.bulk.Lead.update([{"Id": lead, "Title": None, "NumberOfEmployees": 7}])[0]["success"]
    row = org.rows("Lead")[0]
    assert (row["Title"], row["NumberOfEmployees"]) == (None, 7)
    done = sf.bulk.CampaignMember.insert([{"Campaign": {KEY: "abc"}, "LeadId": lead}])
    assert done[0]["errors"] == []
    assert org.rows("CampaignMember")[0]["LeadId"] == lead


def test_batches_of_a_job_are_counted_and_split_by_the_client(sf: Salesforce, api: Api) -> None:
    rows = [{**PERSON, "LastName": f"L{number}"} for number in range(25)]
    assert len(sf.bulk.Lead.insert(rows, batch_size=10, use_serial=True)) == 25
    assert api.get("/limits").json()["DailyBulkApiBatches"]["Remaining"] == 15_000 - 3
    assert [row["LastName"] for row in api.org.rows("Lead")] == [f"L{number}" for number in range(25)]


def test_deletes_and_detailed_results(sf: Salesforce, org: Org) -> None:
    made = sf.bulk.Lead.insert([PERSON], include_detailed_results=True)
    assert made[0]["Email"] == PERSON["Email"]
    assert sf.bulk.Lead.delete([{"Id": made[0]["id"]}])[0]["success"]
    assert [row for row in org.rows("Lead") if not row["IsDeleted"]] == []


def test_a_query_has_moments_in_milliseconds(sf: Salesforce, lead: str) -> None:
    row = sf.bulk.Lead.query("SELECT Id, LastName, CreatedDate, IsConverted FROM Lead")[0]
    assert (row["Id"], row["LastName"], row["IsConverted"]) == (lead, "Doe", False)
    assert row["CreatedDate"] == 1_795_428_000_000  # 23 November 2026, 10:00 UTC
    assert row["attributes"]["type"] == "Lead"
    assert sf.bulk.Lead.query("SELECT Id FROM Lead WHERE LastName = 'Nobody'") == []


def test_a_query_that_cannot_run_fails_its_batch(sf: Salesforce) -> None:
    with pytest.raises(SalesforceGeneralError, match="Failed to process query: INVALID_FIELD"):
        sf.bulk.Lead.query("SELECT Nope FROM Lead")


@pytest.mark.parametrize(
    "bad",
    [
        [{**PERSON, "Nope__c": "x"}], [{**PERSON, "NumberOfEmployees": "many"}], [PERSON] * 10_001,
    ],
    ids=["unknown field", "wrong type", "too many"],
)  # fmt: skip
def test_a_batch_that_does_not_fit_is_not_processed(sf: Salesforce, org: Org, bad: Any) -> None:
    job = sf.bulk.Lead._create_job("insert", use_serial=False)
    batch = sf.bulk.Lead._add_batch(job["id"], bad, "insert")  # in one piece: the client itself would split it
    with pytest.raises(SalesforceMalformedRequest) as caught:
        list(sf.bulk.Lead.worker(batch, "insert"))
    assert caught.value.content == {"exceptionCode": "InvalidBatch", "exceptionMessage": "Records not processed"}
    assert org.writes.count() == 0


def test_a_session_that_ended_is_a_400(sf: Salesforce, api: Api) -> None:
    api.service.auth.expire_all()
    with pytest.raises(SalesforceMalformedRequest) as caught:
        sf.bulk.Lead.insert([PERSON])
    assert caught.value.content == {"exceptionCode": "InvalidSessionId", "exceptionMessage": "Invalid session id"}


def test_the_providers_operator_loads_and_tries_locked_rows_again(
    api: Api, sf: Salesforce, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.providers.salesforce.hooks.salesforce import SalesforceHook
    from airflow.providers.salesforce.operators.bulk import SalesforceBulkOperator

    monkeypatch.setattr(SalesforceHook, "get_conn", lambda self: sf)
    api.org.lock_next(2, "UNABLE_TO_LOCK_ROW")
    rows = [{KEY: f"s{number}", "Name": "Tour"} for number in range(5)]
    load = SalesforceBulkOperator(task_id="load", operation="upsert", object_name="Campaign", payload=rows,
                                  external_id_field=KEY, max_retries=1, bulk_retry_delay=0)  # fmt: skip
    assert [one["success"] for one in load.execute({})] == [True] * 5
    assert len(api.org.rows("Campaign")) == 5


# --- XML and CSV ------------------------------------------------------------------------------------------------------


def test_a_csv_job_from_opening_to_results(old: Old, org: Org) -> None:
    job = old.job(operation="insert", object="Lead", concurrencyMode="Parallel", contentType="CSV")
    told = {"state": "Open", "operation": "insert", "object": "Lead", "contentType": "CSV", "apiVersion": "67.0",
            "concurrencyMode": "Parallel", "numberBatchesTotal": "0",
            "createdDate": "2026-11-23T10:00:00.000Z"}  # fmt: skip
    assert {name: job[name] for name in told} == told
    batch = old.batch(job["id"], '"LastName","Company","Email"\r\n"Doe","Acme","a@b.io"\r\n"","Acme",""\r\n')
    assert (batch["state"], batch["jobId"], batch["id"][:3]) == ("Queued", job["id"], "751")
    assert old.state(job["id"], "Closed").status_code == 200
    done = old.wait(batch)
    assert (done["state"], done["numberRecordsProcessed"], done["numberRecordsFailed"]) == ("Completed", "2", "1")
    listed = etree.fromstring(old.call("GET", f"/job/{job['id']}/batch").content)
    assert [node.text for node in listed.iterfind(f".//{{{NAMESPACE}}}state")] == ["Completed"]
    closed = read(old.call("GET", f"/job/{job['id']}"))
    assert (closed["state"], closed["numberBatchesCompleted"], closed["numberRecordsFailed"]) == ("Closed", "1", "1")
    rows = list(csv.reader(io.StringIO(old.result(batch).text)))
    assert rows == [
        ["Id", "Success", "Created", "Error"],
        [org.rows("Lead")[0]["Id"], "true", "true", ""],
        ["", "false", "false", "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --"],
    ]


def test_a_csv_query_names_its_result(old: Old, lead: str) -> None:
    job = old.job(operation="query", object="Lead", contentType="CSV")
    batch = old.batch(job["id"], "SELECT Id, LastName, Owner.Name FROM Lead")
    assert old.wait(batch)["numberRecordsProcessed"] == "1"
    result_id = etree.fromstring(old.result(batch).content).findtext(f"{{{NAMESPACE}}}result")
    answer = old.result(batch, f"/{result_id}")
    assert list(csv.reader(io.StringIO(answer.text)))[1][:2] == [lead, "Doe"]
    nobody = old.batch(job["id"], "SELECT Id FROM Lead WHERE LastName = 'Nobody'")
    old.wait(nobody)
    result_id = etree.fromstring(old.result(nobody).content).findtext(f"{{{NAMESPACE}}}result")
    assert old.result(nobody, f"/{result_id}").text.strip() == "Records not found for this query"
    assert refused(old.result(nobody, "/752000000000000")) == "InvalidBatch"


def test_an_unknown_column_fails_the_batch_with_a_message(old: Old) -> None:
    job = old.job(operation="insert", object="Lead", contentType="CSV")
    failed = old.wait(old.batch(job["id"], "LastName,Nope__c\nA,B\n"))
    assert (failed["state"], failed["stateMessage"]) == ("Failed", "InvalidBatch : Field name not found : Nope__c")
    assert refused(old.result(failed)) == "InvalidBatch"
    assert old.wait(old.batch(job["id"], "LastName,Company\n"))["state"] == "Failed"


def test_an_aborted_job_leaves_what_is_queued(old: Old) -> None:
    old.api.service.jobs.seconds = 0.2
    job = old.job(operation="insert", object="Lead", contentType="CSV")
    batch = old.batch(job["id"], "LastName,Company\nA,B\n")
    assert refused(old.result(batch)) == "InvalidBatch"
    assert read(old.state(job["id"], "Aborted"))["state"] == "Aborted"
    time.sleep(0.3)
    assert old.wait(batch)["state"] == "NotProcessed"
    assert old.api.org.writes.count() == 0
    assert refused(old.state(job["id"], "Closed")) == "InvalidJobState"


def test_a_closed_job_takes_no_batch(old: Old) -> None:
    job = old.job(operation="insert", object="Lead", contentType="CSV")
    old.state(job["id"], "Closed")
    answer = old.call("POST", f"/job/{job['id']}/batch", "LastName,Company\nA,B\n", Content_Type="text/csv")
    assert refused(answer) == "InvalidJobState"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"object": "Nope"}, "InvalidEntity"), ({"operation": "hardDelete"}, "FeatureNotEnabled"),
        ({"operation": "merge"}, "InvalidJob"), ({"contentType": "XML"}, "InvalidJob"),
        ({"operation": "upsert"}, "InvalidJob"), ({"unknown": "1"}, "InvalidJob"),
        ({"operation": "upsert", "externalIdFieldName": "LastName"}, "InvalidJob"),
        ({"concurrencyMode": "Fast"}, "InvalidJob"),
    ],
)  # fmt: skip
def test_a_job_that_cannot_be_is_refused(old: Old, words: dict[str, str], code: str) -> None:
    given = {"operation": "insert", "object": "Lead", "contentType": "CSV", **words}
    assert refused(old.call("POST", "/job", job_document(**given))) == code


def test_what_is_not_there_or_not_understood_is_refused(old: Old) -> None:
    assert refused(old.call("POST", "/job", "no xml")) == "InvalidJob"
    assert refused(old.call("GET", "/job/750000000000000")) == "InvalidJob"
    assert refused(old.call("GET", "/nothing")) == "InvalidUrl"
    assert refused(old.call("DELETE", "/job"), 405) == "InvalidUrl"
    assert refused(old.call("POST", "/job", job_document(), X_SFDC_Session="")) == "InvalidSessionId"
    job = old.job(operation="insert", object="Lead", contentType="CSV")
    assert refused(old.call("GET", f"/job/{job['id']}/batch/751000000000000")) == "InvalidBatch"
    assert refused(old.call("POST", f"/job/{job['id']}/batch", "A,B", Content_Type="text/plain")) == "InvalidBatch"
    wrong = {**old.headers, "Sforce-Enable-PKChunking": "true"}
    answer = old.api.call("POST", f"{old.base}/job", data=job_document(), headers=wrong)
    assert refused(answer) == "FeatureNotEnabled"
    old.api.service.limits.leave(0)
    assert refused(old.call("GET", f"/job/{job['id']}")) == "ExceededQuota"
