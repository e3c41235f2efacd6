"""Apply an undo to Salesforce. The audit log contains each response before the next request is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from livestorm_salesforce.clients.salesforce import Delete, RowResult, Update, Write
from livestorm_salesforce.domain.audit import entries
from livestorm_salesforce.domain.audit import undo as rules
from livestorm_salesforce.domain.plan.payload import json_types
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema
from livestorm_salesforce.enums import Detection, IntentKind, RowOutcome
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import audit_log
from livestorm_salesforce.writers import audit_writer, transaction_sizes, write_ahead_log

#: Frame in the undo's run folder: the decisions that it sends.
SENT = "undo-sent"
RESULTS = ["object", "record_id", "field", "source_key", "campaign_ref", "how", "outcome", "code"]


#: A request from decisions about one object, and the record ids in its order.
ToRequest = Callable[[TaskRun, str, pd.DataFrame], tuple[Write, list[str]]]


def execute_undo(run: TaskRun, decisions: pd.DataFrame) -> pd.DataFrame:
    """Send all decisions. Writes that Salesforce confirmed are in the audit log when this returns or raises.

    Args:
        decisions: rows of `domain.audit.undo.decide`, none of them `leave`.

    Returns:
        what all attempts of this undo applied, and what was refused in this one: columns `RESULTS`, all text.

    Raises:
        OutcomeUnknown: the response to a write was lost; the retry detects what was applied.
    """
    refused: list[pd.DataFrame] = []
    if len(decisions):
        run.folder.write(SENT, decisions)
        transaction_sizes.share_sizes(run)
        write_ahead_log.record_intent(run, IntentKind.UNDO, reverts=run.params["run_id"])
        _send_all(run, decisions, refused)
        write_ahead_log.commit(run)
    parts = [recorded_entries(run).assign(outcome=RowOutcome.DONE), *refused]
    return pd.concat(parts, ignore_index=True).reindex(columns=RESULTS).astype("str")


def append_detected(
    undo: TaskRun,
    schemas: dict[str, ObjectSchema],
    read_records: Callable[[pd.DataFrame], dict[str, pd.DataFrame]],
) -> None:
    """Append to the audit log what this undo applied without receiving the response.

    Args:
        undo: an attempt of the undo, which may be of an earlier run.
        read_records: `current` of `domain.audit.undo.decide` for decisions.
    """
    unrecorded = rules.without_entries(undo.folder.read(SENT), recorded_entries(undo))
    if len(unrecorded):
        applied = rules.detect_applied(unrecorded, read_records(unrecorded), schemas)
        audit_writer.append(undo, rules.undo_entries(applied, _reason(undo), Detection.DETECTED))


def recorded_entries(undo: TaskRun) -> pd.DataFrame:
    """The audit entries of an undo: columns `entries.COLUMNS`."""
    rows = audit_log.read(undo.app.state, undo.run_id)
    is_own = rows["action"].isin(audit_log.UNDONE) & (rows["reason"] == _reason(undo))
    return rows.loc[is_own, entries.COLUMNS].reset_index(drop=True)


def _send_all(run: TaskRun, decisions: pd.DataFrame, refused: list[pd.DataFrame]) -> None:
    requests: dict[str, ToRequest] = {rules.PUT_BACK: _update_request, rules.DELETE: _delete_request}
    for sobject in rules.ORDER:
        of_object = decisions[decisions["object"] == sobject]
        for decision, to_request in requests.items():
            rows = of_object[of_object["decision"] == decision]
            if len(rows):
                request, ids = to_request(run, sobject, rows)
                run.app.salesforce.execute([request], on_rows=_result_collector(run, rows, ids, refused))


def _update_request(run: TaskRun, sobject: str, rows: pd.DataFrame) -> tuple[Update, list[str]]:
    """An empty old value is written as null: in contrast to a load, an undo may clear fields."""
    records: dict[str, dict[str, Any]] = {}
    types = json_types(rows["field"].unique(), run.app.schemas[sobject])
    for record_id, field, before in zip(rows["record_id"], rows["field"], rows["before"], strict=True):
        value = types[field](before) if isinstance(before, str) else None
        records.setdefault(record_id, {"Id": record_id})[field] = value
    return Update(sobject, list(records.values())), list(records)


def _delete_request(_run: TaskRun, _sobject: str, rows: pd.DataFrame) -> tuple[Delete, list[str]]:
    ids = rows["record_id"].drop_duplicates().tolist()
    return Delete(ids), ids


def _result_collector(
    run: TaskRun, rows: pd.DataFrame, ids: list[str], refused: list[pd.DataFrame]
) -> Callable[[int, dict[int, RowResult]], None]:
    """A callback for the client that appends applied rows to the audit log and the others to `refused`.

    Args:
        ids: record ids of the request, in order.
    """

    def collect(_request: int, results: dict[int, RowResult]) -> None:
        by_id = {ids[row]: result for row, result in results.items()}
        received = rows[rows["record_id"].isin(list(by_id))]
        is_done = received["record_id"].map(lambda record_id: by_id[record_id].success).astype(bool)
        audit_writer.append(run, rules.undo_entries(received[is_done], _reason(run), Detection.RESPONSE))
        codes = received["record_id"].map(lambda record_id: by_id[record_id].code)
        refused.append(received.assign(outcome=RowOutcome.REFUSED, code=codes)[~is_done])

    return collect


def _reason(undo: TaskRun) -> str:
    return f"undo of {undo.params['run_id']}"
