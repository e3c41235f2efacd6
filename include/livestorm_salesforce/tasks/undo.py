"""Undo of one run from its audit: preview, then put back what nobody has changed since."""

from __future__ import annotations

from typing import Any

import pandas as pd

from livestorm_salesforce.clients.salesforce import Query, soql
from livestorm_salesforce.csv_export import to_csv
from livestorm_salesforce.domain.audit import undo as rules
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.enums import RowOutcome
from livestorm_salesforce.errors import ConfigError, PartialLoad
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import audit_log
from livestorm_salesforce.writers import plan_executor, undo_executor

STAMPS = ["CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate"]
#: What further tells that somebody has worked with a person.
OF_PEOPLE = {"Lead": ["IsConverted", "LastActivityDate"], "Contact": ["LastActivityDate"]}


def plan_undo(run: TaskRun) -> dict[str, Any]:
    """Decide about every write of `params.run_id`; leave `undo.parquet` and `undo.csv` in the run folder.

    Raises:
        ConfigError: the audit has no write of that run.
    """
    run.mark_started()
    with run.counted(), run.ending():
        decided = _decide(run)
        run.folder.write("undo", decided)
        path = run.folder.write_text("undo.csv", to_csv(decided))
    return {"counts": _counts(decided), "csv": path}


def undo(run: TaskRun) -> dict[str, Any]:
    """Carry out what the preview said and a new reading still allows; every write is audited.

    Returns:
        number of rows per outcome, over all tries of this undo.

    Raises:
        OutcomeUnknown: no answer to a write came; the retry looks for what was done.
    """
    with run.counted(), run.ending(), run.app.lock("people"), run.app.lock("members"):
        undo_executor.settle(run, lambda rows: _look(run, rows))
        todo = rules.rebase(run.folder.read("undo"), _decide(run))
        plan_executor.note_write(run)
        try:
            results = undo_executor.execute_undo(run, todo[todo["decision"] != rules.LEAVE].reset_index(drop=True))
        finally:
            plan_executor.note_write(run)
        run.folder.write("undo-results", results)
    return {outcome: int(count) for outcome, count in results["outcome"].value_counts().items()}


def settle(run: TaskRun) -> None:
    """Note in the audit what undos did and did not live to hear, if there are such; waits for one under way."""
    if undo_executor.noted(run):
        with run.app.lock("people"), run.app.lock("members"):
            undo_executor.settle(run, lambda rows: _look(run, rows))


def report(run: TaskRun) -> dict[str, Any]:
    """Counts, and the reasons why something was left.

    Raises:
        PartialLoad: Salesforce refused to take some values back.
    """
    decided = run.folder.read("undo")
    left = decided[decided["decision"] == rules.LEAVE]
    told = {"counts": _counts(decided), "left": {why: int(n) for why, n in left["why"].value_counts().items()}}
    if run.folder.has("undo-results.parquet"):
        results = run.folder.read("undo-results")
        told["done"] = {outcome: int(n) for outcome, n in results["outcome"].value_counts().items()}
        refused = results[results["outcome"] == RowOutcome.REFUSED]
        if len(refused):
            codes = ", ".join(sorted(refused["code"].dropna().unique()))
            raise PartialLoad(f"{len(refused)} value(s) could not be put back ({codes}).", remedy="see undo.csv")
    return told


def _counts(decided: pd.DataFrame) -> dict[str, int]:
    counts = decided.groupby(["decision", "object"]).size()
    return {f"{decision} {sobject}": int(count) for (decision, sobject), count in counts.items()}


def _decide(run: TaskRun) -> pd.DataFrame:
    run_id = str(run.params.get("run_id") or "")
    every = audit_log.read(run.app.state)
    mine = (every["run_id"] == run_id) & ~every["action"].isin(audit_log.UNDONE)
    if not mine.any():
        raise ConfigError(
            f"The audit holds no write of run '{run_id}'.",
            remedy="give the run id of a run of livestorm_to_salesforce that wrote something",
        )
    written = rules.collapse(every, mine)
    current = _look(run, written)
    others = _used_since(run, written, every[every["run_id"] != run_id])
    wanted = bool(run.params.get("delete_created"))
    return rules.decide(written, current, run.app.schemas, others, delete_created=wanted)


def _look(run: TaskRun, rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {name: _current(run, name, rows[rows["object"] == name]) for name in undo_executor.ORDER}


def _current(run: TaskRun, sobject: str, written: pd.DataFrame) -> pd.DataFrame:
    known = [field for field in written["field"].unique() if run.app.schemas[sobject].has(field)]
    own = [field for field in OF_PEOPLE.get(sobject, ()) if run.app.schemas[sobject].has(field)]
    columns = list(dict.fromkeys(["Id", *STAMPS, *own, *known]))
    records = run.app.salesforce.query(Query(sobject, columns, [soql.in_list("Id", written["record_id"])]))
    frame = pd.DataFrame(records, columns=columns, dtype="object")
    return frame.assign(Id=normalize.long_id(frame["Id"]))


def _used_since(run: TaskRun, written: pd.DataFrame, elsewhere: pd.DataFrame) -> pd.Series:
    """Records that other runs wrote, and people with members that this run did not make: they stay."""
    made = written[written["created"]]
    columns = {"Lead": "LeadId", "Contact": "ContactId"}
    queries = [
        Query(
            "CampaignMember", ["Id", column], [soql.in_list(column, made.loc[made["object"] == sobject, "record_id"])]
        )
        for sobject, column in columns.items()
    ]
    answers = run.app.salesforce.execute(queries)
    members = pd.DataFrame([row for rows in answers for row in rows], columns=["Id", *columns.values()], dtype="object")
    foreign = members[~normalize.long_id(members["Id"]).isin(made["record_id"])]
    people = pd.concat([normalize.long_id(foreign[column]) for column in columns.values()])
    return pd.concat([elsewhere["record_id"], people]).dropna().drop_duplicates()
