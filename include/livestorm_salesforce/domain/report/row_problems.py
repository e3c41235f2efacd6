"""Problems of registrants and values: refusals, rows in quarantine, rows that were not loaded, omitted values."""

from __future__ import annotations

from typing import Any

import pandas as pd

from livestorm_salesforce.domain.plan.campaigns import FOLLOWED, RECREATED
from livestorm_salesforce.domain.plan.deleted_members import NOTE as MEMBER_DELETED
from livestorm_salesforce.domain.plan.matching import ADDRESS_DIFFERS
from livestorm_salesforce.domain.plan.members import STATUS_KEPT
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.plan.repeated_changes import NOTES as REVERTED
from livestorm_salesforce.domain.plan.shortening import shortened_fields
from livestorm_salesforce.domain.plan.stored_statuses import STATUS_CHANGED
from livestorm_salesforce.domain.registrants import withheld as withheld_rows
from livestorm_salesforce.domain.report.accounting import RECORD_MISSING, SUPERSEDED
from livestorm_salesforce.domain.report.quarantine import identity
from livestorm_salesforce.domain.report.skip_problems import skip_problems
from livestorm_salesforce.enums import Severity
from livestorm_salesforce.problems import Problem, ProblemCode, remedy

SHOWN_REFUSALS = 500
NOTE_CODES = {
    ADDRESS_DIFFERS: ProblemCode.ADDRESS_DIFFERS,
    RECREATED: ProblemCode.CAMPAIGN_RECREATED,
    FOLLOWED: ProblemCode.SESSION_FIELD_DIFFERS,
    **dict.fromkeys(REVERTED, ProblemCode.VALUE_REVERTED),
}
WITHHELD_CODES = {
    withheld_rows.RECORD_DELETED: ProblemCode.RECORD_DELETED,
    withheld_rows.MEMBER_DELETED: ProblemCode.MEMBER_DELETED,
    withheld_rows.RECORD_HIDDEN: ProblemCode.RECORD_HIDDEN,
}
REFUSAL_COLUMNS = ["session_id", "person_id", "object", "code", "message", "remedy"]
REFUSED_VALUE = "value refused by the org: field left out"
SHORTENED_VALUE = "cut further: the org counts its length differently"


def row_problems(accounting: pd.DataFrame, notes: pd.DataFrame) -> list[Problem]:
    """Refusals per code, rows that were not loaded, registrants that are not synced, and values left out per field.

    Args:
        notes: `value_notes`.
    """
    kept = notes["note"].astype("str").str.startswith(STATUS_KEPT)
    return [
        *_refusals(accounting),
        *_not_loaded(accounting),
        *_superseded(accounting),
        *skip_problems(accounting),
        *_missing_records(accounting),
        *_omitted_values(notes[~kept & (notes["note"] != MEMBER_DELETED)]),
        *_kept_statuses(notes[kept]),
    ]


def _refusals(accounting: pd.DataFrame) -> list[Problem]:
    """Salesforce's messages may quote values, so they are shown with the refused rows only."""
    refused = accounting[accounting["bucket"] == "refused"]
    return [
        Problem(str(code), Severity.REFUSED, len(rows), public=f"{rows['object'].iloc[0]} refused")
        for code, rows in refused.groupby(refused["code"].fillna(ProblemCode.UNKNOWN))
    ]


def _not_loaded(accounting: pd.DataFrame) -> list[Problem]:
    count = int(accounting["reason"].str.startswith("not loaded").sum())
    return [Problem(ProblemCode.NOT_LOADED, Severity.FAILED, count)] if count else []


def _superseded(accounting: pd.DataFrame) -> list[Problem]:
    """Rows of which Salesforce changed between plan and load, for example while the plan waited for an approval."""
    count = int((accounting["reason"] == SUPERSEDED).sum())
    text = "changed in Salesforce since the plan: not written"
    return [Problem(ProblemCode.PLAN_SUPERSEDED, Severity.NOTE, count, text, message=text)] if count else []


def _missing_records(accounting: pd.DataFrame) -> list[Problem]:
    """Rows whose person was deleted, merged or converted between plan and load."""
    count = int((accounting["reason"] == RECORD_MISSING).sum())
    return [Problem(ProblemCode.RECORD_MISSING, Severity.NOTE, count)] if count else []


