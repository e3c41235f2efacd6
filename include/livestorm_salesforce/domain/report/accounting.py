"""Every registrant read ends in exactly one bucket, with the reason. No row leaves silently."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.registrants.eligibility import DUPLICATE, OTHER_ADDRESS, OTHER_SESSION, SAME_AS_LAST
from livestorm_salesforce.domain.shared.joins import index_of, lookup, take_rows
from livestorm_salesforce.domain.shared.reasons import first_reason
from livestorm_salesforce.enums import RowOutcome

BUCKETS = ("created", "updated", "unchanged", "skipped", "refused")
PEOPLE = ["Lead", "Contact"]
COLUMNS = [
    "session_id", "person_id", "bucket", "reason", "code", "message", "object", "fields", "loaded", "person_applied",
    "quarantine_code",
]  # fmt: skip
SUPERSEDED = "changed in Salesforce since the plan: planned again next run"
TOLD = ["code", "message", "object", "fields"]


@dataclass(frozen=True)
class Results:
    """What the loads left; None where a load did not come to an end. `written` is False for a preview."""

    written: bool
    campaigns: pd.DataFrame | None
    people: pd.DataFrame | None
    members: pd.DataFrame | None


def assign_buckets(registrations: pd.DataFrame, plan: Plan, results: Results) -> pd.DataFrame:
    """One row per registrant: columns `COLUMNS`. `loaded` says that Salesforce now holds what the row says.

    `person_applied` says it of the row's person alone, whatever became of the Campaign or the member.
    `quarantine_code` is the code of a row that is in quarantine and was not tried; `registrations.hold_reason` is why.

    Raises:
        AssertionError: a registrant is missing or counted twice; that is a fault of this project.
    """
    keys = ["session_id", "person_id", "email_key", "campaign_ref", "member"]
    names = [*keys, "is_eligible", "skip_reason", "person_changed", "member_changed", "hold_reason", "quarantine_code"]
    rows = registrations.reindex(columns=names).reset_index(drop=True)
    held = rows["hold_reason"].astype("str").fillna("")
    person = lookup(rows["email_key"], plan.people["email_key"], plan.people["person"])
    rows["person"] = person.astype("str").fillna(rows["email_key"])
    rows["member"] = rows["campaign_ref"] + " " + rows["person"]
    campaign, person, member = _fates_of(rows, plan, results)
    person, member = person.where(rows["is_eligible"] & (held == "")), member.where(rows["member_changed"])
    campaign = campaign.where(held == "")
    twin, why = _twins(rows)
    refused = _first_refusal([campaign, person, member])
    made = (person["action"] == "create") | (member["action"] == "create")
    changed = (person["action"] == "update") | (member["action"] == "update")
    fates = [campaign["fate"], person["fate"], member["fate"]]
    record_missing, not_loaded, superseded, partial = (
        _any(fates, word)
        for word in (RowOutcome.RECORD_MISSING, RowOutcome.NOT_LOADED, RowOutcome.SUPERSEDED, RowOutcome.PARTIAL)
    )
    dirty = rows["person_changed"] | rows["member_changed"]
    buckets = [
        (~rows["is_eligible"] | twin | (held != ""), "skipped"),
        (refused["code"].notna(), "refused"),
        (record_missing | not_loaded | superseded, "skipped"),
        (made, "created"),
        (changed, "updated"),
    ]
    reasons = [
        (~rows["is_eligible"], ""),
        (held != "", "held"),
        (twin, "merged"),
        (refused["code"].notna(), "refused by Salesforce or before sending"),
        (record_missing, "its record vanished since it was matched: the next run matches again"),
        (not_loaded, "not loaded: a load task did not finish"),
        (superseded, SUPERSEDED),
        (made & ~changed, "new"),
        (made | changed, "differed"),
        (~dirty, SAME_AS_LAST),
    ]
    rows["bucket"] = first_reason(buckets, "unchanged", rows.index)
    rows["reason"] = first_reason(reasons, "nothing to change", rows.index).where(
        rows["is_eligible"], rows["skip_reason"]
    )
    rows["reason"] = rows["reason"].where(held == "", held)
    rows["reason"] = rows["reason"].mask(rows["reason"] == "merged", why)
    rows = rows.assign(**refused.where(rows["bucket"] == "refused"), quarantine_code=rows["quarantine_code"])
    rows["loaded"] = _loaded(rows, partial) & (held == "") & results.written
    rows["person_applied"] = (
        rows["is_eligible"]
        & (held == "")
        & (person["fate"].fillna(RowOutcome.DONE) == RowOutcome.DONE)
        & results.written
    )
    _prove(registrations, rows)
    return rows[COLUMNS].astype(dict.fromkeys([*TOLD, "quarantine_code"], "str"))


def _twins(rows: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Rows whose member another row stands for, the first by session and person in whatever order they were read, and
    why: same address (Q15), another address of one record, or another session of a linked Campaign (Q8)."""
    counted = rows[rows["is_eligible"]].sort_values(["session_id", "person_id"])
    same = [(["session_id", "email_key"], DUPLICATE), (["session_id", "member"], OTHER_ADDRESS)]
    why = first_reason([(counted.duplicated(names), reason) for names, reason in same], OTHER_SESSION, counted.index)
    return counted.duplicated("member").reindex(rows.index, fill_value=False), why.reindex(rows.index)


