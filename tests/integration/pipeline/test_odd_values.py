"""Unexpected values of Livestorm concern the row that has them: valid documents are mutated, and other rows stay equal.

The documents were recorded from the real service (persons are invented). Every run uses the same examples.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from livestorm_salesforce.clients.livestorm import transport
from livestorm_salesforce.clients.livestorm.resources import parse_page, parse_resource, parse_resources
from livestorm_salesforce.clients.livestorm.webhook_payload import parse_delivery
from livestorm_salesforce.config import load_mapping
from livestorm_salesforce.domain.sessions import read_schedule, scope, webhook_deliveries
from livestorm_salesforce.domain.sessions.transform import transform_events, transform_sessions
from livestorm_salesforce.errors import ConfigError, ContractError
from livestorm_salesforce.readers.registrant_buffer import RegistrantBuffer
from livestorm_salesforce.storage import Folder
from tests.harness.staged_run import StagedRun
from tests.harness.webinar import Webinar, make_webinar
from tests.integration.pipeline.mutation import ODD, REMOVED, mutations, recorded

MAPPING = load_mapping(None)
NOW = pd.Timestamp("2026-11-23T10:00", tz="UTC")
META = {"record_count": 2, "page_count": 1, "items_per_page": 50, "next_page": None}
BOUNDED = settings(max_examples=60, derandomize=True, deadline=None, database=None,
                   suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])  # fmt: skip
HEALTHY = {"id": "healthy", "type": "people", "attributes": {
    "email": "ada@acme.example", "first_name": "Ada", "last_name": "Adason",
    "registrant_detail": {"created_at": 1_700_000_000, "fields": [{"id": "company", "value": "Acme"}]},
}}  # fmt: skip


def read_registrants(folder: Folder, data: list[Any]) -> pd.DataFrame:
    """Rows as the extract task stores and reads them."""
    buffer = RegistrantBuffer(folder, 1, "session-1")
    buffer.add(parse_page({"data": data, "meta": META}, 0, "/sessions/session-1/people").data)
    buffer.save()
    folder.read_lines("raw-001")
    return folder.read("registrants-001")


@BOUNDED
@given(st.sampled_from(["people_2021_null_fields_empty_choice", "people_anonymous_no_email_field"]), st.data())
def test_an_odd_registrant_concerns_no_other_row(tmp_path: Path, name: str, data: st.DataObject) -> None:
    folder = Folder(tmp_path)
    odd = data.draw(mutations(recorded(name)["data"][0]))
    rows = read_registrants(folder, [odd, HEALTHY]).set_index("person_id")
    alone = read_registrants(folder, [HEALTHY]).set_index("person_id")
    assert rows.loc["healthy", alone.columns].fillna("").to_dict() == alone.loc["healthy"].fillna("").to_dict()
    assert len(rows) in (1, 2)


@BOUNDED
@given(st.data())
def test_an_odd_session_concerns_no_other_session(tmp_path: Path, data: st.DataObject) -> None:
    document = recorded("sessions_include_event_meta_without_next_page")
    odd, healthy = document["data"][0], document["data"][1]
    try:
        page = parse_page({**document, "data": [data.draw(mutations(odd)), healthy]}, 0, "/sessions")
    except ConfigError:
        pytest.fail("a row is no format of a list")
    sessions = transform_sessions(page.data)
    events = transform_events(page.included)
    scoped = scope.decide_scope(sessions, events, scope.Past(NOW), scope.Request(), MAPPING)
    decided = read_schedule.decide_reading(scoped, scope.Request(), MAPPING.reading, NOW)
    Folder(tmp_path).write("sessions", decided)
    assert decided.set_index("session_id").loc[healthy["id"], "read"]


@BOUNDED
@given(st.data())
def test_an_odd_list_is_read_or_names_the_contract(data: st.DataObject) -> None:
    document = data.draw(mutations(recorded("sessions_include_event_meta_without_next_page")))
    try:
        page = parse_page(document, 0, "/sessions")
    except (ContractError, ConfigError):
        return
    transform_events(page.included)
    transform_sessions(page.data)


@BOUNDED
@given(st.data())
def test_an_odd_event_is_read_or_names_the_contract(tmp_path: Path, data: st.DataObject) -> None:
    document = data.draw(mutations(recorded("event_with_sessions")))
    try:
        event = parse_resource(document.get("data"), "/events/1")
    except ContractError:
        return
    Folder(tmp_path).write("events", transform_events([event], parse_resources(document.get("included"), "/events/1")))


@BOUNDED
@given(st.data())
def test_an_odd_delivery_is_stored_or_ignored(tmp_path: Path, data: st.DataObject) -> None:
    document = data.draw(mutations(recorded("webhook_people_registered")))
    found = parse_delivery(document, 1_764_000_000)
    if found is None:
        return
    session_id, person = found
    session_id.encode()
    json.dumps(person, ensure_ascii=False).encode()
    assert webhook_deliveries.latest_versions([person, person]) == [person]
    webhook_deliveries.is_outdated(person, NOW)
    webhook_deliveries.registered_before(person, NOW)
    assert len(read_registrants(Folder(tmp_path), [person])) == 1


def test_every_odd_value_at_a_few_places_of_a_registrant(tmp_path: Path) -> None:
    odd = [{**HEALTHY, "id": f"p{number}", "attributes": {**HEALTHY["attributes"], name: value}}
           for name in ("email", "registrant_detail", "replay_view_detail") for number, value in enumerate(ODD)
           if value is not REMOVED]  # fmt: skip
    assert not read_registrants(Folder(tmp_path), odd).empty


# --------------------------------------------------------------------- whole runs


@pytest.fixture
def webinar(pipeline: StagedRun) -> Webinar:
    return make_webinar(pipeline.world)


Change = Callable[[Any], None]


@pytest.fixture
def change_rows(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[dict[str, Any]], bool], Change], None]:
    """`change_rows(which, change)`: what Livestorm sends of these rows is changed."""
    parse = transport.parse_json

    def install(which: Callable[[dict[str, Any]], bool], change: Change) -> None:
        def parsed(response: Any) -> Any:
            document = parse(response)
            data = document.get("data") if isinstance(document, dict) else None
            for row in data if isinstance(data, list) else [data]:
                if isinstance(row, dict) and which(row):
                    change(row)
            return document

        monkeypatch.setattr(transport, "parse_json", parsed)

    return install


def unreadable(report: dict[str, Any]) -> list[tuple[str, int]]:
    return [(one["public"], one["count"]) for one in report["problems"] if one["code"] == "ROWS_UNREADABLE"]


@pytest.mark.parametrize("odd", [["a"], {"x": 1}, "s\ud83d", None, True, 10**40], ids=str)
def test_a_session_with_an_odd_id_is_counted_and_the_others_are_loaded(
    pipeline: StagedRun, webinar: Webinar, change_rows: Callable[..., None], odd: Any
) -> None:
    webinar.register("ada")
    other = make_webinar(pipeline.world, "Odd")
    change_rows(lambda row: row["id"] == other.session, lambda row: row.update(id=odd))
    report = pipeline.run(manual=False)
    assert unreadable(report) == [("sessions in an unknown format", 1)]
    assert report["verdict"] == "problems"
    assert len(webinar.world.org.rows("CampaignMember")) == 1


def test_a_registrant_with_an_odd_id_is_counted_and_the_others_are_loaded(
    pipeline: StagedRun, webinar: Webinar, change_rows: Callable[..., None]
) -> None:
    webinar.register("ada")
    webinar.register("bob")
    change_rows(
        lambda row: row.get("attributes", {}).get("email") == "bob@acme.example", lambda row: row.update(id=["a"])
    )
    report = pipeline.run(manual=False)
    assert unreadable(report) == [("registrants in an unknown format", 1)]
    assert [row["Email"] for row in webinar.world.org.rows("Lead")] == ["ada@acme.example"]


def test_a_session_of_an_odd_event_waits_and_the_others_are_loaded(
    pipeline: StagedRun, webinar: Webinar, change_rows: Callable[..., None]
) -> None:
    webinar.register("ada")
    other = make_webinar(pipeline.world, "Odd")
    change_rows(lambda row: row["id"] == other.event, lambda row: row.update(attributes=[]))
    report = pipeline.run(manual=False)
    assert unreadable(report) == [("sessions whose event is in an unknown format", 1)]
    assert [row["Name"].split(" - ")[0] for row in webinar.world.org.rows("Campaign")] == ["Product tour"]
