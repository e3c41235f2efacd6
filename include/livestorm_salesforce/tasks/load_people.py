"""Write Contacts and Leads. One task of one run at a time: two must never make the same person."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd

from livestorm_salesforce.clients.salesforce import Create, Query, Update, soql
from livestorm_salesforce.domain.audit import entries
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.enums import Detection, RowOutcome
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.tasks import planner
from livestorm_salesforce.writers import audit_writer, plan_executor, row_sender
from livestorm_salesforce.writers.row_sender import Group, RowResults

RESULTS = "people"


def load_people(run: TaskRun) -> dict[str, Any]:
    """Make and update people; leave the plan in force and a result per change in the run folder."""
    with run.counted(), run.app.lock("people"):
        plan, sent, superseded_ids = plan_executor.execute_plan(
            run, _selects, lambda current, row_results: _send(run, current, row_results), planner.replan
        )
    folder, results = plan_executor.folder(run), plan_executor.with_superseded(sent, superseded_ids)
    folder.write(f"{RESULTS}-results", results)
    folder.write(f"{RESULTS}-links", linked_people(plan, sent))
    return {outcome: int(count) for outcome, count in results["outcome"].value_counts().items()}


def _selects(changes: pd.DataFrame) -> pd.Series:
    return changes["object"].isin(["Contact", "Lead"])


def _send(run: TaskRun, plan: Plan, row_results: RowResults) -> pd.DataFrame:
    groups = [group for sobject in ("Contact", "Lead") for group in _groups(run, plan, sobject)]
    results = row_sender.send_groups(run.app.salesforce, groups, row_results)
    return _resolve_duplicates(run, plan, results, row_results)


def _resolve_duplicates(run: TaskRun, plan: Plan, results: pd.DataFrame, row_results: RowResults) -> pd.DataFrame:
    """A create whose mark exists already: it was carried out before, or its record has another address by now.

    In the first case the record is taken; in the second the person is made without an HMAC, for people are matched by
    address alone (R15).
    """
    name = run.app.mapping.people.key_field
    refused = results[(results["outcome"] == RowOutcome.REFUSED) & (results["code"] == "DUPLICATE_VALUE")]
    hmacs = plan.fields[plan.fields["field"] == name].set_index("change_id")["after"]
    changes = plan.changes[plan.changes["change_id"].isin(hmacs.index.intersection(refused["change_id"]))]
    if changes.empty:
        return results
    taken = _find_by_key(run, changes.assign(email_hmac=changes["change_id"].map(hmacs)))
    found = results["change_id"].map(taken)
    there = results.assign(outcome=RowOutcome.DONE, record_id=found)[found.notna()]
    audit_writer.append(run, entries.written_entries(plan, there).assign(how=Detection.DETECTED))
    others = changes[~changes["change_id"].isin(taken.index)]
    without = plan.only(lambda rows: rows["change_id"].isin(others["change_id"]))
    without = replace(without, fields=without.fields[without.fields["field"] != name])
    groups = [group for sobject in ("Contact", "Lead") for group in _groups(run, without, sobject)]
    row_results.dropped.update({change: [name] for change in others["change_id"]})
    again = row_sender.send_groups(run.app.salesforce, groups, row_results)
    kept = results[~results["change_id"].isin([*there["change_id"], *again["change_id"]])]
    return pd.concat([kept, there, again], ignore_index=True)


def _find_by_key(run: TaskRun, changes: pd.DataFrame) -> pd.Series:
    """Record id per change whose mark is on a record with the person's own address. A converted Lead is none: it cannot
    become a member (Salesforce API, CANNOT_UPDATE_CONVERTED_LEAD)."""
    name, found = run.app.mapping.people.key_field, []
    for sobject, rows in changes.groupby("object"):
        open_only = [soql.equals("IsConverted", False)] if sobject == "Lead" else []
        where = [soql.in_list(name, rows["email_hmac"]), *open_only]
        records = run.app.salesforce.query(Query(str(sobject), ["Id", "Email", name], where))
        held = pd.DataFrame(records, columns=["Id", "Email", name], dtype="object")
        held = pd.DataFrame(
            {"id": normalize.long_id(held["Id"]), "email_hmac": held[name], "source_key": normalize.key(held["Email"])}
        )
        found.append(rows.merge(held, on=["email_hmac", "source_key"]).set_index("change_id")["id"])
    return pd.concat(found)


def _groups(run: TaskRun, plan: Plan, sobject: str) -> list[Group]:
    changes, schema = plan.changes[plan.changes["object"] == sobject], run.app.schemas[sobject]
    new = list(row_sender.to_records(plan, changes[changes["action"] == "create"], schema))
    old = changes[changes["action"] == "update"]
    edits = row_sender.to_updates(plan, old, schema)
    return [Group(partial(Create, sobject), new, ("Email",)), Group(partial(Update, sobject), edits)]


def linked_people(plan: Plan, results: pd.DataFrame) -> pd.DataFrame:
    """The record of each person after the load: email_key, object, record_id (null where there is none)."""
    made = plan.changes[(plan.changes["action"] == "create") & plan.changes["object"].isin(["Lead", "Contact"])]
    ids = made.merge(results[results["outcome"] == RowOutcome.DONE], on="change_id", suffixes=("", "_new"))
    people = plan.people[["email_key", "object", "record_id"]].copy()
    people["record_id"] = people["record_id"].fillna(
        people["email_key"].map(ids.set_index("source_key")["record_id_new"]).astype("str")
    )
    return people
