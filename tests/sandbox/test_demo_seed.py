"""The demo content resembles a company's webinars and org, with typical data problems, and is reproducible."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service_sandbox import Sandbox
from tests.sandbox.conftest import START

STATES = {"upcoming", "live", "on_demand", "past", "past_not_started", "canceled", "draft"}


@pytest.fixture(scope="module")
def demo() -> Iterator[Sandbox]:
    sandbox = Sandbox("demo", start=START)
    yield sandbox
    sandbox.stop()


@pytest.fixture(autouse=True)
def reset_clock(demo: Sandbox) -> None:
    demo.clock.move_to(START)


@pytest.fixture(scope="module")
def registered(demo: Sandbox) -> list[dict[str, Any]]:
    demo.clock.move_to(START)
    return demo.livestorm.registrations()


def participants(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["role"] == "participant"]


def addresses(rows: list[dict[str, Any]], column: str = "email") -> set[str]:
    return {row[column].strip().casefold() for row in rows if row[column]}


def test_30_sessions_have_all_seven_statuses(demo: Sandbox) -> None:
    sessions = demo.livestorm.sessions()
    states = Counter(session["status"] for session in sessions)
    assert len(sessions) == 30
    assert set(states) == STATES
    assert states["on_demand"] >= 3
    assert len({session["event_id"] for session in sessions}) == 15


def test_events_have_all_eight_scheduling_statuses(demo: Sandbox) -> None:
    statuses = {event["scheduling_status"] for event in demo.livestorm.events()}
    assert statuses == {"live", "upcoming", "on_demand", "ended", "not_started", "draft", "cancelled", "not_scheduled"}


def test_more_than_1500_registrations_and_many_people_register_repeatedly(registered: list[dict[str, Any]]) -> None:
    rows = participants(registered)
    assert len(rows) > 1500
    sessions = Counter(row["id"] for row in rows)
    assert sum(number > 1 for number in sessions.values()) > 200


def test_the_org_has_5000_people_and_a_third_of_the_registrants(
    demo: Sandbox, registered: list[dict[str, Any]]
) -> None:
    leads, contacts = demo.org.rows("Lead", True), demo.org.rows("Contact", True)
    assert len(leads) + len(contacts) == 5000
    people = addresses(participants(registered))
    share = len(people & addresses(leads + contacts, "Email")) / len(people)
    assert 0.28 < share < 0.42


def test_the_org_has_duplicates_and_incomplete_records(demo: Sandbox) -> None:
    leads, contacts = demo.org.rows("Lead"), demo.org.rows("Contact")
    by_kind = [Counter(row["Email"].casefold() for row in rows) for rows in (leads, contacts)]
    several_leads, several_contacts = ({key for key, n in kind.items() if n > 1} for kind in by_kind)
    assert len(several_leads) > 50
    assert len(several_contacts) > 20
    assert len(set(by_kind[0]) & set(by_kind[1])) > 100
    assert sum(row["Email"] != row["Email"].lower() for row in leads + contacts) > 200
    assert sum(row["IsConverted"] for row in leads) > 50
    assert sum(row["Phone"] is None for row in leads + contacts) > 1000
    assert sum(row["AccountId"] is None for row in contacts) > 50
    assert sum(row["IsDeleted"] for row in demo.org.rows("Lead", True)) > 10


def test_records_that_are_difficult_to_match_are_registrants_of_the_next_webinar(demo: Sandbox) -> None:
    soon = addresses(participants(demo.livestorm.registrations(demo.labels["soon"])))
    leads = {row["Id"]: row for row in demo.org.rows("Lead", True)}
    contacts = {row["Id"]: row for row in demo.org.rows("Contact", True)}
    label = demo.labels
    moved, changed = leads[label["moved_lead"]], contacts[label["moved_contact"]]
    assert moved["Email"].casefold() in soon
    assert (moved["ConvertedContactId"], changed["Email"] == moved["Email"]) == (changed["Id"], False)
    orphan = leads[label["orphan_lead"]]
    assert orphan["Email"].casefold() in soon
    assert contacts[orphan["ConvertedContactId"]]["IsDeleted"] is True
    for name, rows in (("deleted_lead", leads), ("deleted_contact", contacts), ("deleted_older_lead", leads)):
        assert rows[label[name]]["IsDeleted"] is True
        assert rows[label[name]]["Email"].casefold() in soon
    duplicates = [contacts[label[f"{age}_duplicate"]] for age in ("oldest", "middle", "youngest")]
    assert len(addresses(duplicates, "Email")) == 1
    assert [row["CreatedDate"] for row in duplicates] == sorted(row["CreatedDate"] for row in duplicates)
    tied = [leads[label[f"tied_lead_{number}"]] for number in (1, 2)]
    assert (len(addresses(tied, "Email")), len({row["CreatedDate"] for row in tied})) == (1, 1)


def test_unusual_values_are_present(registered: list[dict[str, Any]]) -> None:
    text = [row["last_name"] or "" for row in registered] + [row["first_name"] or "" for row in registered]
    companies = [row["answers"].get("company") or "" for row in registered]
    emails = [row["email"] for row in registered]
    assert any(email != email.strip() for email in emails)
    assert any(email.isupper() for email in emails)
    assert any(ord(letter) > 0xFFFF for name in text for letter in name)
    assert any("\u0590" <= letter <= "\u06ff" for name in text for letter in name)
    assert any("\u0300" <= letter <= "\u036f" for name in text for letter in name)
    assert any(name is None for name in (row["last_name"] for row in registered))
    assert any(name and not name.strip() for name in text)
    assert any(len(name) > 80 for name in text)
    assert max(map(len, companies)) == 300
    assert any("<script>" in company for company in companies)
    assert any(company.count('"') and "\\" in company for company in companies)
    assert sum(not re.fullmatch(r"\s*[^@\s]+@[^@\s]+\.\w+\s*", email) for email in set(emails)) >= 5
    slugs = {slug for row in registered for slug in row["answers"]}
    assert max(map(len, slugs)) > 80
    values = [value for row in registered for value in row["answers"].values()]
    assert any(isinstance(value, list) and len(value) > 1 for value in values)
    assert [] in values


def test_larger_sessions_have_hosts_a_speaker_and_anonymous_registrants(demo: Sandbox) -> None:
    for session in demo.livestorm.sessions():
        if session["registrants_count"] < 25:
            continue
        rows = demo.livestorm.registrations(session["id"])
        assert sum(row["role"] == "team_member" for row in rows) == 2
        assert any(row["is_guest_speaker"] for row in rows), session["id"]
        anonymous = [row for row in rows if row["email"].endswith("@unknown.livestorm.co")]
        assert all(re.fullmatch(r"\d{10}\+[0-9a-f-]{36}@unknown\.livestorm\.co", row["email"]) for row in anonymous)


def test_people_register_twice_with_another_spelling(demo: Sandbox) -> None:
    emails = [row["email"] for row in demo.livestorm.registrations(demo.labels["soon"])]
    again = [email for email, number in Counter(map(str.casefold, map(str.strip, emails))).items() if number > 1]
    assert len(again) >= 2


def test_an_evening_session_has_another_date_in_utc(demo: Sandbox) -> None:
    session = next(row for row in demo.livestorm.sessions() if row["id"] == demo.labels["evening"])
    planned = datetime.fromtimestamp(session["estimated_started_at"], UTC)
    assert planned.date() != planned.astimezone(ZoneInfo(session["timezone"])).date()


def test_an_event_has_a_form_without_company(demo: Sandbox) -> None:
    forms = [{item["id"] for item in event["fields"]} for event in demo.livestorm.events()]
    assert any("company" not in form for form in forms)


def test_the_next_webinar_takes_place_and_is_replayed(demo: Sandbox) -> None:
    def look(hours: float) -> tuple[str, int, int, int]:
        demo.clock.move_to(START + hours * 3600)
        session = next(row for row in demo.livestorm.sessions() if row["id"] == demo.labels["soon"])
        watched = sum(row["watched"] for row in demo.livestorm.registrations(session["id"]))
        return session["status"], session["registrants_count"], session["attendees_count"], watched

    now, later, live, past, replayed = look(0), look(1.5), look(2.1), look(3), look(24 * 5)
    assert [state[0] for state in (now, later, live, past, replayed)] == [
        "upcoming", "upcoming", "live", "past", "past"]  # fmt: skip
    assert 150 < now[1] < later[1] < live[1] < 230
    assert now[2] == live[2] == 0 < past[2]
    assert past[3] == 0 < replayed[3]


def test_two_demos_with_the_same_start_are_equal(demo: Sandbox) -> None:
    other = Sandbox("demo", start=START)
    try:
        for sandbox in (demo, other):
            sandbox.clock.move_to(START + 60)
        assert other.livestorm.snapshot() == demo.livestorm.snapshot()
        assert other.org.snapshot()["Lead"] == demo.org.snapshot()["Lead"]
        assert other.labels == demo.labels
    finally:
        other.stop()


def test_all_addresses_are_reserved_for_examples(demo: Sandbox) -> None:
    rows = demo.livestorm.people()
    reserved = re.compile(r"\.(example|test)\.?\s*$", re.IGNORECASE)
    outside = {row["email"] for row in rows if not reserved.search(row["email"])}
    assert {email for email in outside if not email.endswith("@unknown.livestorm.co")} == {"a@b", "pas-une-adresse"}
    assert all(reserved.search(row["Email"]) for name in ("Lead", "Contact") for row in demo.org.rows(name, True))
