"""Audit entries of a load: one row per record and written field."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.plan.change_list import with_field_reasons
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.plan.shortening import as_sent, shortened_fields
from livestorm_salesforce.enums import Detection, RowOutcome

#: `how` is a `Detection`.
COLUMNS = ["action", "object", "record_id", "field", "before", "after", "reason", "source_key", "campaign_ref", "how"]
#: Identifies a record of a plan, also before its Salesforce id is known.
RECORD = ["object", "source_key", "campaign_ref"]
STATUS = "CampaignMemberStatus"


def empty() -> pd.DataFrame:
    """No entries: columns `COLUMNS`."""
    return pd.DataFrame(columns=COLUMNS, dtype="str")


def written_entries(plan: Plan, results: pd.DataFrame) -> pd.DataFrame:
    """Entries of the fields that Salesforce confirmed, with the values that were sent; those refused are left out.

    Args:
        results: `change_id`, `outcome`, `record_id`, `dropped` (names of refused fields with blanks between them),
            `shortened` (`shortening.lengths_text`).

    Returns:
        columns `COLUMNS`.
    """
    is_done = results["outcome"] == RowOutcome.DONE
    done = results.loc[is_done, ["change_id", "record_id", "dropped"]]
    fields = plan.fields[plan.fields["change_id"].isin(done["change_id"])]
    shortened = shortened_fields(results[is_done])
    sent = as_sent(fields, shortened)
    rows = with_field_reasons(sent.merge(plan.changes.drop(columns="record_id"), on="change_id"))
    rows = rows.merge(done, on="change_id")
    refused = done.dropna(subset="dropped").assign(field=lambda few: few["dropped"].str.split()).explode("field")
    kept = _without(rows, refused.astype({"field": "str"}), ["change_id", "field"])
    cut = kept.merge(shortened, on=["change_id", "field"], how="left", validate="many_to_one")["length"].notna()
    how = cut.map({True: Detection.SHORTENED, False: Detection.RESPONSE}).to_numpy()
    return kept.assign(how=how).reindex(columns=COLUMNS).astype("str")


def detect_applied(planned: Plan, current: Plan, fresh: Plan, existing: pd.DataFrame | None = None) -> pd.DataFrame:
    """Entries of planned fields that an earlier attempt wrote without receiving a response.

    Such a field is no longer in the current plan, and a new read finds the planned value. It is detected too if the new
    plan changes it to another value. All fields of a change are sent at once: if one was written, another one with
    neither its old nor the planned value was written too, and a flow or a user has changed it since.

    Args:
        planned: the changes of this task.
        current: the changes that are still to be sent.
        fresh: a plan made from a new read.
        existing: further existing records: `object`, `source_key`, `campaign_ref`, `record_id`.

    Returns:
        columns `COLUMNS`.
    """
    rows = _without(_plan_rows(planned), current.fields, ["change_id", "field"])
    wanted = _plan_rows(fresh)
    rows = _without(rows, wanted[wanted["action"] == "create"], RECORD)
    rows = _without(rows, _unwritten_fields(rows, wanted, current.changes), [*RECORD, "field"])
    records = pd.concat([_existing_records(fresh), *([] if existing is None else [existing])], ignore_index=True)
    found = rows.merge(records.rename(columns={"record_id": "found_id"}), on=RECORD, how="left")
    is_same = found["record_id"].isna() | (found["record_id"] == found["found_id"]) | (found["object"] == STATUS)
    found["record_id"] = found["record_id"].fillna(found["found_id"])
    found = found[is_same & found["record_id"].notna()]
    found["campaign_ref"] = found["campaign_ref"].mask(found["campaign_ref"] == "")
    return found.assign(how=Detection.DETECTED).reindex(columns=COLUMNS).astype("str")


def missing_entries(rows: pd.DataFrame, recorded: pd.DataFrame) -> pd.DataFrame:
    """Entries whose record and field are not among those recorded."""
    return _without(rows.fillna({"campaign_ref": ""}), recorded.fillna({"campaign_ref": ""}), [*RECORD, "field"])


def _plan_rows(plan: Plan) -> pd.DataFrame:
    return with_field_reasons(plan.fields.merge(plan.changes, on="change_id")).fillna({"campaign_ref": ""})


def _unwritten_fields(rows: pd.DataFrame, wanted: pd.DataFrame, unsent: pd.DataFrame) -> pd.DataFrame:
    """Fields of the new plan whose present value is not the planned one: of a change that was written, only those that
    still have the old value, which Salesforce may have rejected.

    Args:
        unsent: changes that are still to be sent, at least in part.
    """
    planned = rows[["change_id", *RECORD, "field", "before", "after"]]
    both = planned.merge(wanted[[*RECORD, "field", "before"]], on=[*RECORD, "field"], suffixes=("", "_now"))
    now = both["before_now"].fillna("")
    other = both[both["before_now"].isna() | (now != both["after"])]
    written = _without(_without(rows, other, [*RECORD, "field"]), unsent, ["change_id"])["change_id"]
    is_changed = other["change_id"].isin(written) & (now[other.index] != other["before"].fillna(""))
    return other[~is_changed]


def _existing_records(plan: Plan) -> pd.DataFrame:
    """Records that the read of a plan found: `RECORD`, `record_id`."""
    people = plan.people[["object", "email_key", "record_id"]].assign(campaign_ref="")
    campaigns = plan.campaigns[["session_id", "campaign_ref", "campaign_id"]].assign(object="Campaign")
    frames = [
        people.rename(columns={"email_key": "source_key"}),
        campaigns.rename(columns={"session_id": "source_key", "campaign_id": "record_id"}),
        plan.members.assign(object="CampaignMember").rename(columns={"email_key": "source_key"}),
    ]
    return pd.concat(frames, ignore_index=True).dropna(subset="record_id").drop_duplicates(RECORD)


def _without(rows: pd.DataFrame, others: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    marked = rows.merge(others[by].drop_duplicates(), on=by, how="left", indicator="where")
    return marked[marked["where"] == "left_only"].drop(columns="where")
