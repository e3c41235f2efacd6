"""Leads and Contacts: updates of matched people and creations of others (R16, R17, R26, Q12)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.domain.plan.accounts import ACCOUNT, choose_accounts
from livestorm_salesforce.domain.plan.builder import RECORD_COLUMNS, PlanBuilder
from livestorm_salesforce.domain.plan.desired_state import DesiredValues, desired_values, newest_values, with_hints
from livestorm_salesforce.domain.plan.diff import creation_fields, diff_fields
from livestorm_salesforce.domain.plan.model import CurrentState
from livestorm_salesforce.domain.plan.required_fields import with_fallbacks
from livestorm_salesforce.domain.registrants import change_causes, latest_answers
from livestorm_salesforce.domain.registrants.change_causes import PERSON_CAUSE
from livestorm_salesforce.domain.registrants.change_detection import COMPANY
from livestorm_salesforce.domain.shared.attribute_columns import LANGUAGE, ZONE, attributes_of, zoned
from livestorm_salesforce.domain.shared.joins import index_of, lookup, take_rows
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema
from livestorm_salesforce.enums import Action, SObject, WritePolicy


@dataclass(frozen=True)
class PeopleChanges:
    """Changes of the records of one object.

    Attributes:
        table: email_key, object, record_id of each record.
        differences, notes: their `row` is a row number of `table`.
        missing: names of empty required fields, by row number of `table`.
    """

    table: pd.DataFrame
    differences: pd.DataFrame
    missing: pd.Series
    notes: pd.DataFrame


def plan_people(
    builder: PlanBuilder,
    registrations: pd.DataFrame,
    people: pd.DataFrame,
    current: CurrentState,
    mapping: Mapping,
    schemas: dict[str, ObjectSchema],
) -> None:
    """Add the changes of Contacts and Leads.

    Args:
        registrations: rows of `merge_addresses`.
        people: rows of `matching.resolve_people`.
    """
    rows = registrations[_columns(registrations, mapping)]
    person = index_of(rows["email_key"], people["email_key"])
    new = people["record_id"].isna()
    is_new, sobject_of = new.to_numpy()[person], people["object"].to_numpy()[person]
    changed = pd.Series(person).isin(person[rows["person_changed"]]).to_numpy()
    accounts = choose_accounts(rows, people.loc[new, "email_key"], current.accounts, mapping)
    contacts = pd.concat([current.contacts, current.converted], ignore_index=True)
    for sobject, records in ((SObject.CONTACT, contacts), (SObject.LEAD, current.leads)):
        existing = rows[(sobject_of == sobject) & ~is_new & changed]
        if len(existing):
            values = person_values(latest_answers.without_stale_answers(existing), mapping, schemas[sobject])
            updates = updated_people(values, people, records, mapping, schemas[sobject])
            updates = replace(updates, differences=_with_causes(updates, existing))
            _add(builder, updates, Action.UPDATE, "registrant brings other values")
        created = rows[(sobject_of == sobject) & is_new]
        if len(created):
            values = person_values(created, mapping, schemas[sobject])
            creations = created_people(values, people, accounts, mapping, schemas[sobject])
            _add(builder, creations, Action.CREATE, "nobody has this address")


def _columns(registrations: pd.DataFrame, mapping: Mapping) -> list[str]:
    """The columns that changes of people depend on. Copying all columns would cost more than the diff."""
    attributes = attributes_of(mapping.lead, mapping.contact, COMPANY)
    needed = ["email_key", "session_id", "person_id", "registered_at", "person_changed", PERSON_CAUSE]
    needed += [ZONE, LANGUAGE, *attributes]
    needed += [latest_answers.stale(name) for name in attributes]
    return [name for name in dict.fromkeys(needed) if name in registrations]


def _with_causes(updates: PeopleChanges, registrations: pd.DataFrame) -> pd.DataFrame:
    """Differences with `field_reason` where the registrant's values are those of the last load."""
    causes = registrations.groupby("email_key")[PERSON_CAUSE].max().reindex(updates.table["email_key"])
    reasons = causes.map(change_causes.REASONS).astype("str").to_numpy()
    return updates.differences.assign(field_reason=reasons[updates.differences["row"].to_numpy(dtype="int64")])


