"""Time to the first byte of each page, with 60 webinars and 40,000 people in the state database.

`python -m benchmarks.pages` measures; `python -m benchmarks.pages serve` serves the pages until it is interrupted.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import requests

from livestorm_salesforce.domain.audit import entries
from livestorm_salesforce.domain.registrants.eligibility import SAME_AS_LAST
from livestorm_salesforce.domain.report import quarantine as quarantine_rules
from livestorm_salesforce.domain.sessions import scope
from livestorm_salesforce.domain.sessions.listing import LISTS
from livestorm_salesforce.domain.sessions.sync_state import SyncState
from livestorm_salesforce.domain.sessions.transform import transform_events
from livestorm_salesforce.runs import identity
from livestorm_salesforce.runs.context import SYNC_DAG_ID, AppContext
from livestorm_salesforce.state import audit_log, pairs, quarantine, registrations, session_listings, sync_state
from livestorm_salesforce.state.audit_log import Attempt
from livestorm_salesforce.state.frames import insert_rows, to_rows
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import Registration
from tests.harness.pages import NOW, FakeAirflow, served_pages

WEBINARS, PEOPLE, RUNS, REPEATS = 60, 40_000, 40, 7
CONNECTIONS = {
    "AIRFLOW_CONN_LIVESTORM_DEFAULT": "livestorm://:token@api.livestorm.co/?__extra__=%7B%7D",
    "AIRFLOW_CONN_SALESFORCE_DEFAULT": '{"conn_type": "salesforce", "login": "sync@acme.example", "password": "x", '
    '"extra": {"instance_url": "https://acme.my.salesforce.com"}}',
}
FIRST = ["Ada", "Élise", "Jean-Luc", "Søren", "محمد", "Marie", "Grace 🎉", "<b>Bob</b>"]
LAST = ["Lovelace", "Durand", "Martin", "Nguyễn", "O'Hara", "Müller", "الخوارزمي (CEO)", "Wolfeschlegelstein" * 4]
#: Titles that are hard to lay out, by number of the session: as long as Livestorm takes, in words and as one word,
#: from right to left, with emoji.
TITLES = {
    0: ("Planning the year with your customers and partners, their teams and everybody else " * 4)[:255],
    1: "Donaudampfschifffahrtsgesellschaft" * 7,
    3: "جولة في المنتج (2026)",
    5: "🚀 Launch 🎉 day",
}
ROLES = ["Analyst", "Engineer", "Directrice marketing", "CEO"]
SKIPS = ["team member", "invalid e-mail address: correct it in Livestorm", "excluded domain (people.exclude_domains)"]
PAGES = (
    "/", "/webinars", "/webinars?differences=1", "/webinars?campaign=none", "/webinars?text=tour&sort=oldest",
    "/webinars/session-004", "/webinars/session-004?step=in-salesforce&why=team-member", "/webinars/backfill",
    "/webinars/backfill?start=2026-01-01", "/people", "/changes", "/changes?sobject=Lead&field=Title", "/runs",
    "/runs/livestorm_to_salesforce/run-0039", "/attention", "/mapping", "/setup", "/erasure",
)  # fmt: skip
SEARCHES = ("person17@acme.example", "00Q000000000017", "Élise Durand", "nobody at all")


def main(command: str = "measure") -> None:
    """Print milliseconds of each page, or serve the pages."""
    with filled() as address:
        if command == "serve":
            print(address, flush=True)
            threading.Event().wait()
        for path in PAGES:
            show(f"GET {path}", lambda path=path: requests.get(address + path, timeout=60))
        for text in SEARCHES:
            show(f"POST /people {text}", lambda text=text: post(f"{address}/people", address, text=text))
        show("POST /erasure", lambda: post(f"{address}/erasure", address, address="person17@acme.example"))
        show("POST /changes", lambda: post(f"{address}/changes", address, person="person17@acme.example"))


def post(path: str, origin: str, **form: str) -> requests.Response:
    """Send a form as the page would."""
    return requests.post(path, data=form, headers={"Origin": origin}, timeout=60)


def show(name: str, send: Any) -> None:
    """Print the median time to the first byte, and the size."""
    times = []
    for _ in range(REPEATS):
        answer = send()
        answer.raise_for_status()
        times.append(answer.elapsed.total_seconds() * 1000)
    print(f"{name:70} {sorted(times)[len(times) // 2]:7.0f} ms  {len(answer.content) / 1024:7.0f} KB", flush=True)


@contextmanager
def filled() -> Iterator[str]:
    """The address of pages with a filled state database."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= CONNECTIONS | {"LIVESTORM_SALESFORCE_STORE": f"file://{folder}/store"}
        Path(folder, "store").mkdir()
        app = AppContext.from_environment()
        connections = identity.connections_of(app)
        pair = pairs.bind(
            app.database, connections, pairs.StoredPair("pair", "org", "00D000000000001", connections.address)
        )
        state = PairState(app.database, pair.pair_id, lambda: pairs.hmac_key(app.database, pair.pair_id))
        started = time.perf_counter()
        fill(state, app)
        print(f"filled in {time.perf_counter() - started:.0f} s", flush=True)
        airflow = FakeAirflow()
        airflow.add("run-0039")
        with served_pages(airflow) as address:
            yield address


