"""The statements of each run read by an index, however many rows of a year there are (field C19)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from livestorm_salesforce.domain.audit import entries
from livestorm_salesforce.state import audit_log, runs, webinar_queries
from livestorm_salesforce.state.audit_log import Attempt
from livestorm_salesforce.state.database import Database
from livestorm_salesforce.state.pair_state import PairState

AT = pd.Timestamp("2026-11-23", tz="UTC")


@pytest.fixture
def state(sqlite: Database) -> PairState:
    return PairState(sqlite, "pair", lambda: "key")


@pytest.fixture
def statements(state: PairState) -> Iterator[list[tuple[str, Any]]]:
    """Statements that were executed, with their parameters."""
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        found.append((statement, parameters))

    with state.reading():
        pass
    event.listen(Engine, "before_cursor_execute", note)
    yield found
    event.remove(Engine, "before_cursor_execute", note)


def steps(state: PairState, statements: list[tuple[str, Any]]) -> list[str]:
    """What SQLite does for each statement that reads a table."""
    kinds = ("SELECT", "DELETE")
    read = [one for one in statements if one[0].lstrip().startswith(kinds)]
    assert read
    raw = state.database.engine.raw_connection()
    try:
        plans = [raw.cursor().execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall() for text, values in read]
    finally:
        raw.close()
    return [step[3] for plan in plans for step in plan if "TEMP B-TREE" not in step[3]]


def add(state: PairState, run_id: str, at: pd.Timestamp, **values: str) -> None:
    row = dict.fromkeys(entries.COLUMNS, "x") | {"record_id": run_id, "campaign_ref": "c", **values}
    audit_log.append(state, Attempt(run_id, "load_people", 1), pd.DataFrame([row]), at)


def test_what_a_run_has_written_is_counted_by_its_index(state: PairState, statements: list[tuple[str, Any]]) -> None:
    add(state, "run-1", AT)
    add(state, "run-2", AT)
    statements.clear()
    assert audit_log.count_records(state, "run-1") == {("x", "x"): 1}
    assert all("run_id=?" in step for step in steps(state, statements))


def test_the_members_that_a_run_has_written_are_read_by_its_index(
    state: PairState, statements: list[tuple[str, Any]]
) -> None:
    for run_id in ("run-1", "run-1", "run-2"):
        add(state, run_id, AT, object="CampaignMember", field="Status", before="", after="Attended")
    add(state, "run-1", AT, object="CampaignMember", field="Other")
    add(state, "run-1", AT, object="Lead", field="Status")
    statements.clear()
    found = audit_log.read_member_fields(state, "run-1", ["Status", "HasResponded"])
    assert found.to_dict("records") == [{"field": "Status", "before": "", "after": "Attended"}]
    searches = [step for step in steps(state, statements) if "audit" in step]
    assert len(searches) == 2
    assert all("(rowid=?)" in step or "run_id=?" in step for step in searches)


def test_the_last_written_values_are_read_by_record(state: PairState, statements: list[tuple[str, Any]]) -> None:
    for number in range(3):
        add(state, f"run-{number}", AT)
    statements.clear()
    converted = pd.DataFrame(columns=["record_id", "field", "lead_id", "lead_field"])
    found = audit_log.last_written(state, pd.Series(["run-1"]), converted)
    assert list(found["record_id"]) == ["run-1"]
    searches = [step for step in steps(state, statements) if "audit" in step]
    assert searches
    assert all("record_id=?" in step for step in searches)


def test_the_changes_of_a_campaign_are_found_by_its_index(state: PairState, statements: list[tuple[str, Any]]) -> None:
    add(state, "run-1", AT)
    statements.clear()
    assert [entry.run_id for entry in webinar_queries.timeline(state, ["c", "s"])] == ["run-1"]
    assert all("campaign_ref=?" in step for step in steps(state, statements))


def test_old_entries_and_runs_of_all_pairs_are_deleted_by_an_index(
    state: PairState, statements: list[tuple[str, Any]]
) -> None:
    other = PairState(state.database, "other", lambda: "key")
    for one in (state, other):
        add(one, "old", AT - pd.Timedelta(days=400))
        add(one, "new", AT)
        runs.start(one, "dag", "old", (AT - pd.Timedelta(days=400)).to_pydatetime(), is_manual=False, mode="apply")
    statements.clear()
    assert audit_log.prune(state.database, AT - pd.Timedelta(days=365)) == 2
    runs.prune(state.database, AT - pd.Timedelta(days=365))
    assert not [step for step in steps(state, statements) if step.startswith("SCAN")]
    assert {tuple(audit_log.read(one)["run_id"]) for one in (state, other)} == {("new",)}


def test_recent_runs_are_found_by_time(state: PairState, statements: list[tuple[str, Any]]) -> None:
    runs.webhook_calls(state, AT.to_pydatetime(), "run-1")
    assert all("started_at>?" in step for step in steps(state, statements))
