"""Carrying out changes: records to send, values to drop and send again, and what to do when no answer came.

A first try soon after the plan trusts the plan's reading. A retry, an older plan, or a write whose outcome is
unknown reads Salesforce again, plans again with the same function, and carries out what both plans want.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from include.livestorm_salesforce.clients.salesforce import RowResult, SalesforceClient, Write
from include.livestorm_salesforce.clients.salesforce.client import BULK_ABOVE
from include.livestorm_salesforce.core.plan import Plan, narrow
from include.livestorm_salesforce.core.schema import ObjectSchema
from include.livestorm_salesforce.errors import OutcomeUnknown
from include.livestorm_salesforce.pipeline import audit, unheard
from include.livestorm_salesforce.pipeline.planning import plan_now, scoped_facts
from include.livestorm_salesforce.pipeline.plans import plan_document, saved
from include.livestorm_salesforce.pipeline.run import Run
from include.livestorm_salesforce.store import Folder

ROUNDS = 3
LAST_WRITES = "last_writes"
KEPT_WRITERS = 200
RESULT_COLUMNS = ["change_id", "outcome", "record_id", "code", "message", "dropped", "fields"]

#: The org refuses a value, not the person: leave the field out and send the row again.
DROPPABLE = {"INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "FIELD_INTEGRITY_EXCEPTION"}
ADDRESS = (
    "Country",
    "State",
    "CountryCode",
    "StateCode",
    "MailingCountry",
    "MailingState",
    "MailingCountryCode",
    "MailingStateCode",
)

#: The org's fields are not what was described: they are read again by the next run.
CHANGED_ORG = {"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE", "REQUIRED_FIELD_MISSING", "STRING_TOO_LONG"}

#: The record is gone or has become another one: the next run matches again.
VANISHED = {"ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "NOT_FOUND", "CANNOT_UPDATE_CONVERTED_LEAD"}
#: The fields by which a row names the record it was matched to.
MATCHED = {"Id", "LeadId", "ContactId", "CampaignId"}


def folder(run: Run) -> Folder:
    """Where the loads of the run's present plan leave their results; a new plan starts an empty one."""
    return run.folder.folder(f"load-{int(plan_document(run)['read_at'] * 1000)}")


def left(run: Run, name: str, otherwise: pd.DataFrame) -> pd.DataFrame:
    """What an earlier load of this plan left, or the plan's own knowledge where it has not run."""
    there = folder(run)
    return there.read(name) if there.has(f"{name}.parquet") else otherwise


@dataclass
class Told:
    """What Salesforce has answered so far, so that an error or a kill in the middle loses none of it."""

    results: dict[int, RowResult] = field(default_factory=dict)
    dropped: dict[int, list[str]] = field(default_factory=dict)
    outcomes: dict[int, str] = field(default_factory=dict)

    def take(self, change: int, record: dict[str, Any], result: RowResult) -> None:
        self.results[change], self.outcomes[change] = result, _outcome(result, record)

    def frame(self, changes: Iterable[int] | None = None) -> pd.DataFrame:
        """One row per change, of all or of these: columns `RESULT_COLUMNS`; outcome is done, refused or vanished."""
        return results_frame(
            [
                (change, self.outcomes[change], self.results[change], self.dropped.get(change, []))
                for change in (self.results if changes is None else changes)
            ]
        )


Send = Callable[[Plan, Told], Any]
Mine = Callable[[pd.DataFrame], pd.Series]
There = Callable[[Plan, Plan], pd.DataFrame]