def fill(state: PairState, app: AppContext, now: datetime = NOW) -> None:
    """Sessions, registrations, audit log and quarantine."""
    moment = pd.Timestamp(now)
    sessions, people = session_rows(moment), person_rows(moment)
    session_listings.save(state, sessions.reindex(columns=session_listings.WRITTEN), moment, "run-0039")
    day = pd.Timedelta(days=1)
    known = scope.typed_known(sessions.assign(read_at=moment, full_at=moment - day, retry=False))
    events = transform_events([])
    last = moment - pd.Timedelta(minutes=30)
    sync_state.save(state, SyncState(last, dict.fromkeys(LISTS, last), last, 7000, 0, known, events))
    with state.transaction("commit") as connection:
        for run_id, rows in people.groupby("run_id"):
            app.run_folder(SYNC_DAG_ID, str(run_id)).write("registrations", folder_rows(rows))
        insert_rows(connection, Registration.__table__, registration_rows(state, people, now))
    for run_id, rows in people[people["member_hash"].notna()].groupby("run_id"):
        audit_log.append(state, Attempt(str(run_id), "load_people", 1), audit_rows(rows), moment - 3 * day)
    quarantine.save(state, held(people, moment))


def registration_rows(state: PairState, people: pd.DataFrame, now: datetime) -> list[dict[str, Any]]:
    """Rows of the table of registrations."""
    hmacs = state.email_hmacs(people["email_key"])
    names = [column for column in registrations.WRITTEN if column != "email_key"]
    rows = to_rows(
        people.reindex(columns=["session_id", "run_id", *names]).assign(email_hmac=people["email_key"].map(hmacs))
    )
    return [row | {"pair_id": state.pair_id, "in_list": True, "loaded_at": now} for row in rows]


