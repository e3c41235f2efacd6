"""Login flows, token cache, and rejected logins without secrets in their messages."""

from __future__ import annotations

import json
import os
import re

import pytest
import requests

from livestorm_salesforce.clients.salesforce import Query, SalesforceClientHook
from livestorm_salesforce.errors import ConfigError, TransientError
from tests.integration.clients.salesforce.canary import assert_no_canary
from tests.integration.clients.salesforce.conftest import KEY, SECRET, TOKEN
from tests.integration.clients.scripted import Answer, in_turn

READ = Query("Lead", ["Id"])
EMPTY = Answer({"totalSize": 0, "done": True, "records": []})


def test_the_token_is_fetched_by_client_credentials_from_the_orgs_own_address(salesforce):
    client, server, _ = salesforce(lambda asked: EMPTY)
    client.execute([READ])
    login, read = server.asked
    assert login.path == "/services/oauth2/token" and login.body == b"grant_type=client_credentials"
    assert login.headers["authorization"] == requests.auth._basic_auth_str(KEY, SECRET)
    assert read.headers["authorization"] == f"Bearer {TOKEN.body['access_token']}"
    assert client.calls == 2


@pytest.mark.parametrize(
    ("answer", "error", "expected"),
    [
        (Answer({"error": "invalid_client", "error_description": "canary"}, 400), ConfigError, "consumer secret"),
        (Answer({"error": "invalid_client_id", "error_description": "canary"}, 401), ConfigError, "consumer key"),
        (Answer({"error": "canary canary@x.test", "error_description": "c"}, 400), ConfigError, "HTTP 400"),
        (Answer(b"<html>canary</html>", 404), ConfigError, "404"),
        (Answer({}, 302, headers={"Location": "https://canary.test"}), ConfigError, "My Domain"),
        (Answer(b"<html>canary</html>", 503), TransientError, "503"),
        (Answer(b"<html>canary</html>"), TransientError, "no usable answer"),
        (Answer({"instance_url": "https://canary"}), ConfigError, "refused the login"),
    ],
)
def test_a_rejected_login_names_the_remedy(salesforce, answer, error, expected):
    client, server, _ = salesforce(lambda asked: EMPTY, login=lambda asked: answer)
    with pytest.raises(error, match=expected) as caught:
        client.execute([READ])
    assert len(server.asked) == (5 if error is TransientError else 2 if answer.status in (400, 401) else 1)
    assert_no_canary(caught.value)


@pytest.mark.parametrize(
    ("code", "description", "expected"),
    [
        ("invalid_grant", "no client credentials user enabled", "run-as user"),
        ("invalid_grant", "request not supported on this domain", "My Domain"),
        ("invalid_grant", "user is not admin approved to access this app", "permission set or profile"),
        ("invalid_app_access", "user is not admin approved to access this app", "permission set or profile"),
        ("invalid_grant", "No valid scopes defined", "Manage user data via APIs"),
        ("INVALID_GRANT", None, "set its run-as user"),
        ("Invalid_Client", ["unknown"], "consumer key and consumer secret"),
        ("invalid_grant", "authentication failure", "password and security token"),
        ("invalid_grant", "ip restricted", "IP restrictions"),
        ("invalid_grant", "inactive user", "activate the integration user"),
        ("invalid_grant", "inactive organization", "locked or has expired"),
        ("invalid_app_access", "canary", "policies admit this user"),
        ("invalid_grant", "canary", "client-credentials flow of the app"),
        ("invalid_client_id", "client identifier invalid", "check the consumer key"),
        ("invalid_grant", "user hasn\u2019t approved this consumer", "pre-authorize the integration user"),
        ("invalid_grant", "invalid login hours", "admit the hours of the runs"),
        ("OAUTH_EC_APP_NOT_FOUND", "External client app is not installed in this org", "install the app in this org"),
        ("OAUTH_APP_BLOCKED", "this app is blocked by admin", "unblock the app"),
    ],
)
def test_each_cause_of_a_rejected_login_has_its_own_remedy(salesforce, code, description, expected):
    answer = Answer({"error": code, "error_description": description}, 400)
    client, _, _ = salesforce(lambda asked: EMPTY, login=lambda asked: answer)
    with pytest.raises(ConfigError, match="Remedy: .*" + re.escape(expected)) as caught:
        client.execute([READ])
    assert code in str(caught.value)
    assert_no_canary(caught.value)


