"""Accounting: every registrant that was read is assigned to exactly one bucket, with a reason."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.plan.deleted_members import is_deleted
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.registrants.eligibility import DUPLICATE, OTHER_ADDRESS, OTHER_SESSION, SAME_AS_LAST
from livestorm_salesforce.domain.registrants.withheld import (
    MEMBER_DELETED,
    REASONS,
    RECORD_DELETED,
    RECORD_HIDDEN,
)
from livestorm_salesforce.domain.report.row_results import ERROR, LoadResults, first_refusal, has_outcome, row_results
from livestorm_salesforce.domain.shared.joins import extended, lookup
from livestorm_salesforce.domain.shared.reasons import first_reason
from livestorm_salesforce.enums import MatchedAs, RowOutcome

BUCKETS = ("created", "updated", "unchanged", "skipped", "refused")
KEYS = ["session_id", "person_id", "email_key", "campaign_ref", "member"]
INPUT = [*KEYS, "is_eligible", "skip_reason", "person_changed", "member_changed", "hold_reason", "quarantine_code"]
COLUMNS = ["session_id", "person_id", "bucket", "reason", *ERROR, "loaded", "person_applied", "quarantine_code"]
SUPERSEDED = "changed in Salesforce since the plan: planned again next run"
RECORD_MISSING = "its record no longer exists: the next run matches the person again"
NOT_LOADED = "not loaded: a load task did not finish"
REFUSED = "refused by Salesforce or before sending"
UNCHANGED = "nothing to change"


def assign_buckets(registrations: pd.DataFrame, plan: Plan, results: LoadResults) -> pd.DataFrame:
    """Assign every registrant to a bucket.

    Args:
        registrations: `INPUT`; `hold_reason` (why a row was not sent: in quarantine, or `withheld.REASONS`) and
            `quarantine_code` are optional.

    Returns:
        `COLUMNS`, one row per registrant. `loaded`: Salesforce holds the values of the row, or a user deleted their
        record and it is not created again. `person_applied`: the person holds them, whatever became of the Campaign or
        the member.

    Raises:
        AssertionError: a registrant is missing or counted twice, which is a defect of this project.
    """
    rows = _with_person(registrations, plan)
    is_sendable = rows["is_eligible"] & ~rows["is_held"]
    sent = pd.DataFrame({
        "campaign_ref": rows["campaign_ref"].where(~rows["is_held"]),
        "person": rows["person"].where(is_sendable),
        "member": rows["member"].where(rows["member_changed"]),
    })  # fmt: skip
    campaign, person, member = row_results(sent, plan, results)
    parts = [campaign, person, member]
    errors = first_refusal(parts)
    merged = _merge_reasons(rows)
    flags = _flags(rows, parts, errors).assign(merged=merged.notna(), member_deleted=_member_deleted(rows, plan))
    rows["bucket"] = _buckets(flags)
    rows["reason"] = _reasons(rows, flags, merged)
    rows = rows.assign(**errors.where(rows["bucket"] == "refused"))
    rows["loaded"] = _loaded(rows, flags["partial"]) & results.written
    person_is_done = person["outcome"].fillna(RowOutcome.DONE) == RowOutcome.DONE
    rows["person_applied"] = is_sendable & person_is_done & results.written
    _verify(registrations, rows)
    return rows[COLUMNS].astype(dict.fromkeys([*ERROR, "quarantine_code"], "str"))


def _with_person(registrations: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """The rows with `is_held`, and with `person` and `member` as the plan has resolved them."""
    rows = registrations.reindex(columns=INPUT).reset_index(drop=True)
    rows["hold_reason"] = rows["hold_reason"].astype("str").fillna("")
    rows["is_held"] = rows["hold_reason"] != ""
    matched_as = lookup(rows["email_key"], plan.people["email_key"], plan.people["matched_as"])
    for kind, reason in ((MatchedAs.DELETED, RECORD_DELETED), (MatchedAs.HIDDEN, RECORD_HIDDEN)):
        is_kind = (matched_as == kind) & rows["is_eligible"]
        rows["hold_reason"] = rows["hold_reason"].mask(is_kind, reason)
        rows["is_held"] |= is_kind
    person = lookup(rows["email_key"], plan.people["email_key"], plan.people["person"])
    rows["person"] = person.astype("str").fillna(rows["email_key"])
    return rows.assign(member=rows["campaign_ref"] + " " + rows["person"])


def _member_deleted(rows: pd.DataFrame, plan: Plan) -> pd.Series:
    return rows["is_eligible"] & rows["member_changed"] & is_deleted(rows["campaign_ref"], rows["person"], plan)


def _flags(rows: pd.DataFrame, parts: list[pd.DataFrame], errors: pd.DataFrame) -> pd.DataFrame:
    """Booleans per row that decide bucket and reason."""
    _, person, member = parts
    return pd.DataFrame({
        "ineligible": ~rows["is_eligible"],
        "held": rows["is_held"],
        "refused": errors["code"].notna(),
        "record_missing": has_outcome(parts, RowOutcome.RECORD_MISSING),
        "not_loaded": has_outcome(parts, RowOutcome.NOT_LOADED),
        "superseded": has_outcome(parts, RowOutcome.SUPERSEDED),
        "partial": has_outcome(parts, RowOutcome.PARTIAL),
        "created": (person["action"] == "create") | (member["action"] == "create"),
        "updated": (person["action"] == "update") | (member["action"] == "update"),
        "unchanged": ~(rows["person_changed"] | rows["member_changed"]),
    }).fillna(False).astype(bool)  # fmt: skip


def _buckets(flags: pd.DataFrame) -> pd.Series:
    buckets = [
        (flags["ineligible"] | flags["merged"] | flags["held"], "skipped"),
        (flags["refused"], "refused"),
        (flags["record_missing"] | flags["not_loaded"] | flags["superseded"], "skipped"),
        (flags["created"], "created"),
        (flags["updated"], "updated"),
        (flags["member_deleted"], "skipped"),
    ]
    return first_reason(buckets, "unchanged", flags.index)


def _reasons(rows: pd.DataFrame, flags: pd.DataFrame, merged: pd.Series) -> pd.Series:
    reasons = [
        (flags["refused"], REFUSED),
        (flags["record_missing"], RECORD_MISSING),
        (flags["not_loaded"], NOT_LOADED),
        (flags["superseded"], SUPERSEDED),
        (flags["member_deleted"], MEMBER_DELETED),
        (flags["created"] & ~flags["updated"], "new"),
        (flags["created"] | flags["updated"], "differed"),
        (flags["unchanged"], SAME_AS_LAST),
    ]
    reason = first_reason(reasons, UNCHANGED, rows.index)
    reason = reason.mask(flags["merged"], merged)
    reason = reason.where(rows["is_eligible"], rows["skip_reason"])
    return reason.mask(flags["held"], rows["hold_reason"])


def _merge_reasons(rows: pd.DataFrame) -> pd.Series:
    """Why a row is merged into another row of the same member; null for all other rows.

    The first row by session and registrant represents the member. The others have the same address (Q15), another
    address of the same record, or another session of a linked Campaign (Q8).
    """
    names = ["session_id", "person_id", "email_key", "member"]
    eligible = rows.loc[rows["is_eligible"], names]
    ordered = eligible[eligible.duplicated("member", keep=False)].sort_values(["session_id", "person_id"])
    same = [(["session_id", "email_key"], DUPLICATE), (["session_id", "member"], OTHER_ADDRESS)]
    kinds = [(ordered.duplicated(names), reason) for names, reason in same]
    reasons = first_reason(kinds, OTHER_SESSION, ordered.index)
    return reasons[ordered.duplicated("member")].reindex(rows.index)


def _loaded(rows: pd.DataFrame, partial: pd.Series) -> pd.Series:
    """A merged row is loaded if the row that represents it is; a row written in part is not loaded."""
    is_withheld = rows["reason"].isin(REASONS)
    own = (rows["bucket"].isin(["created", "updated", "unchanged"]) | is_withheld) & ~partial
    return extended(own, rows["is_eligible"], rows["member"]) & (~rows["is_held"] | is_withheld)


def _verify(registrations: pd.DataFrame, rows: pd.DataFrame) -> None:
    defects = {
        "is missing, or counted twice": len(rows) != len(registrations),
        "is in no bucket": not rows["bucket"].isin(BUCKETS).all(),
        "is counted twice": rows.duplicated(["session_id", "person_id"]).any(),
    }
    for defect, found in defects.items():
        if found:
            raise AssertionError(f"A registrant {defect} ({len(rows)} of {len(registrations)} rows accounted for).")
