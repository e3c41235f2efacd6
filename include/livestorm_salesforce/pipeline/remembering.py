"""After the report: keep what the next run should know."""

from __future__ import annotations

import pandas as pd

from include.livestorm_salesforce.core import scope
from include.livestorm_salesforce.core.account import Results
from include.livestorm_salesforce.core.qualify import mapping_hash
from include.livestorm_salesforce.core.quarantine import Outcome
from include.livestorm_salesforce.core.registrations import people_attributes
from include.livestorm_salesforce.pipeline import inbox, loading, memory, quarantine, sending, spoken
from include.livestorm_salesforce.pipeline.findings import refused_campaigns
from include.livestorm_salesforce.pipeline.plans import plan_document, saved
from include.livestorm_salesforce.pipeline.run import Run


def remember(
    run: Run,
    sessions: pd.DataFrame,
    outcomes: pd.DataFrame,
    registrations: pd.DataFrame,
    account: pd.DataFrame,
    links: pd.DataFrame,
) -> None:
    """Keep what saves calls next time. Rows that did not get into Salesforce are not kept, so they come again."""
    document = run.folder.read_json("discover")
    now = pd.Timestamp(document["now"])
    old = memory.recall(run.state)
    if old and old.last_success > now:
        return  # an old run's report made anew: newer runs know better
    freed = quarantine.enter(run, _outcome(run, sessions, outcomes, registrations, account), now)
    loaded = registrations[account["loaded"].to_numpy()]
    for outcome in outcomes[outcomes["file"] != ""].itertuples():
        rows = registrations[registrations["session_id"] == outcome.session_id]
        mine = loaded[loaded["session_id"] == outcome.session_id]
        memory.enter(run.state, outcome.session_id, mine, also=rows if outcome.state in memory.IN_PART else None)
        if (everybody := memory.roster(run.folder, outcome.session_id)) is not None:
            memory.enter_roster(run.state, outcome.session_id, everybody)
    # a person holds what a registration says although its member was refused: older ones must not turn that back
    spoken.enter(run.state, registrations[account["spoken"].to_numpy()], people_attributes(run.mapping))
    memory.remember(
        run.state,
        memory.next_memory(
            old,
            sessions,
            run.folder.read("events"),
            links,
            outcomes,
            sorted({*_unsettled(run, registrations, account), *freed}),
            document,
            plan_document(run)["verified"],
            _missed(run, old, sessions),
        ),
    )
    inbox.forget(run, outcomes)


def _outcome(
    run: Run, sessions: pd.DataFrame, outcomes: pd.DataFrame, registrations: pd.DataFrame, account: pd.DataFrame
) -> Outcome:
    """What this run says about rows in quarantine; a Campaign is there when nothing refused it any more."""
    results = Results(run.writes, loading.left(run, "campaigns-results", sending.results_frame([])), None, None)
    refused = set(refused_campaigns(saved(run), results)["session_id"])
    scoped = set(sessions.loc[sessions["scope"].astype(bool), "session_id"])
    gone = {*run.folder.read_json("discover")["gone"], *outcomes.loc[outcomes["state"] == "gone", "session_id"]}
    complete = outcomes.loc[outcomes["state"] == "read", "session_id"]
    readable = sessions["status"].isin([*scope.OPEN, *scope.OVER]) & (sessions["registrants_count"] != 0)
    looked_at = sessions["why"] != scope.NOT_ASKED
    idle = set(sessions.loc[looked_at & ~(sessions["scope"].astype(bool) & readable), "session_id"])
    healed, mapping = frozenset(scoped - refused), int(mapping_hash(run.mapping))
    return Outcome(registrations, account, frozenset(complete), frozenset(gone), healed, frozenset(idle), mapping)


def _unsettled(run: Run, registrations: pd.DataFrame, account: pd.DataFrame) -> set[str]:
    """Sessions with a row that should be in Salesforce and is not; what is in quarantine waits there."""
    waiting = quarantine.recall(run.state)
    open_rows = account[registrations["counts"].to_numpy() & ~account["loaded"].to_numpy()]
    row = ["session_id", "person_id"]
    left = open_rows.merge(waiting[row], on=row, how="left", indicator="where")
    return set(left.loc[left["where"] == "left_only", "session_id"])


def _missed(run: Run, old: memory.Memory | None, sessions: pd.DataFrame) -> list[str]:
    """Sessions that are over, of a Campaign that several share (Q8), with somebody who was registered for another one
    to come that is canceled, was never started, or is deleted now: that they missed the first is to be said."""
    if old is None:
        return []
    now = sessions[sessions["why"] != scope.NOT_ASKED].set_index("session_id")["status"]
    now = pd.concat([now, pd.Series("deleted", index=run.folder.read_json("discover")["gone"])])
    found = old.known["session_id"].map(now[~now.index.duplicated()]).astype("str")
    known = old.known.assign(now=found.fillna(old.known["status"]))
    given_up = known["status"].isin(scope.OPEN) & ~known["now"].isin([*scope.OPEN, "past"])
    over = known[(known["now"] == "past") & known["campaign_id"].isin(known.loc[given_up, "campaign_id"].dropna())]
    if over.empty:
        return []
    waited = memory.ledger(run.state, known.loc[given_up, "session_id"].tolist())["person_id"]
    came = memory.ledger(run.state, over["session_id"].tolist())
    return came.loc[came["person_id"].isin(waited), "session_id"].unique().tolist()
