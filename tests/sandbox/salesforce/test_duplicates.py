"""Duplicate rules: alert and block, by address and fuzzy."""

from collections.abc import Callable
from typing import Any

import pytest

from service_sandbox.salesforce import Org
from tests.sandbox.salesforce.conftest import Api

JANE = {"FirstName": "Jane", "LastName": "Doe", "Company": "Acme Ltd", "Email": "jane@acme.io"}
ALLOW_SAVE = {"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=false; runAsCurrentUser=true"}
RULE = {"name": "Standard_Lead_Duplicate_Rule", "object": "Lead", "match_object": "Contact"}


@pytest.fixture
def with_rule(make_org: Callable[..., Org], serve: Callable[[Org], Api]) -> Callable[..., Api]:
    """Returns a function that serves an org with one rule and one contact, Jane."""

    def start(**rule: str) -> Api:
        org = make_org(duplicate_rules=[{**RULE, **rule}])
        account = org.insert("Account", [{"Name": "ACME Limited"}])[0]
        org.insert("Contact", [{**{k: v for k, v in JANE.items() if k != "Company"}, "AccountId": account}])
        return serve(org)

    return start


def create(api: Api, headers: dict[str, str] | None = None, **fields: Any) -> Any:
    return api.post("/sobjects/Lead", {**JANE, **fields}, headers=headers or {})


def test_the_error_of_a_single_record_contains_the_matches(with_rule: Callable[..., Api]) -> None:
    api = with_rule()
    contact = api.org.rows("Contact")[0]["Id"]
    answer = create(api)
    assert answer.status_code == 400
    rejected = answer.json()[0]
    assert (rejected["errorCode"], rejected["message"]) == ("DUPLICATES_DETECTED", "Use one of these records?")
    result = rejected["duplicateResut"]
    assert (result["duplicateRule"], result["duplicateRuleEntityType"]) == ("Standard_Lead_Duplicate_Rule", "Lead")
    match = result["matchResults"][0]
    assert (match["entityType"], match["matchEngine"], match["size"]) == ("Contact", "FuzzyMatchEngine", 1)
    assert match["rule"] == "Standard_Contact_Match_Rule_v1_1"
    url = f"/services/data/v67.0/sobjects/Contact/{contact}"
    assert match["matchRecords"][0]["record"] == {"attributes": {"type": "Contact", "url": url}, "Id": contact}


def test_the_error_contains_all_fields_on_request(with_rule: Callable[..., Api]) -> None:
    answer = create(with_rule(), {"Sforce-Duplicate-Rule-Header": "includeRecordDetails=true"})
    record = answer.json()[0]["duplicateResut"]["matchResults"][0]["matchRecords"][0]["record"]
    assert record["Email"] == "jane@acme.io"


def test_the_error_in_a_collection_has_no_matches(with_rule: Callable[..., Api]) -> None:
    done = with_rule().collection("POST", "Lead", [JANE])
    assert done[0]["errors"] == [
        {"statusCode": "DUPLICATES_DETECTED", "message": "Use one of these records?", "fields": []}
    ]


def test_allow_save_overrides_an_alerting_rule(with_rule: Callable[..., Api]) -> None:
    api = with_rule()
    assert create(api, ALLOW_SAVE).status_code == 201
    assert api.collection("POST", "Lead", [JANE], headers=ALLOW_SAVE)[0]["success"]


def test_allow_save_does_not_override_a_blocking_rule(with_rule: Callable[..., Api]) -> None:
    api = with_rule(action="block", message="No, thanks")
    assert create(api, ALLOW_SAVE).json()[0]["message"] == "No, thanks"
    assert (
        api.collection("POST", "Lead", [JANE], headers=ALLOW_SAVE)[0]["errors"][0]["statusCode"]
        == "DUPLICATES_DETECTED"
    )


@pytest.mark.parametrize(
    ("fields", "match", "rejected"),
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
def test_match_methods(with_rule: Callable[..., Api], fields: dict[str, str], match: str, rejected: bool) -> None:
    assert (create(with_rule(match=match), **fields).status_code == 400) is rejected


def test_a_rule_runs_on_updates_of_compared_fields(with_rule: Callable[..., Api]) -> None:
    api = with_rule()
    lead = api.org.insert("Lead", [{**JANE, "LastName": "Smith"}])[0]
    assert api.patch(f"/sobjects/Lead/{lead}", {"Title": "CEO"}).status_code == 204
    assert api.patch(f"/sobjects/Lead/{lead}", {"LastName": "Doe"}).json()[0]["errorCode"] == "DUPLICATES_DETECTED"


def test_leads_are_compared_with_leads(with_rule: Callable[..., Api]) -> None:
    api = with_rule(match_object="Lead")
    assert create(api).status_code == 201
    assert create(api).json()[0]["duplicateResut"]["matchResults"][0]["entityType"] == "Lead"


def test_an_invalid_rule_is_rejected(make_org: Callable[..., Org]) -> None:
    with pytest.raises(ValueError, match="action must be alert or block"):
        make_org(duplicate_rules=[{**RULE, "action": "shout"}])
