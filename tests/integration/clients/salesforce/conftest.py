"""Salesforce clients for two servers: the sandbox's org over HTTPS, and scripted responses."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from livestorm_salesforce.clients.salesforce import SalesforceClientHook
from service_sandbox.control.clock import Clock
from service_sandbox.salesforce import Org, create_app
from service_sandbox.serving.certificates import ensure
from service_sandbox.serving.server import Server
from tests.fake_clock import FakeClock, FastClock
from tests.integration.clients.scripted import Answer, Asked

KEY, SECRET = "consumer-key", "canary-consumer-secret"


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """CA file and server certificate for localhost."""
    return ensure(tmp_path_factory.mktemp("authority"))


def connection(port: int, **extra) -> str:
    """The connection as JSON, client credentials at a local port."""
    own = {"instance_url": f"https://localhost:{port}", "consumer_key": KEY, "consumer_secret": SECRET}
    return json.dumps({"conn_type": "salesforce", "extra": {**own, **extra}})


@pytest.fixture
def hook_for(monkeypatch, tmp_path):
    """Creates a hook for a port."""

    def make(port: int, **extra) -> SalesforceClientHook:
        monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", connection(port, **extra))
        return SalesforceClientHook()

    return make


@pytest.fixture
def sandbox(authority, hook_for, tmp_path):
    """An org behind HTTPS: `.org`, `.service`, `.client(**options)`, `.hook`, `.calls` (type of each call)."""
    ca, tls = authority
    org = Org(None, Clock())
    org.users.add_app(KEY, SECRET)
    app = create_app(org, org.clock)
    kinds: list[str] = []

    async def logged(scope, receive, send):
        if scope["type"] == "http":
            kinds.append(app.state.service.call_type(scope["method"], scope["path"]))
        await app(scope, receive, send)

    server = Server(logged, tls=tls)
    app.state.service.base_url = f"https://localhost:{server.port}"
    server.start()
    hook = hook_for(server.port, ca_bundle=str(ca))
    clock = FastClock()

    def client(**options):
        return hook.get_client(**{"token_path": tmp_path / "token", "clock": clock, **options})

    yield SimpleNamespace(
        org=org,
        service=app.state.service,
        client=client,
        hook=hook,
        calls=kinds,
        sleeps=clock.sleeps,
        port=server.port,
        ca=ca,
    )
    server.stop()


TOKEN = Answer({"access_token": "00D000000000001!AQ.first", "instance_url": "https://x", "token_type": "Bearer"})


@pytest.fixture
def salesforce(scripted, authority, hook_for, tmp_path):
    """Creates a client and its server: `client, server, sleeps = salesforce(respond)`. Logins succeed by default."""
    ca, tls = authority

    def make(respond, login=None, **options):
        def all_calls(asked: Asked) -> Answer:
            if asked.path == "/services/oauth2/token":
                return login(asked) if login else TOKEN
            return respond(asked)

        server = scripted(all_calls, tls=(tls.certificate, tls.key))
        hook = hook_for(server.port, ca_bundle=str(ca))
        clock = FakeClock()
        client = hook.get_client(**{"token_path": tmp_path / "token", "clock": clock, **options})
        return client, server, clock.sleeps

    return make