def carry_out(run: Run, mine: Mine, send: Send, there: There | None = None) -> tuple[Plan, Any]:
    """Send what is still needed of the run's plan; returns the plan in force and what `send` returned.

    Every write is in the audit when this returns or raises: those answered, and those of an earlier try or round whose
    answer never came and that a new reading found done.

    Args:
        mine: of the plan's changes those that this task carries out.
        there: given the plan and a fresh one, records that exist and that plans do not name.

    Raises:
        OutcomeUnknown: no answer came in several rounds.
    """
    planned = saved(run).only(mine)
    trusted, again = _trusted(run), run.try_number > 1
    for left in reversed(range(ROUNDS)):
        current = planned
        if not trusted:
            _outwait_jobs(run, planned)
            fresh = _replanned(run)
            current = narrow(planned, fresh)
            if again:
                audit.note_found(run, planned, current, fresh, there(planned, fresh) if there else None)
        try:
            if len(current.changes):
                unheard.begin(run, planned)
            done = _send(run, current, send)
            unheard.end(run)
            return current, done
        except OutcomeUnknown:
            if not left:
                raise
            time.sleep(run.settings.settle_seconds)  # the request may still be running in Salesforce
            trusted, again = False, True
    raise AssertionError("unreachable")


def _outwait_jobs(run: Run, planned: Plan) -> None:
    """A bulk job of a killed try goes on in Salesforce; a reading before its end would find half of its rows."""
    counts = planned.changes.groupby("object").size()
    for name in counts.index[counts > BULK_ABOVE]:
        run.salesforce.wait_for_bulk(str(name))


def _send(run: Run, current: Plan, send: Send) -> Any:
    told = Told()
    if len(current.changes):
        note_write(run)
    try:
        return send(current, told)
    finally:
        results = told.frame()
        audit.note(run, current, results)
        if results["code"].isin(CHANGED_ORG).any():
            run.forget_schemas()
        if len(current.changes):
            note_write(run)


def _trusted(run: Run) -> bool:
    """A first try, soon after the reading; nobody else has written since, and no person had time to think."""
    read_at = plan_document(run)["read_at"]
    young = 0 <= (time.time() - read_at) / 60 < run.settings.trust_plan_minutes  # a clock set back tells nothing
    others = run.state.read_json(LAST_WRITES, {}).items()
    foreign = any(at >= read_at and _foreign(run, name) for name, at in others)
    return run.try_number == 1 and young and not foreign and run.params.get("approve") != "ask"


def _foreign(run: Run, name: str) -> bool:
    """Another run, or another try of this very task (a twin that was thought dead)."""
    run_id, task, try_number = json.loads(name)
    return run_id != run.run_id or (task == run.task and try_number != run.try_number)


def note_write(run: Run) -> None:
    """Tell others that plans made before now no longer know the org."""
    with run.alone(LAST_WRITES):
        known = run.state.read_json(LAST_WRITES, {})
        known[json.dumps([run.run_id, run.task, run.try_number])] = time.time()
        latest = sorted(known.items(), key=lambda item: item[1])[-KEPT_WRITERS:]
        run.state.write_json(LAST_WRITES, dict(latest))


def _replanned(run: Run) -> Plan:
    return plan_now(run, scoped_facts(run), run.folder.read("registrations"))


def records_of(plan: Plan, changes: pd.DataFrame, schema: ObjectSchema) -> Iterator[tuple[int, dict[str, Any]]]:
    """The records to send: change id and fields, typed as Salesforce expects them in JSON."""
    fields = plan.fields[plan.fields["change_id"].isin(changes["change_id"])]
    wide = fields.pivot(index="change_id", columns="field", values="after").reindex(changes["change_id"])
    names = list(wide.columns)
    kinds = list(json_types(names, schema).values())
    for change_id, *values in wide.itertuples(name=None):
        present = zip(names, kinds, values, strict=True)
        yield change_id, {name: kind(value) for name, kind, value in present if isinstance(value, str)}


def edits_of(plan: Plan, changes: pd.DataFrame, schema: ObjectSchema) -> list[tuple[int, dict[str, Any]]]:
    """The same for records that exist, each with its Id."""
    ids = dict(zip(changes["change_id"], changes["record_id"], strict=True))
    return [(change, {"Id": ids[change]} | record) for change, record in records_of(plan, changes, schema)]


def json_types(names: Iterable[str], schema: ObjectSchema) -> dict[str, Callable[[str], Any]]:
    """What turns a canonical value of each field into what JSON holds."""
    return {name: _json_type(name, schema) for name in names}


