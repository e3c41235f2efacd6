"""Read the records that the audit log refers to, as they are now."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.clients.salesforce import Query, soql
from livestorm_salesforce.domain.audit.undo import ORDER
from livestorm_salesforce.domain.plan.record_links import PERSON_FIELDS
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.record_history import SYSTEM_FIELDS
from livestorm_salesforce.runs.task_run import TaskRun

#: Further fields that show whether a person was used since.
ACTIVITY_FIELDS = {"Lead": ["IsConverted", "LastActivityDate"], "Contact": ["LastActivityDate"]}


def read_written_records(run: TaskRun, rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Per object the current records, as `current` of `domain.audit.undo.decide`.

    Args:
        rows: object, record_id, field.
    """
    return {name: _read_object(run, name, rows[rows["object"] == name]) for name in ORDER}


def read_members_of(run: TaskRun, people: pd.DataFrame) -> pd.DataFrame:
    """Campaign Members of people: Id, LeadId, ContactId.

    Args:
        people: object, record_id.
    """
    queries = [
        Query(
            "CampaignMember", ["Id", column], [soql.in_list(column, people.loc[people["object"] == name, "record_id"])]
        )
        for name, column in PERSON_FIELDS.items()
    ]
    records = [record for records in run.app.salesforce.execute(queries) for record in records]
    members = pd.DataFrame(records, columns=["Id", *PERSON_FIELDS.values()], dtype="object")
    return members.apply(normalize.long_id)


def _read_object(run: TaskRun, sobject: str, rows: pd.DataFrame) -> pd.DataFrame:
    schema = run.app.schemas[sobject]
    optional = [name for name in (*ACTIVITY_FIELDS.get(sobject, ()), *rows["field"].unique()) if schema.has(name)]
    columns = list(dict.fromkeys(["Id", *SYSTEM_FIELDS, *optional]))
    records = run.app.salesforce.query(Query(sobject, columns, [soql.in_list("Id", rows["record_id"])]))
    frame = pd.DataFrame(records, columns=columns, dtype="object")
    return frame.assign(Id=normalize.long_id(frame["Id"]))
