"""Duplicate rules: alert and block, by address and fuzzy."""

from collections.abc import Callable
from typing import Any

import pytest

from service_sandbox.salesforce import Org
from tests.sandbox.salesforce.conftest import Api

JANE = {"FirstName": "Jane", "LastName": "Doe", "Company": "Acme Ltd", "Email": "jane@acme.io"}
PASS = {"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=false; runAsCurrentUser=true"}
RULE = {"name": "Standard_Lead_Duplicate_Rule", "object": "Lead", "match_object": "Contact"}


@pytest.fixture
def guarded(make_org: Callable[..., Org], serve: Callable[[Org], Api]) -> Callable[..., Api]:
    """An org with one rule and Jane as a contact."""

    def start(**rule: str) -> Api:
        org = make_org(duplicate_rules=[{**RULE, **rule}])
        account = org.insert("Account", [{"Name": "ACME Limited"}])[0]
        org.insert("Contact", [{**{k: v for k, v in JANE.items() if k != "Company"}, "AccountId": account}])
        return serve(org)

    return start


def create(api: Api, headers: dict[str, str] | None = None, **fields: Any) -> Any:
    return api.post("/sobjects/Lead", {**JANE, **fields}, headers=headers or {})


def test_a_single_record_s_refusal_shows_the_matches_under_a_misspelt_key(guarded: Callable[..., Api]) -> None:
    api = guarded()
    contact = api.org.rows("Contact")[0]["Id"]
    answer = create(api)
    assert answer.status_code == 400
    refused = answer.json()[0]
    assert (refused["errorCode"], refused["message"]) == ("DUPLICATES_DETECTED", "Use one of these records?")
    result = refused["duplicateResut"]
    assert (result["duplicateRule"], result["duplicateRuleEntityType"]) == ("Standard_Lead_Duplicate_Rule", "Lead")
    match = result["matchResults"][0]
    assert (match["entityType"], match["matchEngine"], match["size"]) == ("Contact", "FuzzyMatchEngine", 1)
    assert match["rule"] == "Standard_Contact_Match_Rule_v1_1"
    url = f"/services/data/v67.0/sobjects/Contact/{contact}"
    assert match["matchRecords"][0]["record"] == {"attributes": {"type": "Contact", "url": url}, "Id": contact}


def test_details_are_shown_if_asked_for(guarded: Callable[..., Api]) -> None:
    answer = create(guarded(), {"Sforce-Duplicate-Rule-Header": "includeRecordDetails=true"})
    record = answer.json()[0]["duplicateResut"]["matchResults"][0]["matchRecords"][0]["record"]
    assert record["Email"] == "jane@acme.io"


def test_a_collection_s_refusal_is_short(guarded: Callable[..., Api]) -> None:
    done = guarded().collection("POST", "Lead", [JANE])
    assert done[0]["errors"] == [
        {"statusCode": "DUPLICATES_DETECTED", "message": "Use one of these records?", "fields": []}
    ]


def test_the_header_passes_an_alerting_rule(guarded: Callable[..., Api]) -> None:
    api = guarded()
    assert create(api, PASS).status_code == 201
    assert api.collection("POST", "Lead", [JANE], headers=PASS)[0]["success"]


def test_nothing_passes_a_blocking_rule(guarded: Callable[..., Api]) -> None:
    api = guarded(action="block", message="No, thanks")
    assert create(api, PASS).json()[0]["message"] == "No, thanks"
    assert api.collection("POST", "Lead", [JANE], headers=PASS)[0]["errors"][0]["statusCode"] == "DUPLICATES_DETECTED"


@pytest.mark.parametrize(
    ("fields", "match", "refused"),
    [
        ({"Email": "other@x.io"}, "fuzzy", True),
        ({"Email": "other@x.io", "FirstName": "Janet"}, "fuzzy", True),
        ({"Email": "other@x.io", "Company": "Umbrella"}, "fuzzy", False),
        ({"Email": "other@x.io", "FirstName": "Robert"}, "fuzzy", False),
        ({"LastName": "Smith"}, "fuzzy", False),
        ({"LastName": "Smith", "Email": "JANE@acme.io"}, "email", True),
        ({"Email": "other@x.io"}, "email", False),
    ],
)
def test_what_looks_alike(guarded: Callable[..., Api], fields: dict[str, str], match: str, refused: bool) -> None:
    assert (create(guarded(match=match), **fields).status_code == 400) is refused


def test_a_rule_runs_on_updates_of_what_it_looks_at(guarded: Callable[..., Api]) -> None:
    api = guarded()
    lead = api.org.insert("Lead", [{**JANE, "LastName": "Smith"}])[0]
    assert api.patch(f"/sobjects/Lead/{lead}", {"Title": "CEO"}).status_code == 204
    assert api.patch(f"/sobjects/Lead/{lead}", {"LastName": "Doe"}).json()[0]["errorCode"] == "DUPLICATES_DETECTED"


def test_leads_are_compared_among_themselves_too(guarded: Callable[..., Api]) -> None:
    api = guarded(match_object="Lead")
    assert create(api).status_code == 201
    assert create(api).json()[0]["duplicateResut"]["matchResults"][0]["entityType"] == "Lead"


def test_a_rule_that_cannot_be_is_refused(make_org: Callable[..., Org]) -> None:
    with pytest.raises(ValueError, match="action must be alert or block"):
        make_org(duplicate_rules=[{**RULE, "action": "shout"}])