def _fates_of(rows: pd.DataFrame, plan: Plan, results: Results) -> list[pd.DataFrame]:
    """What became of each row's Campaign, person and member. A Campaign that is there keeps its members although its
    own update was refused; that is told of the session."""
    plan = plan.only(lambda changes: (changes["object"] != "Campaign") | (changes["action"] == "create"))
    changes, refusals = (
        frame.assign(person=frame["source_key"], member=frame["campaign_ref"] + " " + frame["source_key"])
        for frame in (plan.changes, plan.refusals)
    )
    kinds = [
        (["Campaign"], "campaign_ref", results.campaigns),
        (PEOPLE, "person", results.people),
        (["CampaignMember"], "member", results.members),
    ]
    found = []
    for objects, by, told in kinds:
        of_these = (frame[frame["object"].isin(objects)] for frame in (changes, refusals))
        fates = _fates(*of_these, told, results.written)
        found.append(take_rows(fates[["action", "fate", *TOLD]], index_of(rows[by], fates[by])))
    return found


def _fates(changes: pd.DataFrame, refusals: pd.DataFrame, results: pd.DataFrame | None, written: bool) -> pd.DataFrame:
    """What became of each planned change, and what was not even sent: action, fate, code, message, object, fields.

    A change that a load did not send any more, and says nothing of, was found done when it looked again.
    """
    if written and results is None:
        fates = changes.assign(fate=RowOutcome.NOT_LOADED, code=None, message=None, fields=None)
    elif results is None:
        fates = changes.assign(fate="planned", code=None, message=None, fields=None)
    else:
        told = results[["change_id", "outcome", "code", "message", "fields"]]
        fates = changes.merge(told, on="change_id", how="left")
        fates["fate"] = fates["outcome"].fillna(RowOutcome.DONE)
    refused = refusals.assign(action=None, fate=RowOutcome.REFUSED, fields=None)
    columns = ["campaign_ref", "person", "member", "action", "fate", *TOLD]
    return pd.concat([refused[columns], fates[columns]], ignore_index=True).astype("str")


def _first_refusal(fates: list[pd.DataFrame]) -> pd.DataFrame:
    """The Campaign's refusal explains its members', the person's explains the member's."""
    told = pd.DataFrame(None, index=fates[0].index, columns=TOLD, dtype="str")
    for fate in reversed(fates):
        refused = fate["fate"] == RowOutcome.REFUSED
        if refused.any():
            told = told.mask(refused, fate[TOLD])
    return told


def _any(fates: list[pd.Series], word: str) -> pd.Series:
    return pd.concat([fate == word for fate in fates], axis=1).fillna(False).any(axis=1)


def _loaded(rows: pd.DataFrame, partial: pd.Series) -> pd.Series:
    """A twin is loaded when the row it was merged into is; what was written in part only is not loaded."""
    own = rows["bucket"].isin(["created", "updated", "unchanged"]) & ~partial
    merged = rows["is_eligible"] & own.groupby(rows["member"]).transform("max").fillna(False).astype(bool)
    return own | merged


def _prove(registrations: pd.DataFrame, rows: pd.DataFrame) -> None:
    faults = {
        "is missing, or counted twice": len(rows) != len(registrations),
        "is in no bucket": not rows["bucket"].isin(BUCKETS).all(),
        "is counted twice": rows.duplicated(["session_id", "person_id"]).any(),
    }
    for fault, found in faults.items():
        if found:
            raise AssertionError(f"A registrant {fault} ({len(rows)} of {len(registrations)} rows accounted for).")
