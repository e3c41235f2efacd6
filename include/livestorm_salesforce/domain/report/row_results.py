"""What became of the Campaign, the person and the member of each registrant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.shared.joins import index_of, take_rows
from livestorm_salesforce.enums import RowOutcome

PEOPLE = ["Lead", "Contact"]
ERROR = ["code", "message", "object", "fields"]
COLUMNS = ["action", "outcome", *ERROR]
#: The key of changes and refusals of one kind.
KEYS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "campaign_ref": lambda frame: frame["campaign_ref"],
    "person": lambda frame: frame["source_key"],
    "member": lambda frame: frame["campaign_ref"] + " " + frame["source_key"],
}
#: Outcome of a change in a preview.
PLANNED = "planned"


@dataclass(frozen=True)
class LoadResults:
    """Results of the loads.

    Attributes:
        written: False for a preview.
        campaigns: `change_id`, `outcome`, `code`, `message`, `fields`; None if the load did not end.
        people: the same of Leads and Contacts, and `dropped` (names of rejected fields with blanks between them).
        members: the same of Campaign Members as of people.
    """

    written: bool
    campaigns: pd.DataFrame | None
    people: pd.DataFrame | None
    members: pd.DataFrame | None


def row_results(rows: pd.DataFrame, plan: Plan, results: LoadResults) -> list[pd.DataFrame]:
    """Results of the Campaign, the person and the member of each row, in this order: columns `COLUMNS`.

    A refused update of an existing Campaign does not affect its members; it is reported with the session.

    Args:
        rows: `campaign_ref`, `person`, `member`; null where the row sends none.
    """
    changes, refusals = plan.changes, plan.refusals
    changes = changes[(changes["object"] != "Campaign") | (changes["action"] == "create")]
    kinds = [
        (["Campaign"], "campaign_ref", results.campaigns),
        (PEOPLE, "person", results.people),
        (["CampaignMember"], "member", results.members),
    ]
    found = []
    for objects, by, load_results in kinds:
        of_kind, refused = (frame[frame["object"].isin(objects)] for frame in (changes, refusals))
        of_kind = _without_action(of_kind, plan.fields, load_results)
        outcomes = _outcomes(of_kind, refused, load_results, written=results.written)
        keys = pd.concat([KEYS[by](refused), KEYS[by](of_kind)])
        found.append(take_rows(outcomes, index_of(rows[by], keys)))
    return found


def _without_action(changes: pd.DataFrame, fields: pd.DataFrame, results: pd.DataFrame | None) -> pd.DataFrame:
    """Changes of which no value was written, because Salesforce rejected each of them, have no action: nothing was
    updated."""
    if results is None or "dropped" not in results or not results["dropped"].notna().any():
        return changes
    rejected = results.dropna(subset="dropped").set_index("change_id")["dropped"].map(lambda names: len(names.split()))
    planned = fields["change_id"].value_counts().reindex(rejected.index)
    return changes.assign(action=changes["action"].mask(changes["change_id"].isin(rejected[rejected >= planned].index)))


def _outcomes(
    changes: pd.DataFrame, refusals: pd.DataFrame, results: pd.DataFrame | None, *, written: bool
) -> pd.DataFrame:
    """Outcome of each planned change, and of what was refused before sending.

    A change without a result was not sent because a later read found it applied.
    """
    if results is None:
        outcome = RowOutcome.NOT_LOADED if written else PLANNED
        nothing = pd.Series(None, index=changes.index, dtype="str")
        sent = changes.assign(outcome=str(outcome), code=nothing, message=nothing, fields=nothing)
    else:
        sent = changes.merge(results[["change_id", "outcome", "code", "message", "fields"]], on="change_id", how="left")
        sent["outcome"] = sent["outcome"].fillna(RowOutcome.DONE)
    refused = refusals.assign(action=None, outcome=RowOutcome.REFUSED, fields=None)
    return pd.concat([frame[COLUMNS].astype("str") for frame in (refused, sent)], ignore_index=True)


def first_refusal(results: list[pd.DataFrame]) -> pd.DataFrame:
    """Error of each row: that of the Campaign, else of the person, else of the member. Columns `ERROR`."""
    errors = pd.DataFrame(None, index=results[0].index, columns=ERROR, dtype="str")
    for result in reversed(results):
        is_refused = result["outcome"] == RowOutcome.REFUSED
        if is_refused.any():
            errors = errors.mask(is_refused, result[ERROR])
    return errors


def has_outcome(results: list[pd.DataFrame], outcome: RowOutcome) -> pd.Series:
    """Whether the Campaign, the person or the member of a row has this outcome."""
    found = [(result["outcome"] == outcome).fillna(False).to_numpy(dtype=bool) for result in results]
    return pd.Series(np.logical_or.reduce(found), index=results[0].index)