def _add(builder: PlanBuilder, changes: PeopleChanges, action: Action, reason: str) -> None:
    table = changes.table.rename(columns={"email_key": "source_key"}).assign(campaign_ref=None)[RECORD_COLUMNS]
    builder.add(table, changes.differences, action, reason)
    builder.refuse_incomplete(table, changes.missing)
    builder.note(table, changes.notes)


def person_values(registrations: pd.DataFrame, mapping: Mapping, schema: ObjectSchema) -> pd.DataFrame:
    """`email_key` and every attribute that Lead and Contact fields use: per attribute, the newest non-empty value, and
    per answer that a field of the object converts, its hint."""
    hinted = with_hints(registrations, mapping.fields_of(schema.name), schema)
    columns = zoned(attributes_of(mapping.lead, mapping.contact))
    return newest_values(hinted, "email_key", [*columns, *hinted.columns.difference(registrations.columns)])


def updated_people(
    values: pd.DataFrame, people: pd.DataFrame, records: pd.DataFrame, mapping: Mapping, schema: ObjectSchema
) -> PeopleChanges:
    """Differences of existing records of one object.

    Email is never updated: the record was found by it, or, if found through a converted Lead, has a newer one.

    Args:
        values: `person_values` of the people that have a record.
        people: email_key, object, record_id.
        records: the org's records of the object, with Id and the mapped fields.
    """
    fields = {name: rule for name, rule in mapping.fields_of(schema.name).items() if name != "Email"}
    desired = desired_values(values, fields, schema)
    table = take_rows(people, index_of(values["email_key"], people["email_key"]))
    current = take_rows(records, index_of(table["record_id"], records["Id"]))
    differences = diff_fields(desired.values, current, fields, schema, mapping.fallback)
    return PeopleChanges(
        table, differences, pd.Series(dtype="str"), _relevant_notes(desired, differences, mapping, schema)
    )


def _relevant_notes(
    desired: DesiredValues, differences: pd.DataFrame, mapping: Mapping, schema: ObjectSchema
) -> pd.DataFrame:
    """Notes of cut values that are written, and of left-out values of fields that may be written."""
    notes, fields = desired.notes, mapping.fields_of(schema.name)
    cut = notes["note"].str.startswith("cut").astype(bool)
    by = ["row", "field"]
    written = notes[cut].merge(differences[by], on=by) if cut.any() else notes[cut]
    writable = [name for name, rule in fields.items() if rule.policy != WritePolicy.CREATE_ONLY]
    return pd.concat([written, notes[~cut & notes["field"].isin(writable)]], ignore_index=True)


def created_people(
    values: pd.DataFrame, people: pd.DataFrame, accounts: pd.DataFrame, mapping: Mapping, schema: ObjectSchema
) -> PeopleChanges:
    """Field values of records to create.

    Args:
        values: `person_values` of the people without a record.
        people: email_key, object, record_id.
        accounts: email_key, AccountId (`accounts.choose_accounts`).
    """
    fields = mapping.fields_of(schema.name)
    desired = desired_values(values, fields, schema)
    complete, missing = with_fallbacks(desired.values, fields, schema, mapping.fallback)
    if schema.name == SObject.CONTACT and schema.has(ACCOUNT):
        chosen = lookup(values["email_key"], accounts["email_key"], accounts[ACCOUNT]).astype("str")
        complete[ACCOUNT] = complete[ACCOUNT].fillna(chosen) if ACCOUNT in complete else chosen
    table = take_rows(people, index_of(values["email_key"], people["email_key"]))
    created = creation_fields(complete.drop(index=missing.index), schema)
    return PeopleChanges(table, created, missing, desired.notes)
