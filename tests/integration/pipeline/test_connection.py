"""Settings and the pair that a run derives from the connections."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from livestorm_salesforce.clients.livestorm.client import Listing, LivestormClient
from livestorm_salesforce.clients.salesforce.client import SalesforceClient
from livestorm_salesforce.config import load_mapping
from livestorm_salesforce.errors import PairChanged
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.runs.options import Options

ORG = {"instance_url": "https://acme.my.salesforce.com", "domain": "acme.my"}
OLD = {f"extra__salesforce__{name}": value for name, value in ORG.items()}
ORGANIZATION, ORG_ID = "organization-1", "00D000000000001"


@pytest.fixture
def ids(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the services tell; read through the clients."""
    found = {"organization": ORGANIZATION, "org": ORG_ID}
    monkeypatch.setattr(LivestormClient, "organization_id", lambda client: found["organization"])
    monkeypatch.setattr(SalesforceClient, "org_id", lambda client: found["org"])
    return found


@pytest.fixture
def context(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ids: dict[str, str]):
    monkeypatch.setenv("LIVESTORM_SALESFORCE_STORE", f"file://{tmp_path}/store")
    monkeypatch.delenv("LIVESTORM_SALESFORCE_MAPPING", raising=False)

    def make(extra: dict[str, Any], token: str = "token", **options: Any) -> AppContext:  # noqa: S107
        for name, connection in {
            "livestorm": {"password": token},
            "salesforce": {"login": "robot", "password": "secret", "extra": extra},
        }.items():
            text = json.dumps({"conn_type": name, **connection})
            monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}_DEFAULT", text)
        return AppContext.from_environment(options=Options(**options))

    return make


@pytest.mark.parametrize("extra", [OLD, ORG | {"instance": "", "organization_id": ""}, ORG | {"domain": "other"}])
def test_one_org_has_one_state_however_the_connection_is_spelled(context, extra: dict[str, str]) -> None:
    assert context(extra).pair == context(ORG).pair


def test_the_ids_are_read_once_per_edit_of_a_connection(context, ids: dict[str, str]) -> None:
    first = context(ORG).pair
    ids.update(organization="", org="")
    assert context(ORG).pair == first


def test_another_org_stops_the_run_until_a_person_confirms_it(context, ids: dict[str, str]) -> None:
    """A trial workspace is replaced by the production workspace (field findings, C7)."""
    first = context(ORG).pair
    ids.update(organization="organization-2")
    with pytest.raises(PairChanged, match=r"organization organization-1 before, organization-2 now.*confirm_new_pair"):
        context(ORG, "new-token").pair  # noqa: B018
    second = context(ORG, "new-token", confirm_new_pair=True).pair
    assert second != first
    assert context(ORG, "new-token").pair == second
    assert context(ORG).pair == first, "a known pair needs no confirmation"


def test_a_rotated_token_of_the_same_workspace_keeps_the_pair(context) -> None:
    assert context(ORG, "rotated").pair == context(ORG).pair


@pytest.mark.parametrize(
    ("listed", "found", "is_same"),
    [({"event-1", "event-9"}, set(), True), ({"event-9"}, {"event-1"}, True), ({"event-9"}, set(), False)],
    ids=["on the first page", "on a later page", "of another workspace"],
)
def test_events_identify_a_workspace_whose_token_may_not_read_its_id(
    context, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch, listed: set[str], found: set[str], is_same: bool
) -> None:
    ids["organization"] = ""
    first = context(ORG).pair
    monkeypatch.setattr("livestorm_salesforce.state.sync_state.event_ids", lambda database, pair: {"event-1"})
    monkeypatch.setattr(LivestormClient, "recent_event_ids", lambda client: listed)
    read = {event_id: [{"id": event_id}] for event_id in found}
    monkeypatch.setattr(LivestormClient, "get_event", lambda client, one: Listing(read.get(one, []), []))
    if is_same:
        assert context(ORG, "rotated").pair == first
    else:
        with pytest.raises(PairChanged):
            context(ORG, "rotated").pair  # noqa: B018


def test_no_secret_is_stored(context) -> None:
    app = context(ORG, "token-of-the-workspace")
    app.pair  # noqa: B018
    content = app.database.path.read_bytes() + Path(f"{app.database.path}-wal").read_bytes()
    assert ORGANIZATION.encode() in content
    assert b"token-of-the-workspace" not in content and b"secret" not in content


def test_a_page_calls_no_service(context, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    first = context(ORG).pair
    monkeypatch.setattr(LivestormClient, "organization_id", lambda client: pytest.fail("a call"))
    assert context(ORG, "edited", offline=True).pair == first


@pytest.mark.parametrize("name", ["mapping", "extra__salesforce__mapping"])
def test_the_connection_may_name_the_mapping(context, tmp_path: Path, name: str) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("campaign:\n  type: Own\n")
    assert context({name: str(own)}).mapping.campaign.type == "Own"


def test_a_blank_mapping_counts_as_none(context) -> None:
    assert context({"mapping": ""}).mapping == load_mapping(None)


def test_pages_show_the_pair_of_the_same_addresses(context, ids: dict[str, str]) -> None:
    """Two deployments of Airflow with one state database have connections of the same ids."""
    ours = context(ORG).pair
    ids.update(organization="organization-2", org="00D000000000002")
    other = {"instance_url": "https://other.my.salesforce.com"}
    theirs = context(other, "other-token", confirm_new_pair=True).pair
    assert theirs != ours
    assert context(ORG, "rotated", offline=True).pair == ours
    assert context(other, "rotated", offline=True).pair == theirs
