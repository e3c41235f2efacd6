"""Events that are excluded by tag (Q17), listed or read one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from livestorm_salesforce.errors import ContractError
from service_sandbox import Sandbox
from service_sandbox.livestorm import read_endpoints
from tests.harness.staged_run import StagedRun
from tests.harness.webinar import add_webinar

EXCLUDED = "version: 1\nevents: {exclude_tags: [internal]}\n"


@pytest.fixture
def excluding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def switch_on() -> None:
        (tmp_path / "mapping.yaml").write_text(EXCLUDED, encoding="utf-8")
        monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(tmp_path / "mapping.yaml"))

    return switch_on


def tagged(sandbox: Sandbox, title: str) -> None:
    session, _ = add_webinar(sandbox, people=2, title=title)
    (event,) = {row["event_id"] for row in sandbox.livestorm.sessions() if row["id"] == session}
    sandbox.livestorm.edit_event(event, tags=["Internal"])


def rendered(monkeypatch: pytest.MonkeyPatch, kind: str, key: str) -> None:
    """Livestorm returns tags in another format."""
    resource = {"type": kind, "attributes": {}}

    def other(name: str) -> dict:
        return resource | {"id": read_endpoints.tag_id(name), "attributes": {key: name}}

    monkeypatch.setattr(read_endpoints, "tag", other)


def campaigns(sandbox: Sandbox) -> list[str]:
    return sorted(row["Name"].split(" - ")[0] for row in sandbox.org.rows("Campaign"))


@pytest.mark.parametrize("others", [1, 25], ids=["read one by one", "listed"])
def test_an_excluded_event_is_not_synced(sandbox: Sandbox, pipeline: StagedRun, excluding, others: int) -> None:
    excluding()
    for number in range(others):
        add_webinar(sandbox, people=0, title=f"Open {number}")
    tagged(sandbox, "Closed")
    pipeline.run()
    assert len(campaigns(sandbox)) == others and "Closed" not in campaigns(sandbox)
    assert sandbox.org.rows("Lead") == []


@pytest.mark.parametrize("manual", [True, False])
def test_a_new_event_is_excluded_too(sandbox: Sandbox, pipeline: StagedRun, excluding, manual: bool) -> None:
    excluding()
    pipeline.run()
    tagged(sandbox, "Closed")
    pipeline.run(manual=manual)
    assert campaigns(sandbox) == []


def test_a_tag_added_to_the_mapping_excludes_known_events(sandbox: Sandbox, pipeline: StagedRun, excluding) -> None:
    tagged(sandbox, "Closed")
    pipeline.run()
    excluding()
    session, _ = add_webinar(sandbox, people=1, title="Open")
    (event,) = {row["event_id"] for row in sandbox.livestorm.sessions() if row["id"] != session}
    sandbox.livestorm.add_session(event, sandbox.clock.timestamp() + 90_000)
    pipeline.run(manual=False)
    assert campaigns(sandbox) == ["Closed", "Open"], "the second session of the closed event gets none"


def test_a_tag_added_to_an_event_is_read_although_updated_at_is_unchanged(
    sandbox: Sandbox, pipeline: StagedRun, excluding
) -> None:
    excluding()
    add_webinar(sandbox, people=2, title="Closed")
    pipeline.run(mode="preview")
    pipeline.run()
    sandbox.clock.advance(hours=1)
    (event,) = {row["event_id"] for row in sandbox.livestorm.sessions()}
    sandbox.livestorm.store.update("events", {"id": event}, tags=["internal"])
    sandbox.livestorm.add_session(event, sandbox.clock.timestamp() + 90_000)
    pipeline.run()
    assert campaigns(sandbox) == ["Closed"], "the session that came after the tag gets none"


@pytest.mark.parametrize(("kind", "key"), [("tag", "name"), ("tags", "label")])
def test_an_event_is_excluded_in_every_format_of_its_tag(
    sandbox: Sandbox, pipeline: StagedRun, excluding, monkeypatch: pytest.MonkeyPatch, kind: str, key: str
) -> None:
    excluding()
    rendered(monkeypatch, kind, key)
    tagged(sandbox, "Closed")
    pipeline.run()
    assert campaigns(sandbox) == [] and sandbox.org.rows("Lead") == []


def test_a_tag_without_a_name_stops_only_runs_that_need_it(
    sandbox: Sandbox, pipeline: StagedRun, excluding, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered(monkeypatch, "tags", "wording")
    tagged(sandbox, "Closed")
    pipeline.run()
    assert campaigns(sandbox) == ["Closed"], "this mapping does not choose by tags"
    excluding()
    tagged(sandbox, "Closed too")
    with pytest.raises(ContractError, match=r"tags of . of . Livestorm events"):
        pipeline.run()
    assert campaigns(sandbox) == ["Closed"]
