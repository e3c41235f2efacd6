"""What a load did, as rows to keep: one per record and field. Pure: what is written where is decided elsewhere."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.enums import Detection, RowOutcome

#: `how` is a `Detection`.
COLUMNS = ["action", "object", "record_id", "field", "before", "after", "reason", "source_key", "campaign_ref", "how"]
PLACE = ["object", "source_key", "campaign_ref"]
STATUS = "CampaignMemberStatus"


def empty() -> pd.DataFrame:
    return pd.DataFrame(columns=COLUMNS, dtype="str")


def written_entries(plan: Plan, results: pd.DataFrame) -> pd.DataFrame:
    """The fields that were written; those that the org refused and that were left out are not among them.

    Args:
        results: change_id, outcome, record_id, dropped.
    """
    done = results.loc[results["outcome"] == RowOutcome.DONE, ["change_id", "record_id", "dropped"]]
    rows = plan.fields.merge(plan.changes.drop(columns="record_id"), on="change_id").merge(done, on="change_id")
    refused = done.dropna(subset="dropped").assign(field=lambda few: few["dropped"].str.split()).explode("field")
    kept = _without(rows, refused.astype({"field": "str"}), ["change_id", "field"])
    return kept.assign(how=Detection.RESPONSE).reindex(columns=COLUMNS).astype("str")


def detect_applied(planned: Plan, current: Plan, fresh: Plan, also: pd.DataFrame | None = None) -> pd.DataFrame:
    """What was planned, is not left to do, and is there: an earlier try wrote it and its answer never came.

    A field that by now shall become something else still shows what was written.

    Args:
        planned: what this task had to do. current: what of it is left. fresh: a plan from a new reading.
        also: further records that there are: object, source_key, campaign_ref, record_id.
    """
    rows = planned.fields.merge(planned.changes, on="change_id").fillna({"campaign_ref": ""})
    rows = _without(rows, current.fields, ["change_id", "field"])
    wanted = fresh.fields.merge(fresh.changes, on="change_id").fillna({"campaign_ref": ""})
    rows = _without(rows, wanted[wanted["action"] == "create"], PLACE)
    rows = _without(rows, _otherwise(rows, wanted), [*PLACE, "field"])
    ids = pd.concat([_there(fresh), *([] if also is None else [also])], ignore_index=True)
    known = rows.merge(ids.rename(columns={"record_id": "now"}), on=PLACE, how="left")
    same = known["record_id"].isna() | (known["record_id"] == known["now"]) | (known["object"] == STATUS)
    known["record_id"] = known["record_id"].fillna(known["now"])
    known = known[same & known["record_id"].notna()]
    known["campaign_ref"] = known["campaign_ref"].mask(known["campaign_ref"] == "")
    return known.assign(how=Detection.DETECTED).reindex(columns=COLUMNS).astype("str")


def _otherwise(rows: pd.DataFrame, wanted: pd.DataFrame) -> pd.DataFrame:
    """Fields that a reading found holding something else than was planned."""
    planned = rows[[*PLACE, "field", "after"]].rename(columns={"after": "planned"})
    seen = wanted.merge(planned, on=[*PLACE, "field"])
    return seen[seen["before"].isna() | (seen["before"] != seen["planned"])]


def _there(plan: Plan) -> pd.DataFrame:
    """The records that a reading found: object, source_key, campaign_ref, record_id."""
    people = (
        plan.people[["object", "email_key", "record_id"]]
        .assign(campaign_ref="")
        .rename(columns={"email_key": "source_key"})
    )
    campaigns = plan.campaigns[["session_id", "campaign_ref", "campaign_id"]]
    campaigns = campaigns.set_axis(["source_key", "campaign_ref", "record_id"], axis=1).assign(object="Campaign")
    members = plan.members.assign(object="CampaignMember").rename(columns={"email_key": "source_key"})
    return pd.concat([people, campaigns, members], ignore_index=True).dropna(subset="record_id").drop_duplicates(PLACE)


def _without(rows: pd.DataFrame, others: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    marked = rows.merge(others[by].drop_duplicates(), on=by, how="left", indicator="where")
    return marked[marked["where"] == "left_only"].drop(columns="where")


def missing_entries(rows: pd.DataFrame, noted: pd.DataFrame) -> pd.DataFrame:
    """Rows that are not in the audit already."""
    by = [*PLACE, "field"]
    return _without(rows.fillna({"campaign_ref": ""}), noted.fillna({"campaign_ref": ""}), by)
