"""Edit protection: values that were changed in Salesforce since our last write are kept (`protect_edits`)."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema
from livestorm_salesforce.enums import Action, SObject

NOTE = "changed in Salesforce since our last write: left alone (protect_edits)"
FIELD = ["change_id", "field"]
#: Pairs of Lead and Contact fields that every conversion copies to a new Contact (Salesforce Help, Lead Conversion
#: Field Mapping). Each org configures the others.
CARRIED = {
    *((name, name) for name in ("FirstName", "LastName", "Salutation", "Title", "Phone", "MobilePhone", "Fax")),
    *((name, f"Mailing{name}") for name in ("Street", "City", "State", "PostalCode", "Country")),
    ("LeadSource", "LeadSource"),
}


def protected_fields(mapping: Mapping) -> pd.DataFrame:
    """Fields with `protect_edits: true`: object, field."""
    levels = {
        SObject.LEAD: mapping.lead,
        SObject.CONTACT: mapping.contact,
        SObject.CAMPAIGN_MEMBER: mapping.campaign_member,
        SObject.CAMPAIGN: mapping.campaign.fields,
    }
    rows = [
        (str(sobject), field)
        for sobject, fields in levels.items()
        for field, rule in fields.items()
        if rule.protect_edits
    ]
    return pd.DataFrame(rows, columns=["object", "field"], dtype="str")


def changes_protected_fields(plan: Plan, mapping: Mapping) -> bool:
    """Whether the plan updates a protected field of an existing record."""
    updates = plan.changes[plan.changes["action"] == Action.UPDATE]
    rows = plan.fields.merge(updates, on="change_id")
    return bool(len(rows.merge(protected_fields(mapping), on=["object", "field"])))


def keep_edits(plan: Plan, written: pd.DataFrame, mapping: Mapping, schemas: dict[str, ObjectSchema]) -> Plan:
    """Remove updates of protected fields that no longer contain our last value, and add a note for each.

    Args:
        written: our last values: record_id, field, after, carried (`audit_log.last_written`). A field that we never
            wrote is not protected.
    """
    by = ["object", "field"]
    rows = plan.fields.merge(plan.changes, on="change_id").merge(protected_fields(mapping), on=by)
    last = written.rename(columns={"after": "last"})
    rows = rows[rows["action"] == Action.UPDATE].merge(last, on=["record_id", "field"])
    # A field may have two last values, its own and that of the converted Lead; equality with either is no edit.
    edited = _without(rows, rows[~_edited(rows, schemas)]).drop_duplicates(FIELD)
    if edited.empty:
        return plan
    fields = _without(plan.fields, edited)
    changes = plan.changes[plan.changes["change_id"].isin(fields["change_id"])].reset_index(drop=True)
    notes = edited[["object", "source_key", "campaign_ref", "field"]].assign(note=NOTE)
    return replace(plan, changes=changes, fields=fields, notes=pd.concat([plan.notes, notes], ignore_index=True))


def _without(rows: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    by = [pd.MultiIndex.from_frame(frame[FIELD]) for frame in (rows, others)]
    return rows[~by[0].isin(by[1])].reset_index(drop=True)


def _edited(rows: pd.DataFrame, schemas: dict[str, ObjectSchema]) -> pd.Series:
    """Whether a field contains something else than our last value. An empty field is not an edit if a conversion may
    have left it empty.

    Args:
        rows: object, field, before, last, carried.
    """
    edited, empty = pd.Series(False, index=rows.index), pd.Series(False, index=rows.index)
    for (sobject, field), same in rows.groupby(["object", "field"]):
        info = schemas[str(sobject)].fields[str(field)]
        before, last = (normalize.comparable(same[name].astype("str"), info).fillna("") for name in ("before", "last"))
        edited[same.index] = before != last
        empty[same.index] = normalize.is_empty(same["before"].astype("str"), info)
    return edited & (rows["carried"].astype("bool") | ~empty)


def converted_fields(leads: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    """Protected fields of Contacts that Leads became, with the Lead field of the same attribute: our last value of the
    Lead field counts as our last value of the Contact field.

    Args:
        leads: Id, ConvertedContactId.

    Returns:
        lead_id, lead_field, record_id, field, carried (see `CARRIED`).
    """
    converted = leads.dropna(subset="ConvertedContactId")
    records = pd.DataFrame({"lead_id": converted["Id"], "record_id": converted["ConvertedContactId"]}, dtype="str")
    return records.merge(_field_pairs(mapping), how="cross")


def _field_pairs(mapping: Mapping) -> pd.DataFrame:
    """Per protected Contact field, the Lead field with the same attribute: one that conversions copy, else one with the
    same name, else the first."""
    pairs = [
        (lead_field, field, (lead_field, field) in CARRIED)
        for field, rule in mapping.contact.items()
        for lead_field, other in mapping.lead.items()
        if rule.protect_edits and rule.attribute and rule.attribute == other.attribute
    ]
    pairs.sort(key=lambda pair: (not pair[2], pair[0] != pair[1]))
    frame = pd.DataFrame(pairs, columns=["lead_field", "field", "carried"])
    return frame.drop_duplicates("field").astype({"lead_field": "str", "field": "str", "carried": "bool"})
