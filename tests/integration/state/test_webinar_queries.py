"""What the pages ask the state database, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from livestorm_salesforce.domain.audit import entries
from livestorm_salesforce.domain.sessions.scope import BEFORE_ACTIVATION
from livestorm_salesforce.state import (
    audit_log,
    change_queries,
    people_queries,
    registrations,
    session_listings,
    webinar_queries,
)
from livestorm_salesforce.state.audit_log import Attempt
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.people_queries import PersonKeys, Selection
from livestorm_salesforce.state.webinar_queries import Filters

NOW = pd.Timestamp("2026-11-23T10:00:00Z")
LEAD, MEMBER = "00Q000000000001EAA", "00v000000000001EAA"


def listed(number: int, **values: object) -> dict[str, object]:
    return dict.fromkeys(session_listings.WRITTEN) | {
        "session_id": f"s{number}", "event_id": "e", "title": f"Tour {number}", "name": "Été", "status": "past",
        "in_scope": True, "note": "", "campaign_id": f"701{number}", "starts_at": NOW - timedelta(days=number),
        "ended_at": None, "registrants_count": 2.0, "attendees_count": 1.0,
    } | values  # fmt: skip


def registered(session: str, person: str, *, loaded: bool = True, **values: object) -> dict[str, object]:
    return dict.fromkeys(registrations.WRITTEN) | {
        "person_id": person, "email_key": f"{person}@acme.example", "registered_at": NOW,
        "person_hash": 2**63 + 1 if loaded else None, "member_hash": 1 if loaded else None,
        "record_id": LEAD if loaded else None, "attended": True, "watched": None,
        "bucket": "created" if loaded else "skipped", "reason": "new" if loaded else "team member",
    } | values  # fmt: skip


def written(**values: object) -> dict[str, object]:
    return {
        "action": "create", "object": "Lead", "record_id": LEAD, "field": "FirstName", "before": None, "after": "Élise",
        "reason": "nobody has this address", "source_key": "ada@acme.example", "campaign_ref": None, "how": "response",
    } | values  # fmt: skip


@pytest.fixture
def filled(state: PairState) -> PairState:
    """Three webinars: one in sync, one with a person who is skipped, one without a Campaign."""
    out = {"in_scope": False, "campaign_id": None, "note": "draft: no Campaign until it is published"}
    sessions = [listed(1), listed(2), listed(3, **out, starts_at=None, title="100% brut")]
    session_listings.save(state, pd.DataFrame(sessions), NOW, "run-1")
    rows = {
        "s1": [registered("s1", "ada"), registered("s1", "bob", record_id="00Q2")],
        "s2": [registered("s2", "ada", attended=False), registered("s2", "eve", loaded=False)],
    }
    for session, people in rows.items():
        known = {str(one["person_id"]) for one in people}
        run = ("run-1", NOW.to_pydatetime())
        registrations.save(state, session, pd.DataFrame(people), known, run, partial=False)
    member = {"object": "CampaignMember", "record_id": MEMBER, "field": "Status", "after": "Registered"}
    first = [
        written(),
        written(field="LastName", after="Durand_%"),
        written(**member, campaign_ref="s1", reason="not a member of this Campaign yet"),
    ]
    second = [
        written(field="Title", action="update", before="CEO", after="CTO", reason="registrant brings other values")
    ]
    for number, frame in enumerate((first, second), 1):
        log = pd.DataFrame(frame)[entries.COLUMNS].astype("str")
        audit_log.append(state, Attempt(f"run-{number}", "load", 1), log, NOW + timedelta(hours=number))
    return state


def ids(state: PairState, filters: Filters, **order: bool) -> list[str]:
    found = webinar_queries.webinars(state, filters, **order)
    assert webinar_queries.count_webinars(state, filters) == len(found)
    return [one.session_id for one in found]


def test_webinars_are_filtered_and_sorted(filled: PairState) -> None:
    assert ids(filled, Filters()) == ["s1", "s2", "s3"]
    assert ids(filled, Filters(), oldest_first=True) == ["s2", "s1", "s3"]
    assert ids(filled, Filters(text="tour 2")) == ["s2"] and ids(filled, Filters(text="été")) == ["s1", "s2", "s3"]
    assert ids(filled, Filters(text="0%")) == ["s3"] and ids(filled, Filters(status="draft")) == []
    assert ids(filled, Filters(without_campaign=True)) == ["s3"]
    assert webinar_queries.statuses(filled) == ["past"]
    assert [one.label for one in webinar_queries.labels(filled, ["s1"]).values()] == ["Tour 1: Été"]


def test_registrations_are_counted_by_result(filled: PairState) -> None:
    groups = webinar_queries.groups(filled, ["s2"])["s2"]
    assert sorted((one.bucket, one.reason, one.is_loaded, one.attended, one.watched, one.people) for one in groups) == [
        ("created", "new", True, False, False, 1),
        ("skipped", "team member", False, True, False, 1),
    ]
    skipped = Selection(is_loaded=False, reasons=("team member",))
    assert [one.person_id for one in people_queries.of_session(filled, "s2", skipped, limit=9)] == ["eve"]
    assert people_queries.count_of_session(filled, "s1", Selection(attended=True, watched=False)) == 2
    assert people_queries.count_of_session(filled, "s1", Selection(in_list=False)) == 0


def test_past_webinars_without_a_campaign_are_counted_from_a_date(filled: PairState) -> None:
    start = (NOW - timedelta(days=30)).to_pydatetime()
    assert webinar_queries.past_without_campaign(filled, start) == {}
    out = {"campaign_id": None, "registrants_count": 7.0, "in_scope": False}
    rows = [
        listed(5, **out, note=BEFORE_ACTIVATION),
        listed(6, **out, note="breakout room"),
        listed(7, campaign_id=None),
    ]
    session_listings.save(filled, pd.DataFrame(rows), NOW, "run-1")
    assert webinar_queries.past_without_campaign(filled, start) == {"s5": 7, "s7": 2}


def test_the_timeline_of_a_campaign_is_counted_by_run(filled: PairState) -> None:
    (entry,) = webinar_queries.timeline(filled, ["s1", "7011"])
    assert (entry.run_id, entry.object, entry.records, entry.fields) == ("run-1", "CampaignMember", 1, 1)


@pytest.mark.parametrize(
    ("text", "found"),
    [("élise", [LEAD]), ("DURAND_% élise", [LEAD]), ("elise", []), ("%", [LEAD]), ("Élise Nobody", []), (" ", [])],
)
def test_people_are_found_by_name(filled: PairState, text: str, found: list[str]) -> None:
    matches = people_queries.by_name(filled, text, 10)
    assert [one.record_id for one in matches] == found
    assert all(one == (LEAD, "Élise Durand_%", "ada@acme.example") for one in matches)


@pytest.mark.parametrize(
    "keys", [PersonKeys(addresses={"ada@acme.example"}), PersonKeys(records={LEAD}), PersonKeys(records={MEMBER})]
)
def test_a_person_is_found_by_address_record_and_member(filled: PairState, keys: PersonKeys) -> None:
    found = people_queries.keys_of(filled, keys)
    assert "ada@acme.example" in found.addresses and LEAD in found.records
    assert {one.session_id for one in people_queries.registrations(filled, found)} == {"s1", "s2"}


def test_someone_without_a_record_is_found_by_address_and_registration(filled: PairState) -> None:
    for keys in (PersonKeys(addresses={"eve@acme.example"}), people_queries.registration(filled, "s2", "eve")):
        (row,) = people_queries.registrations(filled, people_queries.keys_of(filled, keys))
        assert (row.session_id, row.bucket, row.reason, row.is_loaded) == ("s2", "skipped", "team member", False)
    assert people_queries.registration(filled, "s2", "nobody") == PersonKeys()
    assert people_queries.runs_without_record(filled, 5) == ["run-1"]


def test_changes_are_filtered_and_counted(filled: PairState) -> None:
    title = change_queries.Filters(sobject="Lead", field="Title")
    (row,) = change_queries.changes(filled, title, limit=5)
    assert (row.before, row.after, row.run_id) == ("CEO", "CTO", "run-2")
    assert [one.field for one in change_queries.changes(filled, change_queries.Filters(), limit=2)] == [
        "Title",
        "Status",
    ]
    counts = change_queries.field_counts(filled, change_queries.Filters(run_id="run-1", action="create"))
    assert sorted((one.object, one.field, one.values) for one in counts) == [
        ("CampaignMember", "Status", 1), ("Lead", "FirstName", 1), ("Lead", "LastName", 1),
    ]  # fmt: skip
    nobody = change_queries.Filters(records=frozenset())
    assert change_queries.changes(filled, nobody, limit=5) == []
    assert change_queries.changes(filled, nobody._replace(addresses=frozenset(["ada@acme.example"])), limit=9)


def test_names_and_titles_are_found_in_the_log_and_the_listing(filled: PairState) -> None:
    names = change_queries.names(filled, [LEAD], ["ada@acme.example"])
    assert {*names} == {LEAD, "ada@acme.example"} and {name.name for name in names.values()} == {"Élise Durand_%"}
    assert change_queries.campaign_titles(filled, ["s1", "7012", "x"]) == {"s1": "Tour 1", "7011": "Tour 1"} | {
        "s2": "Tour 2", "7012": "Tour 2",
    }  # fmt: skip
