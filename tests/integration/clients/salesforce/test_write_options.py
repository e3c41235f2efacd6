"""Write options: every combination of option, object, request and way of writing."""

from __future__ import annotations

import pytest

from livestorm_salesforce.clients.salesforce import Create, Delete, Query, Update, Upsert
from livestorm_salesforce.clients.salesforce.write_options import OPTIONS, WriteOptions
from service_sandbox.salesforce.org.duplicates import DuplicateRule
from service_sandbox.salesforce.org.policies import AssignmentRule
from tests.integration.clients.salesforce.scripted_answers import echo

OBJECTS = ("Lead", "Contact", "Campaign", "CampaignMember")
ID = "00Q000000000001AAA"
REQUESTS = {
    "create": lambda name: Create(name, [{"LastName": "x"}]),
    "update": lambda name: Update(name, [{"Id": ID, "LastName": "x"}]),
    "upsert": lambda name: Upsert(name, "Key__c", [{"Key__c": "1"}]),
    "delete": lambda name: Delete([ID]),
    "query": lambda name: Query(name, ["Id"]),
}


@pytest.mark.parametrize("allow_save", [False, True])
@pytest.mark.parametrize("auto_assign", [False, True])
@pytest.mark.parametrize("kind", REQUESTS)
@pytest.mark.parametrize("name", OBJECTS)
def test_each_option_goes_with_the_requests_it_applies_to(name, kind, auto_assign, allow_save):
    request = REQUESTS[kind](name)
    given = {"auto_assign": auto_assign, "duplicate_rule_allow_save": allow_save}
    options = WriteOptions(*(option for option, is_on in given.items() if is_on))
    saves = kind in ("create", "update", "upsert")
    assigns = auto_assign and (kind, name) == ("create", "Lead")
    expected = {"Sforce-Auto-Assign": "TRUE" if assigns else "FALSE"} if saves else {}
    if saves and allow_save:
        expected["Sforce-Duplicate-Rule-Header"] = "allowSave=true"
    assert options.headers(request) == expected
    assert options.admits_bulk(request) is not assigns
    assert options.retried_codes(request) == ({"DUPLICATES_DETECTED"} if saves and allow_save else set())


def test_every_option_of_the_client_is_declared(salesforce):
    assert {option.name for option in OPTIONS} == {"auto_assign", "duplicate_rule_allow_save"}


@pytest.mark.parametrize("auto_assign", [False, True])
def test_writes_with_different_headers_do_not_share_a_call(salesforce, auto_assign):
    client, server, _ = salesforce(echo, auto_assign=auto_assign)
    client.execute([REQUESTS["create"]("Lead"), REQUESTS["query"]("Lead"), REQUESTS["update"]("Lead")])
    _, *calls = server.asked
    sent = [call.headers.get("sforce-auto-assign") for call in calls]
    assert sent == (["TRUE", "FALSE"] if auto_assign else ["FALSE"])


def org_with_rule(sandbox) -> str:
    queue = sandbox.org.users.add_queue("Rule's queue")
    sandbox.org.policies.assignment = AssignmentRule(queue)
    return queue


@pytest.mark.parametrize("bulk_above", [2_000, 0], ids=["collections", "any number"])
def test_assignment_rules_run_for_new_leads_only_and_for_any_number(sandbox, bulk_above):
    (known,) = sandbox.org.insert("Lead", [{"LastName": "Known", "Company": "Acme"}])
    queue = org_with_rule(sandbox)
    owner = sandbox.org.rows("Lead")[0]["OwnerId"]
    client = sandbox.client(auto_assign=True, bulk_above=bulk_above)
    new = [{"LastName": f"n{number}", "Company": "Acme"} for number in range(3)]
    assert all(result.success for result in client.write(Create("Lead", new), match_on=("LastName",)))
    record_id = known["Id"] if isinstance(known, dict) else known
    assert client.write(Update("Lead", [{"Id": record_id, "Title": "CTO"}]))[0].success
    assert [row["OwnerId"] for row in sandbox.org.rows("Lead")] == [owner, queue, queue, queue]


def test_rows_that_a_bulk_job_rejects_as_duplicates_are_saved_by_collections(sandbox):
    sandbox.org.insert("Lead", [{"FirstName": "Ada", "LastName": "Adason", "Company": "Acme"}])
    sandbox.org.duplicates.add(DuplicateRule("Alerts", "Lead", "Lead", "alert"))
    rows = [{"FirstName": "Ada", "LastName": "Adason", "Company": "Acme"}, {"LastName": "New", "Company": "Acme"}]
    reported: dict[int, bool] = {}
    results = sandbox.client(bulk_above=0).write(
        Create("Lead", rows),
        match_on=("LastName",),
        on_rows=lambda _, found: reported.update({row: one.success for row, one in found.items()}),
    )
    assert [result.success for result in results] == [True, True] and reported == {0: True, 1: True}
