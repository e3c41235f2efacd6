"""A service that sends one byte every two seconds ends a run with an error within the limit of its requests (C3)."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from livestorm_salesforce.errors import TransientError
from livestorm_salesforce.runs.options import Limits
from tests.harness.stalling_relay import StallingRelay
from tests.harness.webinar import Webinar
from tests.harness.world import Unlimited

#: Seconds to connect and to wait for a byte; a whole request may take twice their sum.
TIMEOUT = (1.0, 1.0)
ATTEMPTS = 2
LIMIT = 2 * sum(TIMEOUT)
PLACES = {
    "livestorm": ("AIRFLOW_CONN_LIVESTORM_DEFAULT", "host"),
    "salesforce": ("AIRFLOW_CONN_SALESFORCE_DEFAULT", ""),
}


@pytest.fixture
def relays(webinar: Webinar, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, StallingRelay]]:
    """A relay before each service; the product's limits are a hundredth of the usual ones."""
    made = {}
    for service, (variable, _) in PLACES.items():
        connection = json.loads(os.environ[variable])
        holder, key = (connection, "host") if service == "livestorm" else (connection["extra"], "instance_url")
        address = urlsplit(holder[key])
        made[service] = StallingRelay(address.port or 0)
        holder[key] = address._replace(netloc=f"{address.hostname}:{made[service].port}").geturl()
        monkeypatch.setenv(variable, json.dumps(connection))
    webinar.world.limits = Limits(attempts=ATTEMPTS, rate_limit=Unlimited(), timeout=TIMEOUT, write_timeout=TIMEOUT[1])
    yield made
    for relay in made.values():
        relay.close()


@pytest.mark.parametrize(
    ("service", "task"),
    [
        ("livestorm", "discover"),
        ("salesforce", "plan"),
        ("salesforce", "load_people"),
    ],
)
def test_a_run_against_a_stalled_service_ends_and_the_next_one_completes(
    webinar: Webinar, relays: dict[str, StallingRelay], service: str, task: str
) -> None:
    world, began = webinar.world, 0.0
    webinar.register("ada")

    def stall(name: str) -> None:
        nonlocal began
        if name == task:
            relays[service].stalls.set()
            began = time.monotonic()

    world.before = stall
    report = world.run()
    seconds = time.monotonic() - began
    assert isinstance(report["error"], TransientError), report
    assert seconds < 10 * LIMIT, "a few requests, and the report"
    relays[service].stalls.clear()
    world.before = lambda name: None
    assert world.run({"full_read": True}, manual=True)["verdict"] == "ok"
    assert len(world.org.rows("Lead")) == len(world.org.rows("CampaignMember")) == 1
