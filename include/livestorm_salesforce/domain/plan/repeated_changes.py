"""Changes that the org undoes: a flow reformats a value on every save, a user sets it back (field A14), or the org
stores only the beginning of a text (field A10)."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from livestorm_salesforce.domain.plan.builder import NOTE_COLUMNS
from livestorm_salesforce.domain.plan.campaign_names import cut_name, loses_end
from livestorm_salesforce.domain.plan.model import CurrentState, Plan
from livestorm_salesforce.domain.plan.shortening import cut_value
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema
from livestorm_salesforce.domain.shared.reasons import first_reason
from livestorm_salesforce.domain.shared.record_history import SYSTEM_FIELDS, TRANSACTION_PERIOD, is_untouched
from livestorm_salesforce.domain.shared.text_length import utf16_units
from livestorm_salesforce.enums import Action, Detection, SObject

#: Note about a field whose old value came back after our last write.
RETURNED = "has its old value again after our last write: left alone"
#: Note about a field that holds another form of the value that we wrote last.
REFORMATTED = "changed by the org or a user after our last write of the same value: left alone"
NOTES = (RETURNED, REFORMATTED)
#: Note about a field that holds the beginning of the planned text, because the org rejected all of it.
SHORTENED = "cut by an earlier run, because the org rejects all of the text: left alone"
#: Note about a Campaign whose name the org cut without a rejection, so that it lost its date.
NAME_CUT = "cut so that the date stays complete, because the org stores only the beginning of the name"
FIELD = ["change_id", "field"]
#: Fields that follow the course of a session; `stored_statuses` decides about statuses that the org changes (A12).
COURSE = {SObject.CAMPAIGN: {"Status", "IsActive"}, SObject.CAMPAIGN_MEMBER: {"Status"}}
RECORDS = ["contacts", "leads", "converted", "campaigns", "members"]


def updated_fields(plan: Plan) -> pd.DataFrame:
    """Planned updates except of `COURSE`: change_id, record_id, field, before, after, object, source_key,
    campaign_ref."""
    changes = plan.changes[plan.changes["action"] == Action.UPDATE]
    fields = plan.fields[plan.fields["change_id"].isin(changes["change_id"])]  # few of those of a first run
    rows = fields.merge(changes[["change_id", "object", "record_id", "source_key", "campaign_ref"]])
    of_course = [(rows["object"] == sobject) & rows["field"].isin(fields) for sobject, fields in COURSE.items()]
    return rows[~pd.concat(of_course, axis=1).any(axis=1)]


def drop_repeated(
    plan: Plan, written: pd.DataFrame, current: CurrentState, schemas: dict[str, ObjectSchema], own_user: str
) -> Plan:
    """Remove fields whose last write was of the planned value and did not last, and add a note for each.

    A user's edit is overwritten: it differs from automation by the moment and the user of the last change, or by the
    form of the value. Automation of the org runs as the user whose write has started it.

    Args:
        written: our last write of each field: record_id, field, before, after, action, how.
        current: the state that the plan was computed from; records may have `record_history.SYSTEM_FIELDS`.
        own_user: id of the user of the sync, 15 or 18 characters; "" if the login does not tell it.
    """
    last = written.rename(columns={"before": "last_before", "after": "last_after", "action": "last_action"})
    rows = updated_fields(plan).merge(last, on=["record_id", "field"])
    rows = rows[(rows["after"] == rows["last_after"]) | _is_shortened(rows)]
    if rows.empty:
        return plan
    rows = rows.assign(note=_notes(rows, current, schemas, own_user))
    rows = rows[rows["note"] != ""]
    lost = rows[(rows["note"] == REFORMATTED) & _is_name(rows) & _loses_end(rows["before"], rows["after"])]
    return _keep_dates(_drop(plan, rows.drop(index=lost.index)), lost)


def _keep_dates(plan: Plan, lost: pd.DataFrame) -> Plan:
    """Write names that the org cut in the length that it stores, with their date (field A20)."""
    if lost.empty:
        return plan
    pairs = zip(lost["after"], lost["before"], strict=True)
    shorter = lost.assign(shorter=[cut_name(name, utf16_units(stored)) for name, stored in pairs])
    fields = plan.fields.merge(shorter[[*FIELD, "shorter"]], on=FIELD, how="left", validate="one_to_one")
    fields = fields.assign(after=fields["shorter"].astype("str").fillna(fields["after"])).drop(columns="shorter")
    notes = pd.concat([plan.notes, lost.assign(note=NAME_CUT)[NOTE_COLUMNS]], ignore_index=True)
    return replace(plan, fields=fields, notes=notes)


def _drop(plan: Plan, rows: pd.DataFrame) -> Plan:
    """The plan without these fields, with a note for each."""
    index = [pd.MultiIndex.from_frame(frame[FIELD]) for frame in (plan.fields, rows)]
    fields = plan.fields[~index[0].isin(index[1])].reset_index(drop=True)
    emptied = rows["change_id"][~rows["change_id"].isin(fields["change_id"])]
    changes = plan.changes[~plan.changes["change_id"].isin(emptied)].reset_index(drop=True)
    notes = pd.concat([plan.notes, rows[NOTE_COLUMNS]], ignore_index=True)
    return replace(plan, changes=changes, fields=fields, notes=notes)


def _notes(rows: pd.DataFrame, current: CurrentState, schemas: dict[str, ObjectSchema], own_user: str) -> pd.Series:
    """The note of each row; empty where the planned value is written again."""
    returned = (rows["last_action"] == Action.UPDATE) & (rows["before"].fillna("") == rows["last_before"].fillna(""))
    by_org = (rows["last_action"] == Action.CREATE) & rows["record_id"].isin(_untouched_ids(current))
    by_org |= (rows["last_action"] == Action.UPDATE) & rows["record_id"].isin(_last_changed_by(current, own_user))
    kinds = [
        (_is_shortened(rows), SHORTENED),
        (returned, RETURNED),
        (by_org | _is_reformatted(rows, schemas), REFORMATTED),
    ]
    return first_reason(kinds, "", rows.index)


def _is_shortened(rows: pd.DataFrame) -> pd.Series:
    """Whether the field still holds the beginning of the planned text that an earlier run had to cut."""
    was_cut = (rows["how"] == Detection.SHORTENED) | (_is_name(rows) & _loses_end(rows["last_before"], rows["after"]))
    unchanged = was_cut & (rows["before"] == rows["last_after"])
    values = zip(rows["field"], rows["before"], rows["after"], unchanged, strict=True)
    begins = [bool(is_cut) and cut_value(field, after, utf16_units(before)) == before
              for field, before, after, is_cut in values]  # fmt: skip
    return pd.Series(begins, index=rows.index, dtype="bool")


def _is_name(rows: pd.DataFrame) -> pd.Series:
    return (rows["object"] == SObject.CAMPAIGN) & (rows["field"] == "Name")


def _loses_end(stored: pd.Series, names: pd.Series) -> pd.Series:
    pairs = zip(stored.fillna(""), names.fillna(""), strict=True)
    return pd.Series([loses_end(before, after) for before, after in pairs], index=names.index, dtype="bool")


def _untouched_ids(current: CurrentState) -> set[str]:
    """Records that only flows and triggers changed, as part of the creation."""
    records = _with_history(current)
    return {record_id for frame in records for record_id in frame.loc[is_untouched(frame, TRANSACTION_PERIOD), "Id"]}


def _last_changed_by(current: CurrentState, user: str) -> set[str]:
    """Records that only this user, and automation that its writes started, have changed since the last write."""
    if not user:
        return set()
    records = _with_history(current)
    return {
        record_id for frame in records for record_id in frame.loc[frame["LastModifiedById"].str[:15] == user[:15], "Id"]
    }


def _with_history(current: CurrentState) -> list[pd.DataFrame]:
    frames = [getattr(current, name) for name in RECORDS]
    return [frame for frame in frames if {"Id", *SYSTEM_FIELDS} <= {*frame.columns} and len(frame)]


def _is_reformatted(rows: pd.DataFrame, schemas: dict[str, ObjectSchema]) -> pd.Series:
    """Whether the stored text differs from the planned one in capitals and blanks only; a phone number, in signs."""
    found = pd.Series(False, index=rows.index)
    for (sobject, field), part in rows.dropna(subset="before").groupby(["object", "field"]):
        info = schemas[str(sobject)].fields[str(field)]
        if info.is_text:
            ignored = r"\D+" if info.type == "phone" else r"\s+"
            forms = (part[name].str.replace(ignored, "", regex=True).str.casefold() for name in ("before", "after"))
            before, after = forms
            found[part.index] = (before == after) & (after != "")
    return found
