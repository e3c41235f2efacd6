"""Write Contacts and Leads. A lock lets one task at a time create people, so that none is created twice."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd

from livestorm_salesforce.clients.salesforce import Create, Query, Update, soql
from livestorm_salesforce.domain.audit import entries
from livestorm_salesforce.domain.plan import payload
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.plan.record_links import linked_people
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.enums import Detection, RowOutcome
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.tasks import approval, planner
from livestorm_salesforce.writers import audit_writer, plan_executor, row_sender
from livestorm_salesforce.writers.row_sender import Group, RowResults

RESULTS = "people"
PEOPLE = ("Contact", "Lead")


def load_people(run: TaskRun) -> dict[str, Any]:
    """Create and update people. Stores a result per change and the record of each person."""
    with run.counted(), run.app.locks.hold("people"):
        approval.require_approved(run)
        execution = plan_executor.execute_plan(run, _selects, partial(_send, run), planner.replan)
    results = plan_executor.with_superseded(execution.sent, execution.superseded)
    folder = plan_executor.folder(run)
    folder.write(f"{RESULTS}-results", results)
    folder.write(f"{RESULTS}-links", linked_people(execution.plan, execution.sent))
    return dict(plan_executor.count_outcomes(results))


def _selects(changes: pd.DataFrame) -> pd.Series:
    return changes["object"].isin(PEOPLE)


def _send(run: TaskRun, plan: Plan, row_results: RowResults) -> pd.DataFrame:
    results = row_sender.send_groups(run.app.salesforce, _groups(run, plan), row_results)
    duplicates = _refused_duplicates(plan, results, run.app.mapping.people.key_field)
    return _resolve_duplicates(run, plan, results, duplicates, row_results) if len(duplicates) else results


def _groups(run: TaskRun, plan: Plan) -> list[Group]:
    return [group for sobject in PEOPLE for group in _groups_of(run, plan, sobject)]


def _groups_of(run: TaskRun, plan: Plan, sobject: str) -> list[Group]:
    changes, schema = plan.changes[plan.changes["object"] == sobject], run.app.schemas[sobject]
    created = list(payload.to_records(plan, changes[changes["action"] == "create"], schema))
    updated = payload.to_updates(plan, changes[changes["action"] == "update"], schema)
    return [Group(partial(Create, sobject), created, ("Email",)), Group(partial(Update, sobject), updated)]


def _refused_duplicates(plan: Plan, results: pd.DataFrame, key_field: str | None) -> pd.DataFrame:
    """Creations that were refused because their e-mail HMAC exists, with the column `email_hmac`."""
    hmacs = plan.fields[plan.fields["field"] == key_field].set_index("change_id")["after"]
    is_refused = (results["outcome"] == RowOutcome.REFUSED) & (results["code"] == "DUPLICATE_VALUE")
    refused = results.loc[is_refused, "change_id"]
    changes = plan.changes[plan.changes["change_id"].isin(refused) & plan.changes["change_id"].isin(hmacs.index)]
    return changes.assign(email_hmac=changes["change_id"].map(hmacs))


def _resolve_duplicates(
    run: TaskRun, plan: Plan, results: pd.DataFrame, duplicates: pd.DataFrame, row_results: RowResults
) -> pd.DataFrame:
    """Results in which each refused duplicate has a record, unless the record with the HMAC is not found.

    An earlier request created the record with the HMAC: it is the result, also if a flow or a user has changed its
    address since (field A4, A5). If it was converted, the person is created without HMAC. A record that the user of the
    connection does not see may be the person's own (field C7): nobody is created, the creation stays refused.
    """
    holders = _holders(run, duplicates)
    found = results["change_id"].map(_own_records(holders))
    created_before = results.assign(outcome=RowOutcome.DONE, record_id=found)[found.notna()]
    audit_writer.append(run, entries.written_entries(plan, created_before).assign(how=Detection.DETECTED))
    seen = duplicates["change_id"].isin(holders["change_id"])
    others = duplicates.loc[seen & ~duplicates["change_id"].isin(created_before["change_id"]), "change_id"]
    created = _create_without_hmac(run, plan, others, row_results)
    kept = results[~results["change_id"].isin([*created_before["change_id"], *created["change_id"]])]
    return pd.concat([kept, created_before, created], ignore_index=True)


def _create_without_hmac(run: TaskRun, plan: Plan, change_ids: pd.Series, row_results: RowResults) -> pd.DataFrame:
    key_field = str(run.app.mapping.people.key_field)
    selected = plan.only(lambda changes: changes["change_id"].isin(change_ids))
    without = replace(selected, fields=selected.fields[selected.fields["field"] != key_field])
    row_results.dropped.update({int(change): [key_field] for change in change_ids})
    return row_sender.send_groups(run.app.salesforce, _groups(run, without), row_results)


def _holders(run: TaskRun, changes: pd.DataFrame) -> pd.DataFrame:
    """Records with the HMACs of refused creations: change_id, id, is_converted."""
    return pd.concat([_holders_of(run, str(sobject), rows) for sobject, rows in changes.groupby("object")])


def _holders_of(run: TaskRun, sobject: str, changes: pd.DataFrame) -> pd.DataFrame:
    key_field = str(run.app.mapping.people.key_field)
    columns = ["Id", key_field, *(["IsConverted"] if sobject == "Lead" else [])]
    query = Query(sobject, columns, [soql.in_list(key_field, changes["email_hmac"])])
    stored = pd.DataFrame(run.app.salesforce.query(query), columns=columns, dtype="object")
    holders = pd.DataFrame({
        "id": normalize.long_id(stored["Id"]),
        "email_hmac": stored[key_field],
        "is_converted": stored.get("IsConverted", pd.Series(False, index=stored.index)).eq(True),
    })  # fmt: skip
    return changes[["change_id", "email_hmac"]].merge(holders, on="email_hmac")


def _own_records(holders: pd.DataFrame) -> pd.Series:
    """Record id per change. A converted Lead is none: it cannot become a member (Salesforce API,
    CANNOT_UPDATE_CONVERTED_LEAD)."""
    ids: pd.Series = holders[~holders["is_converted"]].set_index("change_id")["id"]
    return ids
