"""The provider's login flows with our session, and the exceptions of simple-salesforce."""

from __future__ import annotations

import json
from types import SimpleNamespace
from xml.parsers.expat import ExpatError

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceGeneralError

from livestorm_salesforce.clients.http import GuardedSession
from livestorm_salesforce.clients.salesforce import Query, SalesforceClientHook
from livestorm_salesforce.clients.salesforce.auth import login_with_provider
from livestorm_salesforce.clients.salesforce.token import Token
from livestorm_salesforce.errors import ConfigError, TransientError
from tests.integration.clients.salesforce.canary import assert_no_canary
from tests.integration.clients.scripted import Answer, in_turn

READ = Query("Lead", ["Id"])
EMPTY = Answer({"totalSize": 0, "done": True, "records": []})


def test_a_session_id_is_used_and_cannot_be_renewed(scripted, authority, monkeypatch):
    ca, tls = authority
    answers = in_turn(EMPTY, Answer([{"errorCode": "INVALID_SESSION_ID", "message": "x"}], 401))
    server = scripted(answers, tls=(tls.certificate, tls.key))
    extra = {"instance_url": f"https://localhost:{server.port}", "ca_bundle": str(ca)}
    monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", json.dumps({"conn_type": "salesforce", "extra": extra}))
    client = SalesforceClientHook(session_id="AQ.first").get_client()
    assert client.execute([READ]) == [[]]
    assert server.asked[0].headers["authorization"] == "Bearer AQ.first"
    with pytest.raises(ConfigError, match="401") as caught:
        client.execute([READ])
    assert_no_canary(caught.value)


def flow(monkeypatch, **fields):
    """The connection that the provider's own code receives, for a flow."""
    monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", json.dumps({"conn_type": "salesforce", **fields}))
    asked: dict = {}

    class Conn:
        session_id, sf_instance = "AQ.first", "acme.my.salesforce.com"

        def __init__(self, **settings) -> None:
            asked.update(settings)

    monkeypatch.setattr("airflow.providers.salesforce.hooks.salesforce.Salesforce", Conn)
    hook = SalesforceClientHook()
    token = hook._log_in(GuardedSession())
    assert token == Token("AQ.first", "https://acme.my.salesforce.com")
    return asked


def test_the_password_flow_uses_the_last_version_with_soap(monkeypatch):
    asked = flow(monkeypatch, login="u", password="p", extra={"security_token": "t", "domain": "test"})
    assert (asked["username"], asked["password"], asked["security_token"], asked["domain"]) == ("u", "p", "t", "test")
    assert asked["version"] == "64.0" and isinstance(asked["session"], GuardedSession)


def test_the_jwt_flow_has_our_version_and_no_proxies(monkeypatch):
    extra = {"consumer_key": "k", "private_key": "pem", "proxies": "http://user:canary@proxy:3128"}
    asked = flow(monkeypatch, login="u", extra=extra)
    assert (asked["consumer_key"], asked["privatekey"], asked["version"]) == ("k", "pem", "67.0")
    assert asked["proxies"] is None


@pytest.fixture(scope="module")
def pem() -> str:
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
def by_jwt(monkeypatch):
    """Logs in by JWT with the real provider and simple-salesforce; `.asked`: addresses of the calls."""
    asked: list[str] = []

    def post(session, url, data=None, **options):
        asked.append(url)
        answer = requests.Response()
        answer.status_code = 200
        answer._content = b'{"access_token": "AQ.first", "instance_url": "https://acme.my.salesforce.com"}'
        return answer

    monkeypatch.setattr(GuardedSession, "post", post)

    def log_in(**extra):
        connection = {"conn_type": "salesforce", "login": "u", "extra": {"consumer_key": "k", **extra}}
        monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", json.dumps(connection))
        return SalesforceClientHook()._log_in(GuardedSession())

    return SimpleNamespace(log_in=log_in, asked=asked)


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ({"instance_url": "https://Acme.my.salesforce.com/"}, "acme.my"),
        ({"instance_url": "acme.my.salesforce.com"}, "acme.my"),
        ({"instance_url": "acme--dev.sandbox.my"}, "acme--dev.sandbox.my"),
        ({"extra__salesforce__instance_url": "https://acme.my.salesforce.com"}, "acme.my"),
        ({"domain": "test"}, "test"),
        ({}, "login"),
    ],
)
def test_a_jwt_login_uses_the_orgs_address_in_every_notation(by_jwt, pem, address, asked):
    assert by_jwt.log_in(private_key=pem, **address) == Token("AQ.first", "https://acme.my.salesforce.com")
    assert by_jwt.asked == [f"https://{asked}.salesforce.com/services/oauth2/token"]


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ({"private_key_file_path": "/nowhere/canary.pem"}, "private key file .* cannot be read"),
        ({"private_key_file_path": "/"}, "private key file .* cannot be read"),
        ({"private_key": "canary"}, "private key of the Salesforce connection is not valid"),
        ({"private_key": "canary", "instance_url": "https://canary.example"}, "ends in .salesforce.com"),
    ],
)
def test_an_impossible_jwt_login_names_the_remedy(by_jwt, extra, expected):
    with pytest.raises(ConfigError, match=expected) as caught:
        by_jwt.log_in(**extra)
    assert not by_jwt.asked
    assert_no_canary(caught.value)


