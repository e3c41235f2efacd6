"""The command that lists, makes and ends subscriptions, at the workspace."""

from __future__ import annotations

import json
import os
from unittest.mock import patch

import pytest

from livestorm_salesforce.cli import webhooks
from livestorm_salesforce.clients.livestorm.webhook_payload import EVENTS
from tests.harness.webinar import Webinar
from tests.integration.webhooks.conftest import Post, until


@pytest.fixture(autouse=True)
def context(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command sets for itself does not outlive the test."""
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "server")


def there(webinar: Webinar) -> list[tuple[str, str]]:
    rows = webinar.world.livestorm.store.select("SELECT event, url FROM webhooks")
    return sorted((row["event"], row["url"]) for row in rows)


def test_subscriptions_are_made_once_listed_and_ended(
    webinar: Webinar, post: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    webinar.world.livestorm.webhooks.subscribe("https://elsewhere.example/", "people.registered")
    assert webhooks.main(["--url", post.url]) == 0
    assert webhooks.main(["--url", post.url]) == 0
    ours = sorted((event, post.url) for event in EVENTS)
    other = ("people.registered", "https://elsewhere.example/")
    assert there(webinar) == sorted([*ours, other])
    capsys.readouterr()
    assert webhooks.main([]) == 0
    result = capsys.readouterr().out
    assert len(result.splitlines()) == 5 and all(event in result for event in EVENTS)
    assert webhooks.main(["--url", post.url, "--remove"]) == 0
    assert there(webinar) == [other]


def test_what_was_subscribed_so_arrives(webinar: Webinar, post: Post) -> None:
    assert webhooks.main(["--url", post.url]) == 0
    webinar.register("ada")
    post.pass_time()
    post.wait_for(1)
    (delivery,) = webinar.world.livestorm.webhooks.deliveries
    until(lambda: delivery["status"] is not None)
    assert (delivery["event"], delivery["status"], delivery["tries"]) == ("people.registered", 204, 1)


def test_an_error_names_the_scope_that_the_token_lacks(webinar: Webinar, capsys: pytest.CaptureFixture[str]) -> None:
    token = webinar.world.livestorm.add_token("events:read")
    fields = {"conn_type": "livestorm", "host": webinar.world.sandbox.livestorm_url, "password": token}
    with patch.dict(os.environ, {"AIRFLOW_CONN_LIVESTORM_DEFAULT": json.dumps(fields)}):
        assert webhooks.main([]) == 1
    result = capsys.readouterr().err
    assert "'Webhooks: write'" in result and token not in result


@pytest.mark.parametrize("arguments", [["--url", "http://airflow.example/inbox"], ["--remove"]])
def test_what_cannot_be_meant_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        webhooks.main(arguments)
