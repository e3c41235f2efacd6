"""Change detection: eligible registrants with their Campaign, and whether their values differ from the last load."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from livestorm_salesforce.config.field_rules import FieldRule
from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.domain.registrants import latest_answers
from livestorm_salesforce.domain.registrants.change_causes import CauseSources, with_causes
from livestorm_salesforce.domain.registrants.eligibility import decide_eligibility
from livestorm_salesforce.domain.registrants.row_hashes import add_hashes, changed_since, identity
from livestorm_salesforce.domain.sessions.scope import AHEAD
from livestorm_salesforce.domain.shared import contracts
from livestorm_salesforce.domain.shared.attribute_columns import LANGUAGE, ZONE, attributes_of
from livestorm_salesforce.domain.shared.joins import extended, index_of, isin, take_rows

COMPANY = {"Company": FieldRule(attribute="company")}

ROW_HASHES = {"session_id": "str", "person_id": "str", "person_hash": "uint64", "member_hash": "uint64"}


def empty(kinds: dict[str, str]) -> pd.DataFrame:
    """A frame with these columns and no rows."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def columns_needed(mapping: Mapping) -> list[str]:
    """The registrant columns that a plan with this mapping reads."""
    attributes = attributes_of(mapping.lead, mapping.contact, mapping.campaign_member, COMPANY)
    return list(dict.fromkeys([*contracts.REGISTRANT_COLUMNS, *attributes]))


def detect_changes(
    registrants: pd.DataFrame,
    facts: pd.DataFrame,
    mapping: Mapping,
    activation: pd.Timestamp,
    row_hashes: pd.DataFrame | None = None,
    latest: pd.DataFrame | None = None,
    upcoming_registrations: pd.DataFrame | None = None,
    is_complete: Collection[str] | None = None,
    attendance_unknown: Collection[str] = (),
    attendance_delivered: pd.DataFrame | None = None,
    causes: CauseSources | None = None,
) -> pd.DataFrame:
    """Add eligibility, session columns, hashes and change flags to each registrant of a session in scope.

    Added columns: `is_eligible`, `skip_reason`, `status`, `campaign_ref`, `member`, `zone`, `language`, `is_complete`,
    `attendance_pending`, `person_hash`, `member_hash`, `mapping_hash`, `person_changed`, `member_changed`,
    `person_cause`, `member_cause`, and `<attribute> stale` where a newer registration has another answer.

    Args:
        registrants: columns of `contracts.REGISTRANTS`.
        facts: sessions in scope (`campaign_facts`).
        activation: activation time of the pair.
        row_hashes: registrations that were loaded, columns `ROW_HASHES`; None: none.
        latest: latest answers (`latest_answers.with_columns`).
        upcoming_registrations: `person_id` and `campaign_ref` of registrations for `upcoming_linked_sessions`; the
            attendance of these people is pending.
        is_complete: ids of sessions of which all registrations are here and none has a row hash; None: all sessions.
        attendance_unknown: ids of ended sessions whose attendance may not be computed yet: no-shows are pending.
        attendance_delivered: `session_id` and `person_id` of those whose attendance a webhook delivered; None: none.
        causes: what the causes of changes are decided from; None: nothing was loaded before.
    """
    rows = _with_session_columns(registrants, facts, mapping, activation)
    rows["is_complete"] = True if is_complete is None else rows["session_id"].isin(is_complete)
    pending = _attendance_unknown(rows, attendance_unknown, attendance_delivered)
    rows = _with_attendance_pending(rows, upcoming_registrations, pending)
    rows = changed_since(add_hashes(rows, mapping), empty(ROW_HASHES) if row_hashes is None else row_hashes)
    attributes = people_attributes(mapping)
    rows = with_causes(_by_written_row(rows), mapping, causes)
    return latest_answers.mark_stale(rows, latest_answers.with_columns(latest, attributes), attributes)


def _with_session_columns(
    registrants: pd.DataFrame, facts: pd.DataFrame, mapping: Mapping, activation: pd.Timestamp
) -> pd.DataFrame:
    """Registrants of sessions in scope with eligibility, `status`, `campaign_ref`, `member` and `zone`."""
    places = index_of(registrants["session_id"], facts["session_id"])
    rows = registrants if (places >= 0).all() else registrants[places >= 0]
    rows = decide_eligibility(rows.reset_index(drop=True), mapping, activation)
    session = take_rows(facts[["status", "campaign_ref", "timezone", "language"]], places[places >= 0])
    rows = rows.assign(
        status=session["status"],
        campaign_ref=session["campaign_ref"],
        member=session["campaign_ref"] + " " + rows["email_key"],
    )
    rows[ZONE], rows[LANGUAGE] = session["timezone"], session["language"]
    return rows


def upcoming_linked_sessions(facts: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Upcoming sessions of linked Campaigns that had a past session: columns session_id and campaign_ref.

    A no-show of the past session who is registered for one of these has not missed the Campaign yet, whether or not
    this run lists and reads that session (Q8).

    Args:
        facts: sessions in scope.
        known: sessions as last loaded: session_id, status, campaign_id.
    """
    linked = facts[facts["linked"].astype(bool)]
    had = linked.loc[linked["status"] == "past", "campaign_ref"]
    others = known[~known["session_id"].isin(facts["session_id"])].rename(columns={"campaign_id": "campaign_ref"})
    both = pd.concat([frame[["session_id", "campaign_ref", "status"]] for frame in (linked, others)], ignore_index=True)
    return both.loc[both["status"].isin(AHEAD) & both["campaign_ref"].isin(had), ["session_id", "campaign_ref"]]


def _attendance_unknown(
    rows: pd.DataFrame, sessions: Collection[str], delivered: pd.DataFrame | None
) -> pd.Series[bool]:
    unknown = rows["session_id"].isin(sessions)
    if delivered is None or delivered.empty:
        return unknown
    return unknown & ~isin(identity(rows), identity(delivered))


def _with_attendance_pending(
    rows: pd.DataFrame, upcoming_registrations: pd.DataFrame | None, pending: pd.Series[bool]
) -> pd.DataFrame:
    """Add `attendance_pending`: registered for an upcoming session of the Campaign, or attendance not computed yet."""
    if upcoming_registrations is not None and not upcoming_registrations.empty:
        known = upcoming_registrations["campaign_ref"] + " " + upcoming_registrations["person_id"]
        pending |= (rows["campaign_ref"] + " " + rows["person_id"]).isin(known)
    return rows.assign(attendance_pending=pending)


def people_attributes(mapping: Mapping) -> list[str]:
    """The registrant columns that are mapped to Leads and Contacts."""
    return attributes_of(mapping.lead, mapping.contact)


def _by_written_row(rows: pd.DataFrame) -> pd.DataFrame:
    """Mark all rows of a member and of a person as changed if one of them is: they are written as one row."""
    for column, by in (("member_changed", "member"), ("person_changed", "email_key")):
        rows[column] = extended(rows[column], rows["is_eligible"], rows[by])
    return rows
