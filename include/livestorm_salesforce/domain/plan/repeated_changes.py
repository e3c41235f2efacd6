"""Changes that the org undoes: a flow reformats a value on every save, or a user sets it back (field A14)."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from livestorm_salesforce.domain.plan.model import PEOPLE, Plan
from livestorm_salesforce.enums import Action

#: Note about a field whose old value came back after our last write.
NOTE = "has its old value again after our last write: left alone"
FIELD = ["change_id", "field"]


def updates_of_people(plan: Plan) -> pd.DataFrame:
    """Planned updates of Leads and Contacts: change_id, record_id, field, before, after, object, source_key."""
    changes = plan.changes[(plan.changes["action"] == Action.UPDATE) & plan.changes["object"].isin(PEOPLE)]
    columns = ["change_id", "object", "record_id", "source_key", "campaign_ref"]
    return plan.fields.merge(changes[columns], on="change_id")


def drop_repeated(plan: Plan, written: pd.DataFrame) -> Plan:
    """Remove fields whose last write made exactly the planned change, and add a note for each.

    Args:
        written: the last write of fields by an update: record_id, field, before, after.
    """
    updates, same = updates_of_people(plan), ["record_id", "field", "before", "after"]
    repeated = updates.merge(written[same], on=same)
    if repeated.empty:
        return plan
    index = [pd.MultiIndex.from_frame(frame[FIELD]) for frame in (plan.fields, repeated)]
    fields = plan.fields[~index[0].isin(index[1])].reset_index(drop=True)
    emptied = repeated["change_id"][~repeated["change_id"].isin(fields["change_id"])]
    changes = plan.changes[~plan.changes["change_id"].isin(emptied)].reset_index(drop=True)
    notes = repeated[["object", "source_key", "campaign_ref", "field"]].assign(note=NOTE)
    return replace(plan, changes=changes, fields=fields, notes=pd.concat([plan.notes, notes], ignore_index=True))
