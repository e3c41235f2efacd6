"""After the report: keep what the next run should know."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.registrants.change_detection import people_attributes
from livestorm_salesforce.domain.registrants.eligibility import mapping_hash
from livestorm_salesforce.domain.report.accounting import Results
from livestorm_salesforce.domain.report.quarantine import RunResult
from livestorm_salesforce.domain.sessions import scope
from livestorm_salesforce.enums import ReadState
from livestorm_salesforce.readers import webhook_deliveries
from livestorm_salesforce.runs.plan_files import load_plan, plan_document
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import latest_answers, sync_state
from livestorm_salesforce.state import quarantine as kept_quarantine
from livestorm_salesforce.tasks import quarantine
from livestorm_salesforce.tasks.report_warnings import refused_campaigns
from livestorm_salesforce.writers import plan_executor, row_sender


def commit_state(
    run: TaskRun,
    sessions: pd.DataFrame,
    outcomes: pd.DataFrame,
    registrations: pd.DataFrame,
    accounting: pd.DataFrame,
    links: pd.DataFrame,
) -> None:
    """Keep what saves calls next time. Rows that did not get into Salesforce are not kept, so they come again."""
    document = run.folder.read_json("discover")
    now = pd.Timestamp(document["now"])
    old = sync_state.load(run.app.state)
    if old and old.last_success > now:
        return  # an old run's report made anew: newer runs know better
    freed = quarantine.enter(run, _outcome(run, sessions, outcomes, registrations, accounting), now)
    loaded = registrations[accounting["loaded"].to_numpy()]
    for outcome in outcomes[outcomes["file"] != ""].itertuples():
        rows = registrations[registrations["session_id"] == outcome.session_id]
        mine = loaded[loaded["session_id"] == outcome.session_id]
        sync_state.upsert_row_hashes(
            run.app.state, outcome.session_id, mine, also=rows if outcome.state in sync_state.PARTIAL_STATES else None
        )
        if (everybody := sync_state.known_registrants(run.folder, outcome.session_id)) is not None:
            sync_state.save_known_registrants(run.app.state, outcome.session_id, everybody)
    # a person holds what a registration says although its member was refused: older ones must not turn that back
    latest_answers.upsert(
        run.app.state, registrations[accounting["person_applied"].to_numpy()], people_attributes(run.app.mapping)
    )
    sync_state.save(
        run.app.state,
        sync_state.next_sync_state(
            old,
            sessions,
            run.folder.read("events"),
            links,
            outcomes,
            sorted({*_unsettled(run, registrations, accounting), *freed}),
            document,
            plan_document(run.folder)["verified"],
            _missed(run, old, sessions),
        ),
    )
    webhook_deliveries.remove_used(run, outcomes)


def _outcome(
    run: TaskRun, sessions: pd.DataFrame, outcomes: pd.DataFrame, registrations: pd.DataFrame, accounting: pd.DataFrame
) -> RunResult:
    """What this run says about rows in quarantine; a Campaign is there when nothing refused it any more."""
    results = Results(
        run.writes, plan_executor.read_or_default(run, "campaigns-results", row_sender.results_frame([])), None, None
    )
    refused = set(refused_campaigns(load_plan(run.folder), results)["session_id"])
    scoped = set(sessions.loc[sessions["scope"].astype(bool), "session_id"])
    gone = {*run.folder.read_json("discover")["gone"], *outcomes.loc[outcomes["state"] == ReadState.GONE, "session_id"]}
    complete = outcomes.loc[outcomes["state"] == ReadState.FULL, "session_id"]
    readable = sessions["status"].isin([*scope.OPEN, *scope.OVER]) & (sessions["registrants_count"] != 0)
    looked_at = sessions["reason"] != scope.NOT_ASKED
    idle = set(sessions.loc[looked_at & ~(sessions["scope"].astype(bool) & readable), "session_id"])
    healed, mapping = frozenset(scoped - refused), int(mapping_hash(run.app.mapping))
    return RunResult(registrations, accounting, frozenset(complete), frozenset(gone), healed, frozenset(idle), mapping)


def _unsettled(run: TaskRun, registrations: pd.DataFrame, accounting: pd.DataFrame) -> set[str]:
    """Sessions with a row that should be in Salesforce and is not; what is in quarantine waits there."""
    waiting = kept_quarantine.load(run.app.state)
    open_rows = accounting[registrations["is_eligible"].to_numpy() & ~accounting["loaded"].to_numpy()]
    row = ["session_id", "person_id"]
    left = open_rows.merge(waiting[row], on=row, how="left", indicator="where")
    return set(left.loc[left["where"] == "left_only", "session_id"])


def _missed(run: TaskRun, old: sync_state.SyncState | None, sessions: pd.DataFrame) -> list[str]:
    """Sessions that are over, of a Campaign that several share (Q8), with somebody who was registered for another one
    to come that is canceled, was never started, or is deleted now: that they missed the first is to be said."""
    if old is None:
        return []
    now = sessions[sessions["reason"] != scope.NOT_ASKED].set_index("session_id")["status"]
    now = pd.concat([now, pd.Series("deleted", index=run.folder.read_json("discover")["gone"])])
    found = old.known["session_id"].map(now[~now.index.duplicated()]).astype("str")
    known = old.known.assign(now=found.fillna(old.known["status"]))
    given_up = known["status"].isin(scope.OPEN) & ~known["now"].isin([*scope.OPEN, "past"])
    over = known[(known["now"] == "past") & known["campaign_id"].isin(known.loc[given_up, "campaign_id"].dropna())]
    if over.empty:
        return []
    waited = sync_state.load_row_hashes(run.app.state, known.loc[given_up, "session_id"].tolist())["person_id"]
    came = sync_state.load_row_hashes(run.app.state, over["session_id"].tolist())
    return came.loc[came["person_id"].isin(waited), "session_id"].unique().tolist()
