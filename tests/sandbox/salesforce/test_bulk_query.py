"""Bulk API 2.0: query jobs and their results."""

import csv
import io
from typing import Any

import pytest

from service_sandbox.salesforce import Org
from tests.sandbox.salesforce.bulk_jobs import wait
from tests.sandbox.salesforce.conftest import Api


def query(api: Api, soql: str, operation: str = "query", **settings: str) -> dict[str, Any]:
    answer = api.post("/jobs/query", {"operation": operation, "query": soql, **settings})
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "UploadComplete"
    return wait(api, f"/jobs/query/{answer.json()['id']}")


def test_results_of_a_query_are_read_in_parts(api: Api, org: Org) -> None:
    org.insert("Lead", [{"LastName": f"L{n}", "Company": 'A "B", C'} for n in range(5)])
    job = query(api, "SELECT LastName, Company, IsConverted, Owner.Name, City FROM Lead ORDER BY LastName")
    assert (job["state"], job["numberRecordsProcessed"], job["jobType"]) == ("JobComplete", 5, "V2Query")
    rows, locator = [], "0"
    while locator != "null":
        where = "" if locator == "0" else f"&locator={locator}"
        answer = api.get(f"/jobs/query/{job['id']}/results?maxRecords=2{where}")
        part = list(csv.DictReader(io.StringIO(answer.text)))
        assert answer.headers["Sforce-NumberOfRecords"] == str(len(part))
        rows += part
        locator = answer.headers["Sforce-Locator"]
    assert [row["LastName"] for row in rows] == [f"L{n}" for n in range(5)]
    assert rows[0] == {
        "LastName": "L0",
        "Company": 'A "B", C',
        "IsConverted": "false",
        "Owner.Name": "Sand Box",
        "City": "",
    }


def test_query_all_includes_deleted_records(api: Api, lead: str) -> None:
    api.org.delete(lead)
    assert query(api, "SELECT Id FROM Lead")["numberRecordsProcessed"] == 0
    assert query(api, "SELECT Id FROM Lead", "queryAll")["numberRecordsProcessed"] == 1


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT COUNT() FROM Lead",
        "SELECT Email, COUNT(Id) FROM Lead GROUP BY Email",
        "SELECT Id FROM Lead OFFSET 5",
        "SELECT Address FROM Lead",
        "SELECT Nope FROM Lead",
        "SELECT Id FROM",
        "SELECT Id, (SELECT Id FROM CampaignMembers) FROM Lead",
    ],
)
def test_an_unsupported_query_is_rejected_at_once(api: Api, soql: str) -> None:
    answer = api.post("/jobs/query", {"operation": "query", "query": soql})
    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] in ("API_ERROR", "INVALID_FIELD", "MALFORMED_QUERY")
