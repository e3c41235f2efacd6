"""Catalogue of the problems that a report lists: one code and one remedy each.

To change the text of a remedy, edit `REMEDIES`, then run `python -m scripts.errors_doc`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from livestorm_salesforce.enums import Severity


class ProblemCode(StrEnum):
    """Codes of this project. Refused rows have codes of Salesforce (REST API guide: Status Codes)."""

    ADDRESS_DIFFERS = "ADDRESS_DIFFERS"
    ADDRESS_EXCLUDED = "ADDRESS_EXCLUDED"
    ADDRESS_INVALID = "ADDRESS_INVALID"
    ADDRESS_INVENTED = "ADDRESS_INVENTED"
    ADDRESS_MISSING = "ADDRESS_MISSING"
    ADDRESS_TOO_LONG = "ADDRESS_TOO_LONG"
    BACKFILL_DEFERRED = "BACKFILL_DEFERRED"
    CAMPAIGN_DELETED = "CAMPAIGN_DELETED"
    CAMPAIGN_FIELD_CLOSED = "CAMPAIGN_FIELD_CLOSED"
    CAMPAIGN_HIDDEN = "CAMPAIGN_HIDDEN"
    CAMPAIGN_RECREATED = "CAMPAIGN_RECREATED"
    DOMAIN_EXCLUDED = "DOMAIN_EXCLUDED"
    FORM_LACKS_FIELD = "FORM_LACKS_FIELD"
    GUESTS_EXCLUDED = "GUESTS_EXCLUDED"
    IN_QUARANTINE = "IN_QUARANTINE"
    MEMBER_DELETED = "MEMBER_DELETED"
    MEMBER_FROZEN = "MEMBER_FROZEN"
    NEW_CONNECTION_PAIR = "NEW_CONNECTION_PAIR"
    NOT_APPROVED = "NOT_APPROVED"
    NOT_LOADED = "NOT_LOADED"
    ORG_CHECK_FAILED = "ORG_CHECK_FAILED"
    PLAN_SUPERSEDED = "PLAN_SUPERSEDED"
    READS_DEFERRED = "READS_DEFERRED"
    RECORD_DELETED = "RECORD_DELETED"
    RECORD_HIDDEN = "RECORD_HIDDEN"
    RECORD_MISSING = "RECORD_MISSING"
    REGISTERED_EARLY = "REGISTERED_EARLY"
    REPLAY_FIELD_MISSING = "REPLAY_FIELD_MISSING"
    REPLAY_FIELD_READ_ONLY = "REPLAY_FIELD_READ_ONLY"
    REPLAY_VALUE_MISSING = "REPLAY_VALUE_MISSING"
    ROLE_UNKNOWN = "ROLE_UNKNOWN"
    ROWS_UNREADABLE = "ROWS_UNREADABLE"
    SESSION_FIELD_DIFFERS = "SESSION_FIELD_DIFFERS"
    SESSION_FIELD_NOT_UNIQUE = "SESSION_FIELD_NOT_UNIQUE"
    SESSION_GONE = "SESSION_GONE"
    SESSION_INCOMPLETE = "SESSION_INCOMPLETE"
    SESSION_LOOKUP_DEFERRED = "SESSION_LOOKUP_DEFERRED"
    SESSION_STATUS_UNKNOWN = "SESSION_STATUS_UNKNOWN"
    SESSION_UNREAD = "SESSION_UNREAD"
    STATUS_CHANGED = "STATUS_CHANGED"
    STATUS_KEPT = "STATUS_KEPT"
    STATUS_MISSING = "STATUS_MISSING"
    STATUS_REPLACED = "STATUS_REPLACED"
    TEAM_EXCLUDED = "TEAM_EXCLUDED"
    TYPE_MISSING = "TYPE_MISSING"
    UNKNOWN = "UNKNOWN"
    UNKNOWN_SESSION_ID = "UNKNOWN_SESSION_ID"
    UNSAFE_PLAN = "UNSAFE_PLAN"
    VALUE_CUT = "VALUE_CUT"
    VALUE_LEFT_OUT = "VALUE_LEFT_OUT"
    VALUE_REVERTED = "VALUE_REVERTED"
    WEBHOOKS_MISSED = "WEBHOOKS_MISSED"
    WEBHOOKS_STOPPED = "WEBHOOKS_STOPPED"


#: Code to remedy, in words for a marketing or Salesforce admin.
REMEDIES: dict[str, str] = {
    # Codes of Salesforce.
    "CANNOT_EXECUTE_FLOW_TRIGGER": "a flow of the org failed, also for this row alone: ask the Salesforce admin",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "an Apex trigger of the org failed, also for this row alone: ask its "
    "developer",
    "DUPLICATES_DETECTED": "a duplicate rule blocks the record: merge the duplicates, set "
    "save_despite_duplicate_rules, or exempt the integration user",
    "DUPLICATE_VALUE": "none if the next run finds the record; if this repeats, the record is hidden from the user of "
    "the connection: give it View All Records on the object",
    "ENTITY_IS_DELETED": "correct the record ids in the mapping (parents, account, owner, record type): one is deleted",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "a validation rule of the org refuses the record: satisfy it by the mapping, "
    "or exempt the integration user",
    "FIELD_INTEGRITY_EXCEPTION": "correct the country or state, or map to fields without a picklist",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "give the integration user access to the related record",
    "INSUFFICIENT_ACCESS_OR_READONLY": "give the integration user edit access to the record",
    "INVALID_CROSS_REFERENCE_KEY": "correct the record ids in the mapping (parents, account, owner, record type): "
    "one of them does not exist, or is hidden from the integration user",
    "INVALID_EMAIL_ADDRESS": "correct the address in Livestorm",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "add the value to the picklist, or unmap the field",
    "INVALID_TYPE_ON_FIELD_IN_RECORD": "none if the next run writes the row: the type of a field was changed in "
    "Salesforce; else map an attribute that fits the field",
    "JSON_PARSER_ERROR": "none if the next run writes the row: the type of a field was changed in Salesforce; else map "
    "an attribute that fits the field",
    "REQUIRED_FIELD_MISSING": "map the field or give it a fallback in the mapping, or make it optional in Salesforce",
    "STRING_TOO_LONG": "shorten the values in Livestorm, or lengthen the field in Salesforce",
    "UNABLE_TO_LOCK_ROW": "none: another user locked the record, the next run tries again",
    # Campaigns and their statuses.
    ProblemCode.CAMPAIGN_DELETED: "none if the deletion is intended; else restore the Campaign, set "
    "campaign.recreate_deleted or correct campaign.link in the mapping, then trigger a run",
    ProblemCode.CAMPAIGN_HIDDEN: "share the Campaign with the user of the connection, or give the user View All "
    "Records on Campaign, then trigger a run; without this right a Campaign that was deleted for good looks the same",
    ProblemCode.CAMPAIGN_RECREATED: "none if the deletion was a mistake; its members follow with the next read of the "
    "session. Else set campaign.recreate_deleted to false in the mapping, or exclude the event, and delete it again",
    ProblemCode.CAMPAIGN_FIELD_CLOSED: "give the integration user edit access to these fields",
    ProblemCode.SESSION_FIELD_DIFFERS: "put the id of the session back into the field, and exempt it from the flow "
    "that changes it; if the Campaign is another one now, delete it or link the session in campaign.link",
    ProblemCode.SESSION_FIELD_NOT_UNIQUE: "tick Unique on the field in Salesforce",
    ProblemCode.STATUS_CHANGED: "none if this is intended: a flow or trigger of the org changed the status to another "
    "one of the Campaign, which is kept",
    ProblemCode.STATUS_KEPT: "none if users or automation set these statuses on purpose; if a registration may replace "
    "them, add them to statuses.replaces in the mapping and trigger a full read",
    ProblemCode.STATUS_MISSING: "add the status to the Campaign, or name one that it offers in 'statuses' of the "
    "mapping, then trigger a run",
    ProblemCode.STATUS_REPLACED: "add the status to the Campaign, or name one that it offers in 'statuses' of the "
    "mapping, then trigger a run",
    ProblemCode.TYPE_MISSING: "add the value to the picklist, or set campaign.type in the mapping",
    # Values and replay views.
    ProblemCode.FORM_LACKS_FIELD: "make the field mandatory on the registration page in Livestorm",
    ProblemCode.REPLAY_FIELD_MISSING: "create the field and give access to it, name another in replay.field, or set "
    "replay: null",
    ProblemCode.REPLAY_FIELD_READ_ONLY: "give the integration user edit access to the field, or set replay: null",
    ProblemCode.REPLAY_VALUE_MISSING: "add the values to the picklist",
    ProblemCode.VALUE_CUT: "none, or correct the values in Livestorm or the field in Salesforce",
    ProblemCode.VALUE_LEFT_OUT: "translate the answers by a 'values:' table of the field in the mapping, state their "
    "language by 'language:', or correct the values in Livestorm or the field in Salesforce",
    ProblemCode.VALUE_REVERTED: "none if the stored value is right: a flow or a user changed the value that we wrote, "
    "and it is not written again. To keep every edit in Salesforce set protect_edits or policy create_only",
    # Registrants that are not synced.
    ProblemCode.ADDRESS_EXCLUDED: "none if this is intended; else correct people.exclude_emails in the mapping and "
    "trigger a full read",
    ProblemCode.ADDRESS_INVALID: "correct the addresses of these registrants in Livestorm; the page of the webinar "
    "lists them",
    ProblemCode.ADDRESS_INVENTED: "none: Livestorm gives people without an address one of its own, and no record of "
    "Salesforce can be found by it. To sync such people demand the e-mail address on the registration page",
    ProblemCode.ADDRESS_MISSING: "enter the e-mail addresses of these registrants in Livestorm, and demand the address "
    "on the registration page",
    ProblemCode.ADDRESS_TOO_LONG: "enter shorter addresses for these registrants in Livestorm: Salesforce stores 80 "
    "characters",
    ProblemCode.DOMAIN_EXCLUDED: "none if this is intended; else correct people.exclude_domains in the mapping and "
    "trigger a full read",
    ProblemCode.GUESTS_EXCLUDED: "none if this is intended; else set people.guest_speakers in the mapping and trigger "
    "a full read",
    ProblemCode.REGISTERED_EARLY: "none if this is intended; else set people.native_strict to false in the mapping and "
    "trigger a full read",
    ProblemCode.TEAM_EXCLUDED: "none if this is intended; else set people.team_members in the mapping and trigger a "
    "full read",
    # The run.
    ProblemCode.IN_QUARANTINE: "see the remedy of the code in the message; the DAG livestorm_salesforce_quarantine "
    "lists the rows",
    ProblemCode.NEW_CONNECTION_PAIR: "none if this is intended: quarantine, undo and sync state of the new pair start "
    "empty; otherwise correct the connections",
    ProblemCode.NOT_APPROVED: "none if this is intended; otherwise trigger a run and approve its plan",
    ProblemCode.NOT_LOADED: "clear the failed load task; it continues where it stopped",
    ProblemCode.PLAN_SUPERSEDED: "none: the next run plans these rows again",
    ProblemCode.ORG_CHECK_FAILED: "resolve what the message names with the Salesforce admin, then trigger a run",
    ProblemCode.ADDRESS_DIFFERS: "none if the record's address is right; else correct it in Salesforce: a user or an "
    "automation changed it, and the record of the registration is updated",
    ProblemCode.MEMBER_DELETED: "none if the deletion is intended; else add the member in Salesforce, or set "
    "people.recreate_deleted in the mapping and trigger a full read",
    ProblemCode.MEMBER_FROZEN: "the Campaign is closed, and a rule of the org refuses changes of its members: exempt "
    "the integration user from this rule, or reopen the Campaign, then trigger a run; other runs do not send the rows",
    ProblemCode.RECORD_DELETED: "none if the deletion is intended; else restore the record from the recycle bin, or "
    "set people.recreate_deleted in the mapping and trigger a full read",
    ProblemCode.RECORD_HIDDEN: "give the user of the connection View All Records on Lead and Contact, then trigger a "
    "full read; a record that was deleted for good looks the same to a user without this right",
    ProblemCode.RECORD_MISSING: "none: the next run matches the person again",
    ProblemCode.UNSAFE_PLAN: "read plan.csv of this run; then trigger a run with approve 'ask' or 'accept', or raise "
    "the limit in the mapping",
    # Reading Livestorm.
    ProblemCode.BACKFILL_DEFERRED: "none: the next runs read the rest. To read it faster raise reading.month_percent "
    "in the mapping; `livestorm-salesforce backfill --stop` ends it",
    ProblemCode.READS_DEFERRED: "none: sessions of low priority are read when the budget allows; webhooks save most "
    "of these calls",
    ProblemCode.ROLE_UNKNOWN: "see the role of these registrants in Livestorm: only participants are synced. If the "
    "whole team may be synced, set people.team_members in the mapping; else report the role",
    ProblemCode.ROWS_UNREADABLE: "none for the other rows, they are processed. Compare what Livestorm sends (raw "
    "responses in the run folder) with its reference and report it; the rows are processed once their format is known",
    ProblemCode.SESSION_GONE: "none: the session was deleted in Livestorm, its Campaign is not changed",
    ProblemCode.SESSION_INCOMPLETE: "none: the registrants that Livestorm sent are loaded, the next run reads the "
    "session again",
    ProblemCode.SESSION_LOOKUP_DEFERRED: "none: the next runs look the sessions up, a few at a time; their registrants "
    "remain in the webhook queue",
    ProblemCode.SESSION_STATUS_UNKNOWN: "check the session in Livestorm: it is not processed until it has a status "
    "that Livestorm documents; every run checks again",
    ProblemCode.SESSION_UNREAD: "none: the next run reads the session again",
    ProblemCode.UNKNOWN_SESSION_ID: "correct the ids in the trigger form: they are Livestorm's, as in the addresses of "
    "its pages",
    ProblemCode.WEBHOOKS_STOPPED: "Livestorm ends a subscription after six failed deliveries: `livestorm-salesforce "
    "webhooks` lists them, and creates them with --url; check that Livestorm reaches the webhook endpoint. Until then "
    "registrations wait for the next scheduled run",
    ProblemCode.WEBHOOKS_MISSED: "if this repeats, Livestorm has ended the subscriptions: `livestorm-salesforce "
    "webhooks` lists them, and creates them with --url",
}
DEFAULT_REMEDY = "see the message in the report of the run folder and resolve it in Salesforce"


def remedy(code: str) -> str:
    """The remedy of a code of this project or of Salesforce."""
    return REMEDIES.get(code, DEFAULT_REMEDY)


@dataclass(frozen=True)
class Problem:
    """One line of the report under *Problems*.

    Attributes:
        code: a `ProblemCode`, or a code of Salesforce.
        severity: `NOTE` does not change the verdict.
        count: number of rows, sessions or records concerned.
        public: text without personal data, for logs, XCom and pages.
        message: text for the run folder; it may quote values.
        remedy_code: code whose remedy applies, if it is not `code`.
    """

    code: str
    severity: Severity
    count: int = 1
    public: str = ""
    message: str = ""
    remedy_code: str = ""

    @property
    def remedy(self) -> str:
        """What a person does next, from the catalogue."""
        return remedy(self.remedy_code or self.code)

    def public_document(self) -> dict[str, str | int]:
        """The fields that may leave the run folder, as JSON values."""
        return {
            "code": str(self.code),
            "count": self.count,
            "remedy": self.remedy,
            "remedy_code": str(self.remedy_code or self.code),
            "severity": str(self.severity),
            "public": self.public,
        }

    def document(self) -> dict[str, str | int]:
        """All fields, as JSON values."""
        return self.public_document() | {"message": self.message}