def test_a_session_id_is_sent_to_an_org_given_as_a_host_name(monkeypatch):
    connection = {"conn_type": "salesforce", "extra": {"instance_url": "acme.my.salesforce.com"}}
    monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", json.dumps(connection))
    hook = SalesforceClientHook(session_id="AQ.first")
    assert hook._log_in(GuardedSession()) == Token("AQ.first", "https://acme.my.salesforce.com")


def test_a_soap_login_answered_with_a_page_is_retried(monkeypatch):
    page = requests.Response()
    page.status_code, page._content = 200, b"<html>canary<br></html>"
    monkeypatch.setattr(GuardedSession, "post", lambda session, *_, **options: page)
    connection = {"conn_type": "salesforce", "login": "u", "password": "p", "extra": {"security_token": "t"}}
    monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", json.dumps(connection))
    with pytest.raises(TransientError, match="no usable answer") as caught:
        SalesforceClientHook()._log_in(GuardedSession())
    assert_no_canary(caught.value)


def test_client_credentials_with_a_domain_use_the_providers_flow(monkeypatch):
    asked = flow(monkeypatch, extra={"domain": "acme.my", "consumer_key": "k", "consumer_secret": "s"})
    assert asked["domain"] == "acme.my"


def test_the_session_has_the_proxies_of_the_connection(monkeypatch):
    extra = {"proxies": '{"https": "http://proxy:3128"}'}
    monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", json.dumps({"conn_type": "salesforce", "extra": extra}))
    assert SalesforceClientHook()._make_session((1, 1)).proxies == {"https": "http://proxy:3128"}


@pytest.mark.parametrize(
    ("raised", "error"),
    [
        (SalesforceAuthenticationFailed("INVALID_LOGIN", "canary"), ConfigError),
        (SalesforceAuthenticationFailed(503, "<html>canary</html>"), TransientError),
        (SalesforceAuthenticationFailed(None, "canary"), ConfigError),
        (SalesforceAuthenticationFailed("INVALID AUTH", "canary"), ConfigError),
        (SalesforceGeneralError("https://canary", 500, "canary", "canary"), ConfigError),
        (SalesforceAuthenticationFailed(200, "<html>canary</html>"), TransientError),
        (ExpatError("canary"), TransientError),
        (jwt.InvalidKeyError("canary"), ConfigError),
        (FileNotFoundError(2, "canary", "/canary"), ConfigError),
        (requests.ConnectionError("canary"), TransientError),
        (TypeError("canary"), ConfigError),
        (ValueError("Could not deserialize key data canary"), ConfigError),
    ],
)
def test_exceptions_of_simple_salesforce_are_not_raised_or_chained(raised, error):
    def connect():
        raise raised

    with pytest.raises(error) as caught:
        login_with_provider(connect)
    assert_no_canary(caught.value)


def test_the_providers_own_methods_work_with_our_login(sandbox):
    sandbox.org.insert("Lead", [{"LastName": "Doe", "Company": "Acme"}])
    assert sandbox.hook.make_query("SELECT Id FROM Lead")["totalSize"] == 1
    assert sandbox.hook.get_conn().sf_version == "67.0"
