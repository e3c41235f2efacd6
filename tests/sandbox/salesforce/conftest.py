"""An org behind its own HTTPS server, and a client that is logged in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from service_sandbox.control.clock import Clock
from service_sandbox.salesforce import Org, create_app
from service_sandbox.salesforce.org.org_config import configure
from service_sandbox.salesforce.rest.service import RestApi
from service_sandbox.serving.certificates import ensure
from service_sandbox.serving.server import Server, Tls

KEY, SECRET = "consumer-key", "consumer-secret"


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 11, 23, 10, tzinfo=UTC))


@pytest.fixture
def make_org(clock: Clock) -> Iterator[Callable[..., Org]]:
    """Creates orgs; the arguments are settings of a seed file."""
    made = []

    def make(**settings: Any) -> Org:
        org = Org(None, clock)
        configure(org, settings)
        org.users.add_app(KEY, SECRET)
        made.append(org)
        return org

    yield make
    for org in made:
        org.close()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Tls]:
    """CA file and server certificate."""
    return ensure(tmp_path_factory.mktemp("tls"))


class Api:
    """A client of one org: paths below the API version, JSON in and out."""

    def __init__(self, service: RestApi, ca: Path) -> None:
        self.service, self.org, self.root = service, service.org, service.base_url
        self.http = requests.Session()
        self.http.verify, self.http.trust_env = str(ca), False
        self.base = f"{self.root}/services/data/v67.0"
        self.log_in()

    def token(self, **form: str) -> requests.Response:
        url = f"{self.root}/services/oauth2/token"
        return self.http.post(url, data=form, headers={"Authorization": ""}, timeout=10)

    def log_in(self) -> None:
        answer = self.token(grant_type="client_credentials", client_id=KEY, client_secret=SECRET)
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def call(self, method: str, path: str, **arguments: Any) -> requests.Response:
        if not path.startswith("http"):
            path = (self.root if path.startswith("/services") else self.base) + path
        return self.http.request(method, path, timeout=30, **arguments)

    def get(self, path: str, **arguments: Any) -> requests.Response:
        return self.call("GET", path, **arguments)

    def post(self, path: str, body: Any = None, **arguments: Any) -> requests.Response:
        return self.call("POST", path, json=body, **arguments)

    def patch(self, path: str, body: Any = None, **arguments: Any) -> requests.Response:
        return self.call("PATCH", path, json=body, **arguments)

    def delete(self, path: str, **arguments: Any) -> requests.Response:
        return self.call("DELETE", path, **arguments)

    def query(self, soql: str, **arguments: Any) -> Any:
        return self.get("/query", params={"q": soql}, **arguments).json()

    def query_error(self, soql: str) -> dict[str, Any]:
        answer = self.get("/query", params={"q": soql})
        assert answer.status_code == 400, answer.text
        return answer.json()[0]

    def records(self, soql: str) -> list[dict[str, Any]]:
        """Returns records without `attributes`."""
        return [{k: v for k, v in row.items() if k != "attributes"} for row in self.query(soql)["records"]]

    def collection(self, method: str, sobject: str, rows: list[dict[str, Any]], path: str = "", **more: Any) -> Any:
        records = [{"attributes": {"type": sobject}, **row} for row in rows]
        headers = more.pop("headers", {})
        answer = self.call(method, f"/composite/sobjects{path}", json={"records": records, **more}, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()


class Switch:
    """An ASGI application that forwards calls to `app`, so that one server serves all tests."""

    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def server(certificates: tuple[Path, Tls]) -> Iterator[tuple[Server, Switch]]:
    switch = Switch()
    server = Server(switch, tls=certificates[1])
    server.start()
    yield server, switch
    server.stop()


@pytest.fixture
def serve(
    clock: Clock, certificates: tuple[Path, Tls], server: tuple[Server, Switch]
) -> Iterator[Callable[[Org], Api]]:
    """Serves an org over HTTPS instead of the previous one; returns a client that is logged in."""
    services = []

    def start(org: Org) -> Api:
        app = create_app(org, clock, base_url=f"https://localhost:{server[0].port}")
        services.append(app.state.service)
        server[1].app = app
        return Api(app.state.service, certificates[0])

    yield start
    for service in services:
        service.jobs.close()


@pytest.fixture
def org(make_org: Callable[..., Org]) -> Org:
    """An org with default settings."""
    return make_org()


@pytest.fixture
def api(serve: Callable[[Org], Api], org: Org) -> Api:
    return serve(org)


@pytest.fixture
def campaign(org: Org) -> str:
    return org.insert("Campaign", [{"Name": "Webinar"}])[0]


@pytest.fixture
def lead(org: Org) -> str:
    return org.insert("Lead", [{"LastName": "Doe", "FirstName": "Jane", "Company": "Acme", "Email": "Jane@Acme.io"}])[0]


@pytest.fixture
def contact(org: Org) -> str:
    account = org.insert("Account", [{"Name": "Acme"}])[0]
    return org.insert("Contact", [{"LastName": "Roe", "Email": "rick@acme.io", "AccountId": account}])[0]
