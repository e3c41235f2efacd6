"""Login flows, token cache, and rejected logins without secrets in their messages."""

from __future__ import annotations

import json
import os
import re

import pytest
import requests

from livestorm_salesforce.clients.salesforce import Query, SalesforceClientHook
from livestorm_salesforce.clients.salesforce.auth import parse_instance_url
from livestorm_salesforce.errors import ConfigError, TransientError
from tests.fake_clock import FakeClock
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


def test_an_unknown_certificate_is_a_config_error(scripted, authority, hook_for, tmp_path):
    _, tls = authority
    server = scripted(lambda asked: TOKEN, tls=(tls.certificate, tls.key))
    client = hook_for(server.port).get_client(token_path=tmp_path / "token", clock=FakeClock())
    with pytest.raises(ConfigError, match="certificate could not be verified"):
        client.execute([READ])
    assert not server.asked


def test_the_connections_ca_bundle_overrides_that_of_the_environment(scripted, authority, certificate, hook_for,
                                                                         tmp_path, monkeypatch):  # fmt: skip
    ca, tls = authority

    def respond(asked):
        return TOKEN if asked.path.endswith("token") else EMPTY

    server = scripted(respond, tls=(tls.certificate, tls.key))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(ca))
    assert hook_for(server.port).get_client(token_path=tmp_path / "one").execute([READ]) == [[]]
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate[0])
    own = hook_for(server.port, ca_bundle=str(ca))
    assert own.get_client(token_path=tmp_path / "two").execute([READ]) == [[]]


def test_a_ca_bundle_that_does_not_exist_is_a_config_error(hook_for, tmp_path):
    client = hook_for(1, ca_bundle=str(tmp_path / "none.pem")).get_client(token_path=tmp_path / "token")
    with pytest.raises(ConfigError, match="CA bundle file does not exist"):
        client.execute([READ])


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://Acme.my.salesforce.com/", "https://acme.my.salesforce.com"),
        ("acme.my.salesforce.com", "https://acme.my.salesforce.com"),
        (" localhost:8443/ ", "https://localhost:8443"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://127.0.0.2:8080", "http://127.0.0.2:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("not an address", None),
        ("", None),
        (None, None),
    ],
)
def test_the_orgs_address_may_be_given_as_a_host_name(address, expected):
    assert parse_instance_url(address) == expected


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


@pytest.mark.parametrize(
    "address",
    [
        "http://mycompany.my.salesforce.com",
        "https://user:canary@mycompany.my.salesforce.com",
        "http://localhost.canary.test",
        "http://127.0.0.1.canary.test:8080",
        "http://localhost@canary.test",
        "http://@localhost",
        "http://192.168.0.1",
        "http://0.0.0.0",
        "ftp://localhost",
    ],
)
def test_an_address_that_is_not_plain_https_is_a_config_error(monkeypatch, address, tmp_path):
    extra = {"instance_url": address, "consumer_key": KEY, "consumer_secret": SECRET}
    monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", json.dumps({"conn_type": "salesforce", "extra": extra}))
    client = SalesforceClientHook().get_client(token_path=tmp_path / "token")
    with pytest.raises(ConfigError, match="not a plain https") as caught:
        client.execute([READ])
    assert_no_canary(caught.value)


@pytest.mark.parametrize(("extra", "version"), [(None, "67.0"), ("66.0", "66.0"), ("v65.0", "65.0"), ("64", "64.0")])
def test_the_api_version_is_that_of_the_connection_or_the_default(hook_for, extra, version):
    assert hook_for(1, **({"version": extra} if extra else {})).api_version == version


def test_http_to_this_machine_is_allowed_and_bypasses_proxies(scripted, hook_for, monkeypatch, tmp_path):
    server = scripted(lambda asked: TOKEN if asked.path.endswith("token") else EMPTY)
    proxy = scripted(lambda asked: EMPTY)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    hook = hook_for(server.port, instance_url=f"http://127.0.0.1:{server.port}")
    assert hook.get_client(token_path=tmp_path / "token").execute([READ]) == [[]]
    assert len(server.asked) == 2 and not proxy.asked


def test_an_invalid_version_is_a_config_error(hook_for):
    with pytest.raises(ConfigError, match="version"):
        hook_for(1, version="latest").get_client()
