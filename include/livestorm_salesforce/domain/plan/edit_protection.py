"""What a plan is changed by before it is shown: edits of people are kept, created people get their mark. Pure."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.domain.plan.plan import Plan
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema

NOTE = "changed in Salesforce since our last write: left alone (protect_edits)"
FIELD = ["change_id", "field"]
#: Lead and Contact fields that every conversion carries over to a new Contact (Salesforce Help, Lead Conversion Field
#: Mapping). What becomes of the others is each org's own setting.
CARRIED = {
    *((name, name) for name in ("FirstName", "LastName", "Salutation", "Title", "Phone", "MobilePhone", "Fax")),
    *((name, f"Mailing{name}") for name in ("Street", "City", "State", "PostalCode", "Country")),
    ("LeadSource", "LeadSource"),
}


def protected_fields(mapping: Mapping) -> pd.DataFrame:
    """Fields with `protect_edits: true`: object, field."""
    levels = {
        "Lead": mapping.lead,
        "Contact": mapping.contact,
        "CampaignMember": mapping.campaign_member,
        "Campaign": mapping.campaign.fields,
    }
    rows = [(name, field) for name, fields in levels.items() for field, rule in fields.items() if rule.protect_edits]
    return pd.DataFrame(rows, columns=["object", "field"], dtype="str")


def changes_protected_fields(plan: Plan, mapping: Mapping) -> bool:
    """Whether a record that exists is to get another value in a protected field."""
    updates = plan.changes[plan.changes["action"] == "update"]
    rows = plan.fields.merge(updates, on="change_id")
    return bool(len(rows.merge(protected_fields(mapping), on=["object", "field"])))


def keep_edits(plan: Plan, written: pd.DataFrame, mapping: Mapping, schemas: dict[str, ObjectSchema]) -> Plan:
    """Leave out updates of protected fields that no longer hold what we last wrote.

    Args:
        written: what we last wrote: record_id, field, after, carried (`audit.last_written`). A field that we never
            wrote is not protected.
    """
    ours = protected_fields(mapping)
    rows = plan.fields.merge(plan.changes, on="change_id").merge(ours, on=["object", "field"])
    rows = rows[rows["action"] == "update"].merge(written.rename(columns={"after": "last"}), on=["record_id", "field"])
    edited = _without(rows, rows[~_edited(rows, schemas)]).drop_duplicates(FIELD)
    if edited.empty:
        return plan
    fields = _without(plan.fields, edited)
    changes = plan.changes[plan.changes["change_id"].isin(fields["change_id"])].reset_index(drop=True)
    notes = edited[["object", "source_key", "campaign_ref", "field"]].assign(note=NOTE)
    notes = pd.concat([plan.notes, notes], ignore_index=True)
    return replace(plan, changes=changes, fields=fields, notes=notes)


def _without(rows: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    by = [pd.MultiIndex.from_frame(frame[FIELD]) for frame in (rows, others)]
    return rows[~by[0].isin(by[1])].reset_index(drop=True)


def _edited(rows: pd.DataFrame, schemas: dict[str, ObjectSchema]) -> pd.Series:
    """Whether a field holds something else than we last wrote; one that a conversion may have left blank was emptied by
    nobody. By row: object, field, before, last, carried."""
    edited = pd.Series(False, index=rows.index)
    for (sobject, field), same in rows.groupby(["object", "field"]):
        info = schemas[sobject].fields[field]
        before, last = (normalize.comparable(same[name].astype("str"), info).fillna("") for name in ("before", "last"))
        edited[same.index] = before != last
    return edited & (rows["carried"].astype("bool") | rows["before"].notna())


def converted_fields(leads: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    """Protected fields of Contacts that Leads became, each beside the Lead's field of the same answer: what we wrote
    there counts as written here. Columns lead_id, lead_field, record_id, field, and `carried` (see `CARRIED`).

    Args:
        leads: Leads by address: Id, ConvertedContactId.
    """
    became = leads.dropna(subset="ConvertedContactId")
    records = pd.DataFrame({"lead_id": became["Id"], "record_id": became["ConvertedContactId"]}, dtype="str")
    return records.merge(_same_answers(mapping), how="cross")


def _same_answers(mapping: Mapping) -> pd.DataFrame:
    """Per protected Contact field the Lead field that takes the same attribute: the one that is carried over, else one
    of the same name, else the first."""
    pairs = [
        (lead_field, field, (lead_field, field) in CARRIED)
        for field, rule in mapping.contact.items()
        for lead_field, other in mapping.lead.items()
        if rule.protect_edits and rule.attribute and rule.attribute == other.attribute
    ]
    pairs.sort(key=lambda pair: (not pair[2], pair[0] != pair[1]))
    frame = pd.DataFrame(pairs, columns=["lead_field", "field", "carried"])
    return frame.drop_duplicates("field").astype({"lead_field": "str", "field": "str", "carried": "bool"})
