"""Members that the org's automation creates for new people before this project does.

Salesforce allows one member per person and Campaign and refuses the second. The refused creation is no error: the next
run reads the member and moves it up the status ladder.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from livestorm_salesforce.clients.salesforce import Query, soql
from livestorm_salesforce.domain.plan.record_links import PERSON_FIELDS
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.enums import Action, RowOutcome, SObject
from livestorm_salesforce.runs.task_run import TaskRun

#: Salesforce's code of a second member ("Already a campaign member."), and of a value of a unique field.
DUPLICATE = "DUPLICATE_VALUE"


def supersede_existing(run: TaskRun, changes: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """Results in which the refused creations of members that exist are superseded: they are planned again.

    Args:
        changes: the changes that were sent, with `campaign_id`, `person` (object of the person) and `person_id`.
        results: their results.
    """
    is_refused = (results["outcome"] == RowOutcome.REFUSED) & (results["code"] == DUPLICATE)
    refused = changes[
        changes["change_id"].isin(results.loc[is_refused, "change_id"]) & (changes["action"] == Action.CREATE)
    ]
    if refused.empty:
        return results
    keys = normalize.long_id(refused["campaign_id"]) + " " + normalize.long_id(refused["person_id"])
    existing = refused.loc[keys.isin([*_members_of(run, refused)]), "change_id"]
    exists = is_refused & results["change_id"].isin(existing)
    no_error = {name: results[name].mask(exists) for name in ("code", "message", "fields")}
    return results.assign(outcome=results["outcome"].mask(exists, str(RowOutcome.SUPERSEDED)), **no_error)


def _members_of(run: TaskRun, changes: pd.DataFrame) -> Iterator[str]:
    """Campaign and person of the members that exist, with ids of 18 characters."""
    for sobject, rows in changes.groupby("person"):
        field = PERSON_FIELDS[str(sobject)]
        where = [soql.in_list("CampaignId", rows["campaign_id"]), soql.in_list(field, rows["person_id"])]
        columns = ["Id", "CampaignId", field]
        records = run.app.salesforce.query(Query(SObject.CAMPAIGN_MEMBER, columns, where))
        stored = pd.DataFrame(records, columns=columns, dtype="object")
        yield from normalize.long_id(stored["CampaignId"]) + " " + normalize.long_id(stored[field])
