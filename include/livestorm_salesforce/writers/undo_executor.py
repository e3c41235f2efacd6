"""Carrying out an undo so that no write of it is missing in the audit, also one whose answer never came.

What Salesforce answers is in the audit before the next call. What it did not live to answer is looked for: before the
first row is sent a note says so, and it goes when all is answered. Whoever meets the note first (a retry, another undo,
the next run that loads) looks what is put back or gone by now, and notes it under the undo that did it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd

from livestorm_salesforce.clients.salesforce import Delete, RowResult, Update
from livestorm_salesforce.domain.audit import entries
from livestorm_salesforce.domain.audit import undo as rules
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema
from livestorm_salesforce.enums import Detection, RowOutcome
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import audit_log
from livestorm_salesforce.storage import Folder, safe_name
from livestorm_salesforce.writers import audit_writer, row_sender

#: Members before the people they hang on, and all before Campaigns.
ORDER = ["CampaignMember", "Lead", "Contact", "CampaignMemberStatus", "Campaign"]
#: In the undo's run folder: the rows it sends.
SENT = "undo-sent"
RESULTS = ["object", "record_id", "field", "source_key", "campaign_ref", "how", "outcome", "code"]
#: Given rows with object, record_id and field: per object the records as they are (`current` of `rules.decide`).
Look = Callable[[pd.DataFrame], dict[str, pd.DataFrame]]


def execute_undo(run: TaskRun, todo: pd.DataFrame) -> pd.DataFrame:
    """Send all; what Salesforce took is in the audit when this returns or raises.

    Args:
        todo: rows of `rules.decide` to put back and to delete.

    Returns:
        what this undo did, in this and in earlier tries, and what was refused now: columns `RESULTS`, all text;
        `outcome` is `done` or `refused`.

    Raises:
        OutcomeUnknown: no answer came; the retry looks for what was done.
    """
    refused: list[pd.DataFrame] = []
    if len(todo):
        _begin(run, todo)
        _send_all(run, todo, refused)
        _forget(run, _name(run))
    return _results(run, refused)


def settle(run: TaskRun, look: Look) -> None:
    """Note what undos did without hearing of it. Nobody else may write people or members meanwhile."""
    for name in noted(run):
        note = _folder(run).read_json(name)
        doer = replace(run, params={"run_id": note["of"]}, **{key: note[key] for key in ("run_id", "task", "dag_id")})
        if doer.folder.has(f"{SENT}.parquet"):
            run.app.clock.sleep(run.app.settings.settle_seconds)  # its last request may still be running in Salesforce
            _settle(doer, look, run.app.schemas)
        _forget(run, name)


def noted(run: TaskRun) -> list[str]:
    """Names of the notes there are: of undos under way, and of those that came to no end."""
    return [file.removesuffix(".json") for file in _folder(run).names(".json")]


def _settle(doer: TaskRun, look: Look, schemas: dict[str, ObjectSchema]) -> None:
    by = ["object", "record_id", "field"]
    sent = doer.folder.read(SENT)
    told = _told(doer).set_index(by).index
    sent = sent[~pd.MultiIndex.from_frame(sent[by].fillna({"field": "Id"})).isin(told)].reset_index(drop=True)
    if len(sent):
        done = rules.detect_applied(sent, look(sent), schemas)
        audit_writer.append(doer, rules.undo_entries(done, _reason(doer), Detection.DETECTED))


# ---------------------------------------------------------------------- sending


def _send_all(run: TaskRun, todo: pd.DataFrame, refused: list[pd.DataFrame]) -> None:
    for sobject in ORDER:
        rows = todo[todo["object"] == sobject]
        for decision, request_of in ((rules.PUT_BACK, _put_back), (rules.DELETE, _delete)):
            part = rows[rows["decision"] == decision]
            if len(part):
                request, ids = request_of(run, sobject, part)
                run.app.salesforce.execute([request], on_rows=_telling(run, part, ids, refused))


def _put_back(run: TaskRun, sobject: str, rows: pd.DataFrame) -> tuple[Update, list[str]]:
    """An old value that was empty is written as null: an undo may erase, because it puts back."""
    records: dict[str, dict[str, Any]] = {}
    types = row_sender.json_types(rows["field"].unique(), run.app.schemas[sobject])
    for row in rows.itertuples():
        value = types[row.field](row.before) if isinstance(row.before, str) else None
        records.setdefault(row.record_id, {"Id": row.record_id})[row.field] = value
    return Update(sobject, list(records.values())), list(records)


def _delete(_run: TaskRun, _sobject: str, rows: pd.DataFrame) -> tuple[Delete, list[str]]:
    ids = rows["record_id"].drop_duplicates().tolist()
    return Delete(ids), ids


def _telling(
    run: TaskRun, rows: pd.DataFrame, ids: list[str], refused: list[pd.DataFrame]
) -> Callable[[int, dict[int, RowResult]], None]:
    """What takes the answers to one request as they come; `ids` are of its records, in the order sent."""

    def tell(_: int, answers: dict[int, RowResult]) -> None:
        results = {ids[row]: result for row, result in answers.items()}
        heard = rows[rows["record_id"].isin(list(results))]
        done = heard["record_id"].map(lambda record: results[record].success).astype(bool)
        audit_writer.append(run, rules.undo_entries(heard[done], _reason(run), Detection.RESPONSE))
        codes = heard["record_id"].map(lambda record: results[record].code)
        refused.append(heard.assign(outcome=RowOutcome.REFUSED, code=codes)[~done])

    return tell


def _results(run: TaskRun, refused: list[pd.DataFrame]) -> pd.DataFrame:
    parts = [_told(run).assign(outcome=RowOutcome.DONE), *refused]
    return pd.concat(parts, ignore_index=True).reindex(columns=RESULTS).astype("str")


def _told(doer: TaskRun) -> pd.DataFrame:
    """What the audit holds of this undo."""
    rows = audit_log.read(doer.app.state, doer.run_id)
    mine = rows["action"].isin(audit_log.UNDONE) & (rows["reason"] == _reason(doer))
    return rows.loc[mine, entries.COLUMNS].reset_index(drop=True)


def _reason(doer: TaskRun) -> str:
    return f"undo of {doer.params['run_id']}"


# ---------------------------------------------------------------------- notes


def _begin(run: TaskRun, todo: pd.DataFrame) -> None:
    run.folder.write(SENT, todo)
    note = {"run_id": run.run_id, "task": run.task, "dag_id": run.dag_id, "of": run.params["run_id"]}
    _folder(run).write_json(_name(run), note)


def _folder(run: TaskRun) -> Folder:
    return run.app.state.folder("unheard-undo")


def _name(run: TaskRun) -> str:
    return safe_name(f"{run.dag_id} {run.run_id}")


def _forget(run: TaskRun, name: str) -> None:
    _folder(run).drop(f"{name}.json")