def withheld_problems(accounting: pd.DataFrame, withheld: pd.DataFrame) -> list[Problem]:
    """Registrants whose record or member a user deleted, or whose record may be hidden, also those that the run did not
    read.

    Args:
        withheld: stored registrations, columns `withheld.COLUMNS`.
    """
    unread = withheld_rows.unread(withheld, accounting)
    counts = {
        reason: int((accounting["reason"] == reason).sum() + (unread == reason).sum())
        for reason in withheld_rows.REASONS
    }
    severities = {withheld_rows.RECORD_HIDDEN: Severity.PROBLEM}
    return [
        Problem(WITHHELD_CODES[reason], severities.get(reason, Severity.NOTE), count)
        for reason, count in counts.items()
        if count
    ]


def _omitted_values(notes: pd.DataFrame) -> list[Problem]:
    found = []
    for (sobject, field, note), rows in notes.groupby(["object", "field", "note"]):
        code = ProblemCode.VALUE_CUT if str(note).startswith("cut") else ProblemCode.VALUE_LEFT_OUT
        code = NOTE_CODES.get(str(note), code)
        text = f"{sobject}.{field}: {note}"
        found.append(Problem(code, Severity.NOTE, len(rows), public=text, message=text))
    return found


def _kept_statuses(notes: pd.DataFrame) -> list[Problem]:
    """Members per status that was not set by this project and is therefore not changed (Q2, field A6)."""
    found = []
    for note, rows in notes.groupby("note"):
        text = f"CampaignMember.Status: {note}"
        found.append(Problem(ProblemCode.STATUS_KEPT, Severity.NOTE, len(rows), public=text, message=text))
    return found


def changed_statuses(results: pd.DataFrame) -> list[Problem]:
    """Members whose status the org changed to another one of the Campaign when it was written (field A12).

    Args:
        results: of all loads: `code`, `message`.
    """
    changed = results[results["code"] == STATUS_CHANGED]
    return [
        Problem(ProblemCode.STATUS_CHANGED, Severity.NOTE, len(rows), public=str(message), message=str(message))
        for message, rows in changed.groupby("message")
    ]


def value_notes(plan: Plan, results: pd.DataFrame) -> pd.DataFrame:
    """Values that were cut or left out before sending, and those that the org refused.

    Args:
        results: of all loads: `change_id`, `dropped` (field names with blanks between them, or null), `shortened`
            (`shortening.lengths_text`, or null).

    Returns:
        `object`, `source_key`, `campaign_ref`, `field`, `note`; one row per value.
    """
    dropped = results.dropna(subset="dropped").merge(plan.changes, on="change_id")
    dropped = dropped.assign(field=dropped["dropped"].str.split()).explode("field")
    shortened = shortened_fields(results).merge(plan.changes, on="change_id").assign(note=SHORTENED_VALUE)
    columns = ["object", "source_key", "campaign_ref", "field", "note"]
    return pd.concat([plan.notes, dropped.assign(note=REFUSED_VALUE)[columns], shortened[columns]], ignore_index=True)


def quarantine_problems(accounting: pd.DataFrame, quarantine: pd.DataFrame, *, writes: bool) -> list[Problem]:
    """Rows in quarantine that this run did not send, per code; the remedy is that of the code.

    Args:
        accounting: `accounting.assign_buckets`.
        quarantine: the stored quarantine. Rows that the run did not read are counted too, except dismissed ones.
        writes: False of a preview: rows that it would send again wait as well.
    """
    is_held = accounting["quarantine_code"].fillna("") != ""
    held = accounting.loc[is_held, "quarantine_code"]
    settled = accounting if writes else accounting[is_held]
    waits = ~identity(quarantine).isin(identity(settled)) & ~quarantine["dismissed"]
    unread = quarantine.loc[waits, "code"]
    counts = pd.concat([held.astype("str"), unread.astype("str")]).value_counts().sort_index()
    return [_waiting(str(code), int(count)) for code, count in counts.items()]


def _waiting(code: str, count: int) -> Problem:
    text = f"{code}: refused before, not tried in this run"
    return Problem(ProblemCode.IN_QUARANTINE, Severity.NOTE, count, text, message=text, remedy_code=code)


def shown_refusals(accounting: pd.DataFrame) -> list[dict[str, Any]]:
    """The first refused rows with Salesforce's messages and the remedies, for the run folder and its page."""
    rows = accounting[accounting["bucket"] == "refused"].head(SHOWN_REFUSALS)
    shown = rows.assign(remedy=rows["code"].map(remedy))[REFUSAL_COLUMNS]
    return [{str(name): value for name, value in row.items()} for row in shown.to_dict("records")]
