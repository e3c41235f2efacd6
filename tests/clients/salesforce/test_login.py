"""Logging in: flows, the kept token, and refusals that tell no secret."""

from __future__ import annotations

import json
import stat

import pytest
import requests
from airflow.sdk import ObjectStoragePath
from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceGeneralError
from upath import UPath

from include.livestorm_salesforce.clients.http import GuardedSession
from include.livestorm_salesforce.clients.salesforce import Query, SalesforceClientHook
from include.livestorm_salesforce.clients.salesforce.login import by_provider
from include.livestorm_salesforce.clients.salesforce.token import Token, TokenCache
from include.livestorm_salesforce.errors import ConfigError, TransientError
from include.sandbox.salesforce.rights import Rights
from tests.clients.salesforce.canary import assert_no_canary
from tests.clients.salesforce.conftest import KEY, SECRET, TOKEN
from tests.clients.scripted import Answer, in_turn

READ = Query("SELECT Id FROM Lead")
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
    ("answer", "error", "told"),
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
def test_a_refused_login_says_what_to_fix(salesforce, answer, error, told):
    client, server, _ = salesforce(lambda asked: EMPTY, login=lambda asked: answer)
    with pytest.raises(error, match=told) as caught:
        client.execute([READ])
    assert len(server.asked) == (5 if error is TransientError else 2 if answer.status in (400, 401) else 1)
    assert_no_canary(caught.value)


def test_key_and_secret_go_as_form_fields_where_basic_authentication_is_refused(salesforce):
    def login(asked):
        if "authorization" in asked.headers:
            return Answer({"error": "invalid_client", "error_description": "x"}, 401)
        fields = dict(pair.split("=") for pair in asked.body.decode().split("&"))
        assert fields == {"grant_type": "client_credentials", "client_id": KEY, "client_secret": SECRET}
        return TOKEN

    client, server, _ = salesforce(lambda asked: EMPTY, login=login)
    assert client.execute([READ]) == [[]]
    assert len(server.asked) == 3


def test_every_token_in_use_is_masked_in_logs_the_kept_one_too(salesforce, monkeypatch, tmp_path):
    masked: list[str] = []
    monkeypatch.setattr("include.livestorm_salesforce.clients.salesforce.hook.mask_secret", masked.append)
    client, _, _ = salesforce(lambda asked: EMPTY)
    client.execute([READ])
    SalesforceClientHook().get_client(token_path=tmp_path / "token").execute([READ])
    assert masked == [TOKEN.body["access_token"]] * 2


def test_a_login_that_fails_for_now_is_repeated(salesforce):
    client, server, _ = salesforce(lambda asked: EMPTY, login=in_turn(Answer({}, 502), TOKEN))
    assert client.execute([READ]) == [[]]
    assert len(server.asked) == 3


def test_an_unknown_certificate_is_a_config_error(scripted, authority, hook_for, tmp_path):
    _, tls = authority
    server = scripted(lambda asked: TOKEN, tls=(tls.certificate, tls.key))
    client = hook_for(server.port).get_client(token_path=tmp_path / "token", sleep=lambda seconds: None)
    with pytest.raises(ConfigError, match="certificate could not be verified"):
        client.execute([READ])
    assert not server.asked


def test_the_environments_ca_bundle_is_used_and_the_connections_own_wins(scripted, authority, certificate, hook_for,
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
    "address", ["http://mycompany.my.salesforce.com", "https://user:canary@mycompany.my.salesforce.com"]
)
def test_an_address_that_is_not_plain_https_is_refused(monkeypatch, address, tmp_path):
    extra = {"instance_url": address, "consumer_key": KEY, "consumer_secret": SECRET}
    monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", json.dumps({"conn_type": "salesforce", "extra": extra}))
    client = SalesforceClientHook().get_client(token_path=tmp_path / "token")
    with pytest.raises(ConfigError, match="not a plain https") as caught:
        client.execute([READ])
    assert_no_canary(caught.value)


@pytest.mark.parametrize(("told", "version"), [(None, "67.0"), ("66.0", "66.0"), ("v65.0", "65.0"), ("64", "64.0")])
def test_the_api_version_is_the_connections_or_ours(hook_for, told, version):
    assert hook_for(1, **({"version": told} if told else {})).api_version == version


def test_a_version_that_is_none_is_a_config_error(hook_for):
    with pytest.raises(ConfigError, match="version"):
        hook_for(1, version="latest").get_client()


# ---------------------------------------------------------------------- the kept token


def test_the_kept_token_is_encrypted_private_and_readable_with_the_secret_only(tmp_path):
    path = tmp_path / "folder" / "token"
    token = Token("canary", "https://localhost")
    TokenCache("secret", "label", path).write(token)
    assert b"canary" not in path.read_bytes() and b"localhost" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert TokenCache("secret", "label", path).read() == token
    assert TokenCache("another", "label", path).read() is None
    assert TokenCache("secret", "other org", path).read() is None
    assert list(path.parent.iterdir()) == [path]


def test_a_damaged_file_or_a_folder_that_cannot_be_written_costs_a_login_only(tmp_path):
    path = tmp_path / "token"
    cache = TokenCache("secret", "label", path)
    path.write_bytes(b"damaged")
    assert cache.read() is None
    blocked = TokenCache("secret", "label", tmp_path / "token" / "below a file")
    blocked.write(Token("t", "https://x"))
    assert blocked.read() is None


def test_a_token_can_be_kept_where_airflow_keeps_objects(tmp_path):
    for path in (ObjectStoragePath(f"file://{tmp_path}/token"), UPath("memory://tokens/token")):
        TokenCache("secret", "label", path).write(Token("t", "https://x"))
        assert TokenCache("secret", "label", path).read() == Token("t", "https://x")
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600


