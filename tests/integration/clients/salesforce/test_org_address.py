"""The org's address, its certificate and the API version."""

from __future__ import annotations

import json

import pytest

from livestorm_salesforce.clients.salesforce import Query, SalesforceClientHook
from livestorm_salesforce.clients.salesforce.auth import parse_instance_url
from livestorm_salesforce.errors import ConfigError
from tests.fake_clock import FakeClock
from tests.integration.clients.salesforce.canary import assert_no_canary
from tests.integration.clients.salesforce.conftest import KEY, SECRET, TOKEN
from tests.integration.clients.scripted import Answer

READ = Query("Lead", ["Id"])
EMPTY = Answer({"totalSize": 0, "done": True, "records": []})


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