def _json_type(name: str, schema: ObjectSchema) -> Callable[[str], Any]:
    info = schema.fields.get(name)
    if info is None:
        return str
    if info.type == "boolean":
        return "true".__eq__
    if info.type in ("int", "long") or (info.is_number and info.scale == 0):
        return lambda text: int(float(text))
    return float if info.is_number else str


@dataclass(frozen=True)
class Group:
    """Rows that one kind of request writes: (change id, record) each.

    `match_on`: columns that tell new rows apart when a bulk job gives its results in another order.
    """

    request: Callable[[list[dict[str, Any]]], Write]
    rows: list[tuple[int, dict[str, Any]]]
    match_on: tuple[str, ...] = ()


def send_groups(client: SalesforceClient, groups: list[Group], told: Told) -> pd.DataFrame:
    """Write the rows of all groups and, where only a value was refused, write them again without it.

    Args:
        told: is told every row's result as soon as it is final.

    Returns:
        one row per change of the groups, as `Told.frame`.
    """
    _write(client, groups, told)
    again = [_without_refused(group, told) for group in groups]
    _write(client, again, told)
    return told.frame(change for group in groups for change, _ in group.rows)


def _write(client: SalesforceClient, groups: list[Group], told: Told) -> None:
    """Small groups share as few calls as they fit in; a large one is a bulk job of its own."""
    small = [group for group in groups if 0 < len(group.rows) <= BULK_ABOVE]
    large = [group for group in groups if len(group.rows) > BULK_ABOVE]
    if small:
        client.execute([_request(group) for group in small], on_rows=telling(small, told))
    for group in large:
        client.write(_request(group), match_on=group.match_on, on_rows=telling([group], told))


def telling(groups: list[Group], told: Told) -> Callable[[int, dict[int, RowResult]], None]:
    def tell(number: int, rows: dict[int, RowResult]) -> None:
        for row, result in rows.items():
            told.take(*groups[number].rows[row], result)

    return tell


def _request(group: Group) -> Write:
    return group.request([record for _, record in group.rows])


def _without_refused(group: Group, told: Told) -> Group:
    again = []
    for change, record in group.rows:
        refused = _refused_fields(told.results[change], record)
        if refused and len(refused) < len(record):
            again.append((change, {name: value for name, value in record.items() if name not in refused}))
            told.dropped[change] = [*told.dropped.get(change, []), *refused]
    return replace(group, rows=again)


def results_frame(rows: list[tuple[int, str, RowResult, list[str]]]) -> pd.DataFrame:
    told = [
        (change, outcome, result.id, result.code, result.message, _joined(dropped), _joined(result.fields))
        for change, outcome, result, dropped in rows
    ]
    return pd.DataFrame(told, columns=RESULT_COLUMNS).astype(
        {"change_id": "int64"} | dict.fromkeys(RESULT_COLUMNS[1:], "str")
    )


def _joined(names: Iterable[str]) -> str | None:
    return " ".join(names) or None


def _outcome(result: RowResult, record: dict[str, Any]) -> str:
    """Only a record that was matched can have vanished. What else a row refers to (Account, owner, parent) comes from
    the mapping: if that is gone, the next run meets the same refusal, and a person must know."""
    if result.success:
        return "done"
    named = (set(result.fields or ()) or {name for name in record if name.endswith("Id")}) - MATCHED
    return "vanished" if result.code in VANISHED and MATCHED & record.keys() and not named else "refused"


def _refused_fields(result: RowResult, record: dict[str, Any]) -> list[str]:
    """The fields that a refusal blames and that may go. Address picklists name the field by its label only."""
    if result.success or result.code not in DROPPABLE:
        return []
    named = [name for name in result.fields or () if name in record and name not in MATCHED]
    if named or result.code != "FIELD_INTEGRITY_EXCEPTION" or not re.search("countr|state", result.message or "", re.I):
        return named
    return [name for name in ADDRESS if name in record]