def test_the_cause_is_reported_though_the_server_rejects_basic_authentication(salesforce):
    def login(asked):
        if "authorization" in asked.headers:
            return Answer({"error": "invalid_client", "error_description": "invalid client credentials"}, 400)
        return Answer({"error": "invalid_grant", "error_description": "no client credentials user enabled"}, 400)

    client, _, _ = salesforce(lambda asked: EMPTY, login=login)
    with pytest.raises(ConfigError, match="run-as user"):
        client.execute([READ])


@pytest.mark.parametrize(
    ("code", "description"),
    [
        ("invalid_grant", "login rate exceeded"),
        ("unknown_error", "retry your request"),
        ("server_error", None),
        ("temporarily_unavailable", None),
    ],
)
def test_a_login_that_may_succeed_later_is_retried(salesforce, code, description):
    exceeded = Answer({"error": code, "error_description": description}, 400)
    client, server, _ = salesforce(lambda asked: EMPTY, login=in_turn(exceeded, TOKEN))
    assert client.execute([READ]) == [[]]
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    "address",
    [
        "https://login.salesforce.com",
        "test.salesforce.com",
        "https://Login.Salesforce.com:443/",
        "login.salesforce.com/",
        "https://welcome.salesforce.com",
        "https://acme.lightning.force.com/lightning/setup/SetupOneHome/home",
        "acme--dev.sandbox.my.salesforce-setup.com",
    ],
)
def test_a_host_that_is_not_the_api_of_an_org_is_rejected_before_a_request(monkeypatch, address, tmp_path):
    extra = {"instance_url": address, "consumer_key": KEY, "consumer_secret": SECRET}
    monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", json.dumps({"conn_type": "salesforce", "extra": extra}))
    client = SalesforceClientHook().get_client(token_path=tmp_path / "token")
    with pytest.raises(ConfigError, match="My Domain"):
        client.execute([READ])
    assert client.calls == 0


def test_key_and_secret_are_sent_as_form_fields_after_basic_authentication_is_rejected(salesforce):
    def login(asked):
        if "authorization" in asked.headers:
            return Answer({"error": "invalid_client", "error_description": "x"}, 401)
        fields = dict(pair.split("=") for pair in asked.body.decode().split("&"))
        assert fields == {"grant_type": "client_credentials", "client_id": KEY, "client_secret": SECRET}
        return TOKEN

    client, server, _ = salesforce(lambda asked: EMPTY, login=login)
    assert client.execute([READ]) == [[]]
    assert len(server.asked) == 3


def test_new_and_stored_tokens_are_masked_in_logs(salesforce, monkeypatch, tmp_path):
    masked: list[str] = []
    monkeypatch.setattr("livestorm_salesforce.clients.salesforce.hook.mask_secret", masked.append)
    client, _, _ = salesforce(lambda asked: EMPTY)
    client.execute([READ])
    SalesforceClientHook().get_client(token_path=tmp_path / "token").execute([READ])
    assert masked == [TOKEN.body["access_token"]] * 2


def test_a_login_with_a_transient_failure_is_retried(salesforce):
    client, server, _ = salesforce(lambda asked: EMPTY, login=in_turn(Answer({}, 502), TOKEN))
    assert client.execute([READ]) == [[]]
    assert len(server.asked) == 3


def test_a_user_name_without_a_password_keeps_the_client_credentials_flow(salesforce, monkeypatch, tmp_path):
    _, server, _ = salesforce(lambda asked: EMPTY)
    connection = json.loads(os.environ["AIRFLOW_CONN_SALESFORCE_DEFAULT"]) | {"login": "integration"}
    monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", json.dumps(connection))
    assert SalesforceClientHook().get_client(token_path=tmp_path / "other").execute([READ]) == [[]]
    assert server.asked[0].body == b"grant_type=client_credentials"


def test_an_incomplete_login_is_a_config_error_without_a_request(monkeypatch, tmp_path):
    for extra in ({"consumer_key": KEY}, {"consumer_secret": SECRET}, {}):
        monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", json.dumps({"conn_type": "salesforce", "extra": extra}))
        with pytest.raises(ConfigError, match="instance_url, consumer_key and consumer_secret") as caught:
            SalesforceClientHook().get_client(token_path=tmp_path / "token").execute([READ])
        assert_no_canary(caught.value)
