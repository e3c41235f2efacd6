"""Orgs with record types that restrict picklists, and with several currencies."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service_sandbox.salesforce import Org
from service_sandbox.salesforce.org.record_types import MASTER
from tests.sandbox.salesforce.conftest import Api

Make = Callable[..., Org]
Serve = Callable[[Org], Api]
PARTNER = {"object": "Lead", "name": "Partner", "default": True, "picklists": {"LeadSource": ["Web", "Other"]}}
RETAIL = {"object": "Lead", "name": "Retail", "picklists": {"LeadSource": ["Purchased List"]}}
LEAD = {"LastName": "Doe", "Company": "Acme"}


@pytest.fixture
def api(make_org: Make, serve: Serve) -> Api:
    return serve(make_org(record_types=[PARTNER, RETAIL]))


def types(api: Api) -> dict[str, str]:
    infos = api.get("/sobjects/Lead/describe").json()["recordTypeInfos"]
    return {one["name"]: one["recordTypeId"] for one in infos}


def test_new_records_have_the_default_type_and_only_its_values(api: Api) -> None:
    assert api.post("/sobjects/Lead", {**LEAD, "LeadSource": "Web"}).status_code == 201
    assert api.records("SELECT RecordTypeId FROM Lead") == [{"RecordTypeId": types(api)["Partner"]}]
    answer = api.post("/sobjects/Lead", {**LEAD, "LeadSource": "Purchased List"})
    assert answer.json() == [{
        "message": "Lead Source: bad value for restricted picklist field: Purchased List",
        "errorCode": "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "fields": [],
    }]  # fmt: skip


def test_a_record_may_name_its_type(api: Api) -> None:
    body = {**LEAD, "LeadSource": "Purchased List", "RecordTypeId": types(api)["Retail"]}
    record = api.post("/sobjects/Lead", body).json()["id"]
    answer = api.patch(f"/sobjects/Lead/{record}", {"LeadSource": "Web"})
    assert answer.json()[0]["errorCode"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert api.post("/sobjects/Lead", {**body, "RecordTypeId": MASTER}).status_code == 201


def test_an_unknown_type_is_rejected(api: Api) -> None:
    answer = api.post("/sobjects/Lead", {**LEAD, "RecordTypeId": "012E00000000001AAA"})
    assert answer.json()[0]["errorCode"] == "INVALID_CROSS_REFERENCE_KEY"


def test_describe_lists_all_values_and_types(api: Api) -> None:
    described = api.get("/sobjects/Lead/describe").json()
    (source,) = [one for one in described["fields"] if one["name"] == "LeadSource"]
    assert "Purchased List" in [one["value"] for one in source["picklistValues"]]
    assert source["restrictedPicklist"]
    assert {one["name"]: one["defaultRecordTypeMapping"] for one in described["recordTypeInfos"]} == {
        "Partner": True, "Retail": False, "Master": False,
    }  # fmt: skip


def test_records_have_a_currency(make_org: Make, serve: Serve) -> None:
    api = serve(make_org(currencies=["EUR", "USD"]))
    for body in (LEAD, {**LEAD, "CurrencyIsoCode": "USD"}):
        assert api.post("/sobjects/Lead", body).status_code == 201
    assert [row["CurrencyIsoCode"] for row in api.records("SELECT CurrencyIsoCode FROM Lead ORDER BY Id")] == [
        "EUR",
        "USD",
    ]
    answer = api.post("/sobjects/Lead", {**LEAD, "CurrencyIsoCode": "XYZ"})
    assert answer.json()[0]["errorCode"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