def session_rows(now: pd.Timestamp) -> pd.DataFrame:
    """60 sessions, every tenth without a Campaign."""
    number = np.arange(WEBINARS)
    past = number >= 2
    starts = pd.Series([now + pd.Timedelta(days=4 - 2.5 * int(one)) for one in number]).dt.as_unit("ms")
    without = number % 10 == 9
    return pd.DataFrame({
        "session_id": [f"session-{one:03d}" for one in number],
        "event_id": [f"event-{one % 20:03d}" for one in number],
        "title": [TITLES.get(one, f"Product tour {one % 20}") for one in number.tolist()],
        "name": [f"Session {one // 20 + 1}" for one in number],
        "status": np.where(past, "past", "upcoming"),
        "in_scope": ~without,
        "note": np.where(without, "past: ended before this project was switched on; give backfill_from/backfill_to "
                         "to include it", ""),
        "campaign_id": [None if none else f"701{one:012d}AAA" for one, none in zip(number, without, strict=True)],
        "campaign_created": None,
        "starts_at": starts, "ended_at": starts + pd.Timedelta(hours=1), "updated_at": starts,
        "registrants_count": float(PEOPLE // WEBINARS), "attendees_count": np.where(past, 300.0, np.nan),
    })  # fmt: skip


def person_rows(now: pd.Timestamp) -> pd.DataFrame:
    """40,000 registrations, one in 20 skipped, one in 400 refused."""
    number = np.arange(PEOPLE)
    chance = np.random.default_rng(1).random(PEOPLE)
    skipped, refused = chance < 0.05, chance > 0.9975
    loaded = ~skipped & ~refused
    reason = np.where(
        skipped, np.array(SKIPS)[number % 3], np.where(refused, "refused by Salesforce or before sending", SAME_AS_LAST)
    )
    session = number % WEBINARS
    is_without = session % 10 == 9
    rows = pd.DataFrame({
        "session_id": [f"session-{one:03d}" for one in session],
        "person_id": [f"person-{one:08d}" for one in number],
        "email_key": [f"person{one}@acme.example" for one in number],
        "email": [f"person{one}@acme.example" for one in number],
        "form.first_name": [FIRST[one % len(FIRST)] for one in number],
        "form.last_name": [LAST[one // 8 % len(LAST)] for one in number],
        "registered_at": now - pd.Timedelta(days=40) + pd.to_timedelta(number, unit="min"),
        "person_hash": pd.Series(np.where(loaded, number, None), dtype="object"),
        "member_hash": pd.Series(np.where(loaded, number, None), dtype="object"),
        "record_id": [f"00Q{one:012d}EAA" if yes else None for one, yes in zip(number, loaded, strict=True)],
        "attended": (chance < 0.45) & (session >= 2), "watched": (chance > 0.8) & (session >= 2),
        "bucket": np.where(skipped, "skipped", np.where(refused, "refused", "unchanged")), "reason": reason,
        "run_id": [f"run-{one // WEBINARS % RUNS:04d}" for one in number],
        "campaign_ref": [f"701{one:012d}AAA" for one in session],
    })  # fmt: skip
    return rows[~is_without].reset_index(drop=True)


def folder_rows(people: pd.DataFrame) -> pd.DataFrame:
    """The part of a run folder that pages read, with ten more columns as a real one has."""
    return people.drop(columns=["person_hash", "member_hash"]).assign(**{f"form.q{n}": "answer" for n in range(10)})


def audit_rows(people: pd.DataFrame) -> pd.DataFrame:
    """Creation of each Lead with five fields and of its member with two."""
    frames = []
    values = {
        "FirstName": people["form.first_name"],
        "LastName": people["form.last_name"],
        "Email": people["email"],
        "Title": people["person_id"].str[-1].astype(int).mod(4).map(dict(enumerate(ROLES))),
        "Company": "Acme",
    }
    for field, after in values.items():
        frames.append(people.assign(object="Lead", field=field, after=after, reason="nobody has this address",
                                    campaign_ref=None))  # fmt: skip
    member = people.assign(object="CampaignMember", record_id=people["record_id"].str.replace("00Q", "00v"),
                           reason="not a member of this Campaign yet")  # fmt: skip
    frames += [member.assign(field="Status", after="Registered"), member.assign(field="Notes__c", after="answer")]
    rows = pd.concat(frames).assign(action="create", before=None, how="response")
    title = rows[(rows["field"] == "Title") & (rows["person_id"].str[-1] == "7")]
    changed = title.assign(action="update", before=title["after"], after="CTO", reason="registrant brings other values")
    rows = pd.concat([rows, changed])
    return rows.rename(columns={"email_key": "source_key"})[entries.COLUMNS].astype("str")


def held(people: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    """The refused rows in quarantine."""
    rows = people.loc[people["bucket"] == "refused", ["session_id", "person_id", "run_id"]]
    return quarantine_rules.typed(rows.assign(
        object="Lead", code="FIELD_CUSTOM_VALIDATION_EXCEPTION", message="Company is not wanted", fields="Company",
        first_at=now - pd.Timedelta(days=2), last_at=now - pd.Timedelta(days=1), tries=2, person_hash=1, member_hash=1,
        mapping_hash=1, due=False, dismissed=False, dismiss_reason="",
    ))  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
