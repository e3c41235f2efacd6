"""An independent client: simple-salesforce, directly and through the hook of the Airflow provider."""

import csv
import io
import json

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound

from tests.sandbox.salesforce.conftest import KEY, SECRET, Api


@pytest.fixture
def sf(api: Api, monkeypatch: pytest.MonkeyPatch) -> Salesforce:
    """A client that is logged in with a token."""
    session = requests.Session()
    session.verify = api.http.verify
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(api.http.verify))
    token = api.token(grant_type="client_credentials", client_id=KEY, client_secret=SECRET).json()["access_token"]
    return Salesforce(instance_url=api.root, session_id=token, session=session, version="67.0")


PERSON = {"LastName": "Doe", "Company": "Acme", "Email": "jane@acme.io"}


def test_records_are_created_read_changed_and_deleted(sf: Salesforce) -> None:
    made = sf.Lead.create(PERSON)
    assert made["success"] is True
    assert sf.Lead.get(made["id"])["Email"] == "jane@acme.io"
    assert sf.Lead.update(made["id"], {"Title": "CEO"}) == 204
    assert sf.query("SELECT Title FROM Lead")["records"][0]["Title"] == "CEO"
    assert sf.Lead.delete(made["id"]) == 204
    assert sf.query("SELECT COUNT() FROM Lead")["totalSize"] == 0


def test_upserts_by_external_id_respond_201_and_200(sf: Salesforce) -> None:
    assert sf.Campaign.upsert("Livestorm_Session_Id__c/a-1", {"Name": "One"}) == 201
    assert sf.Campaign.upsert("Livestorm_Session_Id__c/a-1", {"Name": "Two"}) == 200
    assert sf.Campaign.get_by_custom_id("Livestorm_Session_Id__c", "a-1")["Name"] == "Two"


def test_pages_are_followed(api: Api, sf: Salesforce) -> None:
    api.org.insert("Lead", [{"LastName": f"L{n}", "Company": "B"} for n in range(2500)])
    assert len(sf.query_all("SELECT Id FROM Lead")["records"]) == 2500
    assert sum(1 for _ in sf.query_all_iter("SELECT Id FROM Lead")) == 2500


def test_describe_and_limits_are_read(sf: Salesforce) -> None:
    assert {one["name"] for one in sf.describe()["sobjects"]} >= {"Lead", "Campaign"}
    assert sf.Lead.describe()["keyPrefix"] == "00Q"
    assert sf.limits()["DailyApiRequests"]["Max"] == 115_000
    assert sf.api_usage["api-usage"].total == 115_000


def test_bulk_2_inserts_and_queries(sf: Salesforce) -> None:
    done = sf.bulk2.Lead.insert(records=[PERSON, {"LastName": "Roe", "Company": "", "Email": "x@y.io"}], wait=0)
    assert [(one["numberRecordsProcessed"], one["numberRecordsFailed"]) for one in done] == [(2, 1)]
    failed = list(csv.DictReader(io.StringIO(sf.bulk2.Lead.get_failed_records(done[0]["job_id"]))))
    assert failed[0]["sf__Error"] == "REQUIRED_FIELD_MISSING:Required fields are missing: [Company]:Company--"
    # The client keeps the columns in a set: their order varies.
    unprocessed = sf.bulk2.Lead.get_unprocessed_records(done[0]["job_id"])
    assert sorted(next(csv.reader([unprocessed]))) == ["Company", "Email", "LastName"]
    pages = list(sf.bulk2.Lead.query("SELECT Id, Email FROM Lead", wait=0))
    assert len(pages) == 1
    assert "jane@acme.io" in pages[0]


def test_errors_are_raised_as_exceptions_of_the_client(sf: Salesforce) -> None:
    with pytest.raises(SalesforceMalformedRequest) as bad:
        sf.query("SELECT Nope FROM Lead")
    assert bad.value.content[0]["errorCode"] == "INVALID_FIELD"
    with pytest.raises(SalesforceMalformedRequest) as missing:
        sf.Lead.create({})
    assert missing.value.content[0]["fields"] == ["LastName", "Company"]
    with pytest.raises(SalesforceResourceNotFound) as gone:
        sf.Lead.get("00Q5j0000000099")
    assert gone.value.content[0]["errorCode"] == "NOT_FOUND"


def test_the_hook_of_the_provider_reads_the_org(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.models.connection import Connection
    from airflow.providers.salesforce.hooks.salesforce import SalesforceHook

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(api.http.verify))
    token = api.token(grant_type="client_credentials", client_id=KEY, client_secret=SECRET).json()["access_token"]
    extra = {"instance_url": api.root, "version": "67.0"}
    connection = Connection(conn_id="salesforce_test", conn_type="salesforce", extra=json.dumps(extra))
    hook = SalesforceHook(salesforce_conn_id="salesforce_test", session_id=token, session=requests.Session())
    monkeypatch.setattr(hook, "get_connection", lambda _: connection)
    api.org.insert("Lead", [PERSON])
    assert hook.make_query("SELECT Email FROM Lead")["totalSize"] == 1
    assert "Email" in hook.get_available_fields("Lead")
    answer = hook.get_object_from_salesforce("Lead", ["Id", "Email"])
    frame = hook.object_to_df(answer["records"])
    assert list(frame["email"]) == ["jane@acme.io"]
