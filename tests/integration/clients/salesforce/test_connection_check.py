"""The messages of the *Test* button."""

from __future__ import annotations

from service_sandbox.salesforce.org.rights import Rights
from tests.integration.clients.salesforce.conftest import KEY, SECRET


def add_custom_fields(org) -> None:
    org.add_field("Campaign", "Livestorm_Session_Id__c", type="string", length=50, external_id=True, unique=True)
    org.add_field("CampaignMember", "Livestorm_Replay_Status__c", type="string", length=40)


def test_the_test_button_accepts_sufficient_permissions(sandbox):
    add_custom_fields(sandbox.org)
    assert sandbox.hook.test_connection() == (
        True,
        "The login works and the user may write Leads, Contacts, Campaigns and members.",
    )
    assert "query" not in sandbox.calls


def test_the_test_button_mentions_hidden_fields(sandbox):
    ok, words = sandbox.hook.test_connection()
    assert ok and "Campaign has no field Livestorm_Session_Id__c" in words
    assert "CampaignMember has no field Livestorm_Replay_Status__c" in words


def test_the_test_button_names_the_missing_marketing_user(sandbox):
    limited = sandbox.org.users.add("limited@example.test", Rights(marketing_user=False))
    sandbox.org.users.apps[KEY].run_as = limited
    ok, words = sandbox.hook.test_connection()
    assert not ok and "Marketing User" in words and "Campaign" in words


def test_the_test_button_names_an_unsupported_version(hook_for, sandbox):
    ok, words = hook_for(sandbox.port, ca_bundle=str(sandbox.ca), version="99.0").test_connection()
    assert not ok and "not 99.0" in words


def test_the_test_button_names_a_missing_permission(sandbox):
    every = {name: ["read", "create", "edit"] for name in ("Contact", "Campaign")}
    sandbox.org.users.apps[KEY].run_as = sandbox.org.users.add("no.leads@example.test", Rights(objects=every))
    ok, words = sandbox.hook.test_connection()
    assert not ok and "Lead is hidden" in words and "Contact" not in words


def test_the_test_button_distinguishes_an_unknown_certificate_from_missing_permissions(hook_for, sandbox):
    ok, words = hook_for(sandbox.port).test_connection()
    assert not ok and "certificate" in words and "hidden" not in words


def test_the_test_button_ignores_a_stored_token_and_reports_a_rejected_login(sandbox):
    sandbox.client().describe_all(["Lead"])
    sandbox.org.users.apps[KEY].consumer_secret = "changed"
    ok, words = sandbox.hook.test_connection()
    assert not ok and "consumer secret" in words and SECRET not in words
