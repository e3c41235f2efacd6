"""Closed vocabularies that several packages use."""

from __future__ import annotations

from enum import StrEnum


class Detection(StrEnum):
    """How it is known that a value was written: column `how` of the audit log."""

    RESPONSE = "response"
    """Salesforce confirmed the write."""
    DETECTED = "detected"
    """No response arrived, and a later read found the value."""
    SHORTENED = "shortened"
    """Salesforce confirmed the beginning of the value: the org rejects all of it as too long."""


class Severity(StrEnum):
    """Severity of a problem in the report."""

    NOTE = "note"
    PROBLEM = "problem"
    REFUSED = "refused"
    FAILED = "failed"


class Verdict(StrEnum):
    """Result of a run."""

    OK = "ok"
    PROBLEMS = "problems"
    FAILED = "failed"


class RedWhen(StrEnum):
    """Which runs Airflow shows as failed (setting `red_when`).

    Attributes:
        FAILED: a task failed, or a service could not be read or written.
        NEW_REFUSALS: also runs with rejected rows that no earlier run has reported.
        ANY_REFUSAL: also runs with rejected rows.
    """

    FAILED = "failed"
    NEW_REFUSALS = "new_refusals"
    ANY_REFUSAL = "any_refusal"


class RowOutcome(StrEnum):
    """What became of one planned change in a load, or of one row of an undo.

    Attributes:
        DONE: Salesforce wrote the row.
        REFUSED: Salesforce refused the row, with a code and a message.
        RECORD_MISSING: the matched record was deleted, merged or converted; the next run matches again.
        SUPERSEDED: nothing was sent: a newer reading replaces the planned change.
        PARTIAL: the row was written, and a newer reading wants further values; the next run plans them.
        NOT_LOADED: nothing was sent: the load of the row's Campaign or person did not finish.
    """

    DONE = "done"
    REFUSED = "refused"
    RECORD_MISSING = "record_missing"
    SUPERSEDED = "superseded"
    PARTIAL = "partial"
    NOT_LOADED = "not_loaded"


class SessionStatus(StrEnum):
    """Status of a Livestorm session. The spelling `cancelled` is read as `canceled`."""

    UPCOMING = "upcoming"
    LIVE = "live"
    ON_DEMAND = "on_demand"
    PAST = "past"
    PAST_NOT_STARTED = "past_not_started"
    CANCELED = "canceled"
    DRAFT = "draft"


class ReadMode(StrEnum):
    """Registrants of a session that a run reads.

    Attributes:
        FULL: all registrants.
        INCREMENTAL: registrants changed since the last read.
        WEBHOOK_ONLY: registrants delivered by webhooks, which account for all new ones; costs no call.
        WEBHOOK_PARTIAL: registrants delivered by webhooks; the others are deferred; costs no call.
    """

    FULL = "full"
    INCREMENTAL = "incremental"
    WEBHOOK_ONLY = "webhook_only"
    WEBHOOK_PARTIAL = "webhook_partial"


class ReadPurpose(StrEnum):
    """What a read of a session's registrants is for.

    Attributes:
        REGISTRATIONS: new registrants of a session that is open for registration.
        ATTENDANCE: who attended a session that has ended.
        REPLAYS: replay views, which no list shows.
        ANSWERS: corrected answers of a session that is still ahead, which no list shows.
    """

    REGISTRATIONS = "registrations"
    ATTENDANCE = "attendance"
    REPLAYS = "replays"
    ANSWERS = "answers"


class ReadState(StrEnum):
    """Result of reading the registrants of a session.

    Attributes:
        FULL: all registrants were read.
        INCREMENTAL: all new registrants were read.
        WEBHOOK_PARTIAL: only registrants delivered by webhooks were read; the session remains due.
        INCOMPLETE: the list changed while its pages were read.
        GONE: the session was deleted in Livestorm.
        FAILED: Livestorm did not answer, or in an unexpected format.
        DEFERRED: the call allowance was used up.
    """

    FULL = "full"
    INCREMENTAL = "incremental"
    WEBHOOK_PARTIAL = "webhook_partial"
    INCOMPLETE = "incomplete"
    GONE = "gone"
    FAILED = "failed"
    DEFERRED = "deferred"


class SObject(StrEnum):
    """Salesforce objects that a plan may write."""

    CAMPAIGN = "Campaign"
    CAMPAIGN_MEMBER_STATUS = "CampaignMemberStatus"
    LEAD = "Lead"
    CONTACT = "Contact"
    CAMPAIGN_MEMBER = "CampaignMember"


class Action(StrEnum):
    """What a change does with its record."""

    CREATE = "create"
    UPDATE = "update"


class WritePolicy(StrEnum):
    """When a field of an existing record is written. An empty value is never written.

    Attributes:
        OVERWRITE: whenever the values differ.
        FILL_BLANK: only if the field is empty or contains this project's fallback value (R18).
        CREATE_ONLY: never; the field is set at creation only.
    """

    OVERWRITE = "overwrite"
    FILL_BLANK = "fill_blank"
    CREATE_ONLY = "create_only"


class MatchedAs(StrEnum):
    """How the record of an e-mail address was found. In alphabetical order, a Contact precedes a converted Lead."""

    CONTACT = "contact"
    CONVERTED_LEAD = "converted_lead"
    LEAD = "lead"
    CREATED = "created"
    DELETED = "deleted"
    HIDDEN = "hidden"


class IntentKind(StrEnum):
    """What an intent of the write-ahead log announces."""

    LOAD = "load"
    UNDO = "undo"
