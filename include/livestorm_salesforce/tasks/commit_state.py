"""Commit the sync state after a run: what the next run needs to read and compare less."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from livestorm_salesforce.domain.registrants.change_detection import people_attributes
from livestorm_salesforce.domain.registrants.row_hashes import hashed_mapping, mapping_hash
from livestorm_salesforce.domain.registrants.withheld import RECORD_DELETED, RECORD_HIDDEN
from livestorm_salesforce.domain.report import pending_sessions
from livestorm_salesforce.domain.report.run_result import RunResult, summarize_run
from livestorm_salesforce.domain.sessions.sync_state import SyncState, next_sync_state, without_future_times
from livestorm_salesforce.domain.shared.joins import isin, lookup
from livestorm_salesforce.readers import webhook_deliveries
from livestorm_salesforce.runs.plan_files import plan_document
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import (
    latest_answers,
    quarantine,
    registrations,
    session_listings,
    sync_state,
    used_mappings,
)
from livestorm_salesforce.tasks.quarantine import settle_rows
from livestorm_salesforce.tasks.read_results import known_in_run
from livestorm_salesforce.tasks.report_inputs import ReportInputs
from livestorm_salesforce.writers import plan_executor


def commit_state(run: TaskRun, inputs: ReportInputs, accounting: pd.DataFrame) -> None:
    """Store the state of a run in one transaction, unless a newer run has stored its own.

    Rows that are not loaded are left out, so the next run sends them again.

    Args:
        accounting: `accounting.assign_buckets`.
    """
    with run.app.state.transaction("commit"):
        _commit(run, inputs, accounting)


def save_records(run: TaskRun, inputs: ReportInputs, accounting: pd.DataFrame) -> None:
    """Store the records of the people that an unfinished run has written. If the org has changed their address, the
    next run finds them by their registration and creates nobody again.

    Args:
        accounting: `accounting.assign_buckets`.
    """
    rows = inputs.registrations.reset_index(drop=True)
    written = accounting["person_applied"].reset_index(drop=True)
    rows = rows.assign(record_id=_record_ids(run, inputs, rows).where(written)).dropna(subset="record_id")
    for session_id, of_session in rows.groupby("session_id"):
        registrations.save_records(run.app.state, str(session_id), of_session)


def save_listings(run: TaskRun, inputs: ReportInputs, table: pd.DataFrame) -> None:
    """Store the sessions that a run has listed, for the pages.

    Args:
        table: `session_table.session_table`.
    """
    further = [name for name in session_listings.WRITTEN if name in inputs.sessions and name not in table]
    rows = table.merge(inputs.sessions[["session_id", *further]], on="session_id")
    rows["starts_at"] = rows["started_at"].fillna(rows["estimated_started_at"])
    rows = rows.rename(columns={"scope": "in_scope"})
    session_listings.save(run.app.state, rows, pd.Timestamp(inputs.discovery["now"]), run.run_id)


def _commit(run: TaskRun, inputs: ReportInputs, accounting: pd.DataFrame) -> None:
    now = pd.Timestamp(inputs.discovery["now"])
    old = without_future_times(sync_state.load(run.app.state), now)
    if old and old.last_success > now:
        return
    resolved = settle_rows(run, _run_result(run, inputs, accounting), now)
    _save_registrations(run, inputs, accounting)
    waiting = quarantine.load(run.app.state)
    unsettled = pending_sessions.unsettled_sessions(inputs.registrations, accounting, waiting)
    webhook_deliveries.remove_used(run, inputs.outcomes)
    used_mappings.save(run.app.state, hashed_mapping(run.app.mapping), now)
    if run.by_webhook:
        _save_retries(run, old, unsettled | resolved)
        return
    sync_state.save(
        run.app.state,
        next_sync_state(
            old,
            inputs.sessions,
            inputs.events,
            inputs.links,
            inputs.outcomes,
            sorted(unsettled | resolved),
            inputs.discovery,
            plan_document(run.folder)["verified"],
            _sessions_with_no_shows(run, old, inputs),
        ),
    )


def _save_retries(run: TaskRun, old: SyncState | None, unsettled: set[str]) -> None:
    """State which sessions the next ordinary run reads in full. The counts and times of the last lists are kept."""
    if old is None or not unsettled:
        return
    retry = old.known["retry"] | old.known["session_id"].isin(unsettled)
    sync_state.save(run.app.state, replace(old, known=old.known.assign(retry=retry)))


def _run_result(run: TaskRun, inputs: ReportInputs, accounting: pd.DataFrame) -> RunResult:
    return summarize_run(
        inputs.registrations,
        accounting,
        inputs.sessions,
        inputs.outcomes,
        refused=inputs.refused_campaigns["session_id"],
        gone=inputs.discovery["gone"],
        mapping=int(mapping_hash(run.app.mapping)),
    )


def _save_registrations(run: TaskRun, inputs: ReportInputs, accounting: pd.DataFrame) -> None:
    """The registrations of each session read, and the latest answers of people.

    A person whose member was refused holds the values of the registration, so these count as latest answers too, and
    the record is known: the org may have changed its address, and the next run must not create a second one.
    """
    state, rows, now = run.app.state, inputs.registrations, run.app.utc_now().to_pydatetime()
    is_loaded = accounting["loaded"].to_numpy()
    has_person = is_loaded | accounting["person_applied"].to_numpy()
    stored = rows.assign(
        person_hash=rows["person_hash"].astype("object").where(is_loaded, None),
        member_hash=rows["member_hash"].astype("object").where(is_loaded, None),
        record_id=_record_ids(run, inputs, rows).where(has_person),
        campaign_id=_campaign_ids(inputs, rows, accounting).where(is_loaded),
        watched=rows["has_viewed_replay"],
        bucket=accounting["bucket"].to_numpy(),
        reason=accounting["reason"].to_numpy(),
    )
    by_session = stored.groupby("session_id").indices
    for outcome in inputs.outcomes[inputs.outcomes["file"] != ""].itertuples():
        session_id = str(outcome.session_id)
        registrations.save(
            state,
            session_id,
            stored.iloc[by_session.get(session_id, [])],
            known_in_run(run, session_id),
            (run.run_id, now),
            partial=outcome.state in sync_state.PARTIAL_STATES,
        )
    applied = rows[accounting["person_applied"].to_numpy()]
    latest_answers.upsert(state, applied, people_attributes(run.app.mapping))


def _record_ids(run: TaskRun, inputs: ReportInputs, rows: pd.DataFrame) -> pd.Series:
    """The Salesforce id of the Lead or Contact of each registration; null if it has none."""
    links = plan_executor.read_or_default(run, "people-links", inputs.plan.people)
    return lookup(rows["email_key"], links["email_key"], links["record_id"])


def _campaign_ids(inputs: ReportInputs, rows: pd.DataFrame, accounting: pd.DataFrame) -> pd.Series:
    """The Salesforce id of the Campaign that the record of each registration is a member of.

    Null if the member was found on another record of the person: deleting that record deletes the member.
    """
    plan = inputs.plan
    person = lookup(rows["email_key"], plan.people["email_key"], plan.people["person"]).fillna(rows["email_key"])
    others = plan.members[plan.members["of_record"] != lookup(
        plan.members["email_key"], plan.people["email_key"], plan.people["record_id"])]  # fmt: skip
    on_other = isin(rows["campaign_ref"] + " " + person, others["campaign_ref"] + " " + others["email_key"])
    found = lookup(rows["session_id"], inputs.links["session_id"], inputs.links["campaign_id"])
    is_unwritten = accounting["reason"].isin([RECORD_DELETED, RECORD_HIDDEN]).to_numpy()
    is_written = ~on_other & rows["is_eligible"] & ~is_unwritten
    return found.where(is_written)


def _sessions_with_no_shows(run: TaskRun, old: SyncState | None, inputs: ReportInputs) -> list[str]:
    if old is None:
        return []
    known = pending_sessions.current_statuses(old.known, inputs.sessions, inputs.discovery["gone"])
    given_up = pending_sessions.given_up_sessions(known)
    ended = pending_sessions.ended_siblings(known, given_up)
    if not ended:
        return []
    ended_rows, given_up_rows = (registrations.load_row_hashes(run.app.state, ids) for ids in (ended, given_up))
    return pending_sessions.sessions_with_no_shows(ended_rows, given_up_rows)
