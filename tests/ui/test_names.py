"""Names of people on the page of a webinar: from the audit log, and from run folders for those who were not loaded."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest
import requests

from livestorm_salesforce.domain.audit import entries
from livestorm_salesforce.runs.context import SYNC_DAG_ID, AppContext
from livestorm_salesforce.state import audit_log, people_queries, registrations, session_listings
from livestorm_salesforce.state.audit_log import Attempt
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.people_queries import Selection
from livestorm_salesforce.web.names import COLUMNS, FOLDERS, Names
from livestorm_salesforce.web.routes import webinar
from tests.harness.pages import NOW, FakeAirflow, served_pages

MOMENT = pd.Timestamp(NOW)
SESSION = "s1"


def add_run(state: PairState, run_id: str, loaded: list[str], skipped: list[str], *, keep: bool = True) -> None:
    """A run that read these people; it wrote the names of those who are loaded."""
    rows = pd.DataFrame([registered(name, name in loaded) for name in [*loaded, *skipped]])
    save(state, run_id, rows)
    written(state, run_id, *((name, name, field) for name in loaded for field in ("FirstName", "LastName")))
    if keep:
        people = [[SESSION, name, f"{name}@acme.example", name.title(), "Folder"] for name in [*loaded, *skipped]]
        folder = AppContext.from_environment().run_folder(SYNC_DAG_ID, run_id)
        folder.write("registrations", pd.DataFrame(people, columns=COLUMNS))


def save(state: PairState, run_id: str, rows: pd.DataFrame) -> None:
    """Store registrations beside those of earlier runs."""
    before = people_queries.of_session(state, SESSION, Selection(), limit=1_000)
    known = {*rows["person_id"], *(one.person_id for one in before)}
    registrations.save(state, SESSION, rows, known, (run_id, NOW), partial=True)


def registered(name: str, is_loaded: bool, record: str | None = None) -> dict[str, object]:
    return dict.fromkeys(registrations.WRITTEN) | {
        "person_id": name, "email_key": f"{name}@acme.example", "registered_at": MOMENT, "attended": False,
        "record_id": f"00Q{record or name}" if is_loaded else None, "member_hash": 1 if is_loaded else None,
        "bucket": "created" if is_loaded else "skipped", "reason": "new" if is_loaded else "team member",
    }  # fmt: skip


def written(state: PairState, run_id: str, *values: tuple[str, str, str]) -> None:
    """Names in the audit log: record, person, field."""
    rows = [
        dict.fromkeys(entries.COLUMNS)
        | {"action": "create", "object": "Lead", "record_id": f"00Q{record}", "field": field, "reason": "new",
           "after": name.title() if field == "FirstName" else "Audit", "source_key": f"{name}@acme.example",
           "how": "response"}
        for record, name, field in values
    ]  # fmt: skip
    if rows:
        frame = pd.DataFrame(rows)[entries.COLUMNS].astype("str")
        audit_log.append(state, Attempt(run_id, "load", 1), frame, MOMENT + timedelta(hours=1))


@pytest.fixture(autouse=True)
def listed(state: PairState) -> None:
    row = dict.fromkeys(session_listings.WRITTEN) | {
        "session_id": SESSION, "title": "Tour", "status": "past", "in_scope": True, "note": "",
        "campaign_id": "7011", "registrants_count": 30.0, "starts_at": MOMENT,
    }  # fmt: skip
    session_listings.save(state, pd.DataFrame([row]), MOMENT, "run-1")


def page(query: str = "") -> str:
    with served_pages(FakeAirflow()) as address:
        return requests.get(f"{address}/webinars/{SESSION}{query}", timeout=60).text


def test_people_who_were_skipped_have_names_though_many_runs_read_loaded_ones(state: PairState) -> None:
    """12 runs read two loaded people each, then 8 runs read one who is skipped."""
    for number in range(12):
        add_run(state, f"loading-{number}", [f"ann{number}", f"bob{number}"], [])
    for number in range(FOLDERS):
        add_run(state, f"skipping-{number}", [], [f"eve{number}"])
    text = page()
    assert all(f"Eve{number} Folder" in text for number in range(FOLDERS)) and "Ann11 Audit" in text
    assert "Name not" not in text and "names=all" not in text


def test_names_in_further_run_folders_are_read_on_request(state: PairState) -> None:
    for number in range(FOLDERS + 3):
        add_run(state, f"run-{number}", [f"ann{number}"], [f"eve{number}"])
    text = page()
    assert text.count(" Folder") == FOLDERS and text.count("Name not read yet") >= 3
    assert "3 runs with names of this list were not opened" in text
    assert f'href="/webinars/{SESSION}?names=all#people"' in text
    text = page("?names=all")
    assert text.count(" Folder") == FOLDERS + 3 and "Name not" not in text and "not opened" not in text


def test_the_request_for_all_names_stays_on_the_next_page(state: PairState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webinar, "PAGE_SIZE", 5)
    for number in range(FOLDERS + 3):
        add_run(state, f"run-{number}", [], [f"eve{number}"])
    assert f'href="/webinars/{SESSION}?names=all&amp;page=1"' in page("?names=all")


def test_names_of_deleted_folders_are_not_promised(state: PairState) -> None:
    add_run(state, "run-1", ["ann"], ["eve"], keep=False)
    text = page()
    assert "Ann Audit" in text and "Name not stored here" in text and "names=all" not in text


def test_a_name_that_is_partial_or_of_another_address_is_read_from_the_folder(state: PairState) -> None:
    """Bob's record got a last name only; Carl is another address of Ann, whose record got her names."""
    add_run(state, "run-1", ["ann"], ["bob", "carl"])
    rows = [registered("bob", is_loaded=True), registered("carl", is_loaded=True, record="ann")]
    save(state, "run-1", pd.DataFrame(rows))
    written(state, "run-1", ("bob", "bob", "LastName"))
    text = page()
    assert "Ann Audit" in text and "Bob Folder" in text and "Carl Folder" in text


def test_the_file_reads_each_folder_once_and_all_of_them(state: PairState, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(FOLDERS + 3):
        add_run(state, f"run-{number}", [], [f"eve{number}", f"zoe{number}"])
    read: list[str] = []
    of_run = webinar.names_of_run

    def counted(app: AppContext, run_id: str) -> Names:
        read.append(run_id)
        return of_run(app, run_id)

    monkeypatch.setattr(webinar, "names_of_run", counted)
    monkeypatch.setattr(webinar, "BATCH", 4)
    with served_pages(FakeAirflow()) as address:
        text = requests.get(f"{address}/webinars/{SESSION}/people.csv", timeout=60).text
    assert text.count(" Folder") == 2 * (FOLDERS + 3) == 2 * len(read)