def test_by_default_the_token_lies_in_a_folder_of_this_user_and_is_named_by_a_hash(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    TokenCache("secret", "label").write(Token("t", "https://x"))
    (folder,) = tmp_path.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (file,) = folder.iterdir()
    assert "label" not in file.name and "secret" not in file.name


def test_a_token_shows_nothing_of_itself():
    assert "canary" not in repr(Token("canary", "https://x"))


# ---------------------------------------------------------------------- the provider's flows


def test_a_session_id_given_by_hand_is_used_as_it_is_and_cannot_be_renewed(scripted, authority, monkeypatch):
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
    """The connection as the provider's own code gets it, for a given flow."""
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


def test_the_password_flow_logs_in_by_the_last_version_that_knows_soap(monkeypatch):
    asked = flow(monkeypatch, login="u", password="p", extra={"security_token": "t", "domain": "test"})
    assert (asked["username"], asked["password"], asked["security_token"], asked["domain"]) == ("u", "p", "t", "test")
    assert asked["version"] == "64.0" and isinstance(asked["session"], GuardedSession)


def test_the_jwt_flow_is_the_providers_with_our_version_and_without_its_proxies(monkeypatch):
    extra = {"consumer_key": "k", "private_key": "pem", "proxies": "http://user:canary@proxy:3128"}
    asked = flow(monkeypatch, login="u", extra=extra)
    assert (asked["consumer_key"], asked["privatekey"], asked["version"]) == ("k", "pem", "67.0")
    assert asked["proxies"] is None


def test_client_credentials_by_domain_stay_the_providers(monkeypatch):
    asked = flow(monkeypatch, extra={"domain": "acme.my", "consumer_key": "k", "consumer_secret": "s"})
    assert asked["domain"] == "acme.my"


def test_proxies_of_the_connection_go_to_the_session(monkeypatch):
    extra = {"proxies": '{"https": "http://proxy:3128"}'}
    monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", json.dumps({"conn_type": "salesforce", "extra": extra}))
    assert SalesforceClientHook()._guarded((1, 1), "x").proxies == {"https": "http://proxy:3128"}


@pytest.mark.parametrize(
    ("raised", "error"),
    [
        (SalesforceAuthenticationFailed("INVALID_LOGIN", "canary"), ConfigError),
        (SalesforceAuthenticationFailed(503, "<html>canary</html>"), TransientError),
        (SalesforceAuthenticationFailed(None, "canary"), ConfigError),
        (SalesforceGeneralError("https://canary", 500, "canary", "canary"), ConfigError),
        (requests.ConnectionError("canary"), TransientError),
        (TypeError("canary"), ConfigError),
        (ValueError("Could not deserialize key data canary"), ConfigError),
    ],
)
def test_exceptions_of_simple_salesforce_never_get_out(raised, error):
    def connect():
        raise raised

    with pytest.raises(error) as caught:
        by_provider(connect)
    assert_no_canary(caught.value)


def test_the_providers_own_methods_work_with_our_login(sandbox):
    sandbox.org.insert("Lead", [{"LastName": "Doe", "Company": "Acme"}])
    assert sandbox.hook.make_query("SELECT Id FROM Lead")["totalSize"] == 1
    assert sandbox.hook.get_conn().sf_version == "67.0"


# ---------------------------------------------------------------------- the Test button


def add_custom_fields(org) -> None:
    org.add_field("Campaign", "Livestorm_Session_Id__c", type="string", length=50, external_id=True, unique=True)
    org.add_field("CampaignMember", "Livestorm_Replay_Status__c", type="string", length=40)


def test_the_test_button_is_content_with_enough_rights(sandbox):
    add_custom_fields(sandbox.org)
    assert sandbox.hook.test_connection() == (
        True,
        "The login works and the user may write Leads, Contacts, Campaigns and members.",
    )
    assert "query" not in sandbox.calls


def test_the_test_button_mentions_fields_it_does_not_see(sandbox):
    ok, words = sandbox.hook.test_connection()
    assert ok and "Campaign has no field Livestorm_Session_Id__c" in words
    assert "CampaignMember has no field Livestorm_Replay_Status__c" in words


def test_the_test_button_names_the_missing_marketing_user(sandbox):
    limited = sandbox.org.users.add("limited@example.test", Rights(marketing_user=False))
    sandbox.org.users.apps[KEY].run_as = limited
    ok, words = sandbox.hook.test_connection()
    assert not ok and "Marketing User" in words and "Campaign" in words


def test_the_test_button_names_a_version_the_org_does_not_speak(hook_for, sandbox):
    ok, words = hook_for(sandbox.port, ca_bundle=str(sandbox.ca), version="99.0").test_connection()
    assert not ok and "not 99.0" in words


def test_the_test_button_names_a_right_that_is_missing_altogether(sandbox):
    every = {name: ["read", "create", "edit"] for name in ("Contact", "Campaign")}
    sandbox.org.users.apps[KEY].run_as = sandbox.org.users.add("no.leads@example.test", Rights(objects=every))
    ok, words = sandbox.hook.test_connection()
    assert not ok and "Lead is hidden" in words and "Contact" not in words


def test_the_test_button_tells_an_unknown_certificate_from_missing_rights(hook_for, sandbox):
    ok, words = hook_for(sandbox.port).test_connection()
    assert not ok and "certificate" in words and "hidden" not in words


def test_the_test_button_ignores_a_kept_token_and_reports_a_refused_login(sandbox):
    sandbox.client().describe("Lead")
    sandbox.org.users.apps[KEY].consumer_secret = "changed"
    ok, words = sandbox.hook.test_connection()
    assert not ok and "consumer secret" in words and SECRET not in words
