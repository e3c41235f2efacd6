"""What to do about a refused row, by Salesforce's code, in words for a marketing or Salesforce admin."""

from __future__ import annotations

REMEDIES = {
    "REQUIRED_FIELD_MISSING": "map the field or give it a fallback in the mapping, or make it optional in Salesforce",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "a validation rule of the org refuses the record: satisfy it by the mapping, "
    "or exempt the integration user",
    "INVALID_EMAIL_ADDRESS": "correct the address in Livestorm",
    "STRING_TOO_LONG": "the org's field became shorter: trigger a run, the field lengths are read again",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "add the value to the picklist, or unmap the field",
    "FIELD_INTEGRITY_EXCEPTION": "correct the country or state, or map to fields without a picklist",
    "DUPLICATES_DETECTED": "a duplicate rule blocks the record: merge the duplicates, set "
    "save_despite_duplicate_rules, or exempt the integration user",
    "DUPLICATE_VALUE": "none: the record exists by now, the next run finds it",
    "UNABLE_TO_LOCK_ROW": "none: somebody held the record, the next run tries again",
    "INSUFFICIENT_ACCESS_OR_READONLY": "give the integration user edit access to the record",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "give the integration user access to the related record",
    "INVALID_CROSS_REFERENCE_KEY": "correct the record ids in the mapping (parents, account, owner, record type): "
    "one of them does not exist, or is hidden from the integration user",
    "ENTITY_IS_DELETED": "correct the record ids in the mapping (parents, account, owner, record type): one is deleted",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "an Apex trigger of the org failed: ask its developer",
    "CANNOT_EXECUTE_FLOW_TRIGGER": "a flow of the org failed: ask the Salesforce admin",
    "STATUS_REPLACED": "add the status to the Campaign, then trigger a run",
    "STATUS_MISSING": "add the status to the Campaign, then trigger a run",
    "NOT_LOADED": "clear the failed load task; it goes on where it stopped",
    "RECORD_MISSING": "none: the next run matches the person again",
    "CAMPAIGN_DELETED": "restore the Campaign, exclude the event in the mapping, or correct campaign.link",
    "UNSAFE_PLAN": "read plan.csv of this run; then trigger a run with approve 'ask' or 'accept', or raise the limit "
    "in the mapping",
    "NOT_APPROVED": "none if that was meant; else trigger a run and approve its plan",
    "WEBHOOKS_MISSED": "if it goes on, Livestorm has ended the subscriptions: python -m "
    "livestorm_salesforce.cli.webhooks lists them, and with --url makes them anew",
    "UNKNOWN_SESSION_ID": "correct the ids in the trigger form: they are Livestorm's, as in the addresses of its pages",
    "NEW_CONNECTION_PAIR": "none if that is meant. If it is the same workspace and org by another login, address or "
    "connection: pause the DAG and give the old folder in 'state' of the store the new one's name, or edits are not "
    "protected, and quarantine, undo and memory begin anew",
    "READS_DEFERRED": "none: what matters least waits, and is read when calls are to spare; webhooks save most of them",
    "SESSION_UNREAD": "none: the session is read again next run",
    "SESSION_INCOMPLETE": "none: the people that Livestorm sent are in, the session is read again next run",
    "SESSION_STATUS_UNKNOWN": "look the session up in Livestorm: nothing is done until it has a status that "
    "Livestorm's documentation knows; every run looks again",
    "SESSION_LOOKUP_DEFERRED": "none: the next runs ask for them, a few at a time; their registrants wait in the "
    "webhook queue",
    "SESSION_GONE": "none: the session was deleted in Livestorm, its Campaign is left as it is",
    "IN_QUARANTINE": "as for the code that it names; the DAG livestorm_salesforce_quarantine lists the rows",
    "FORM_LACKS_FIELD": "make the field mandatory on the registration page in Livestorm",
    "VALUE_CUT": "none, or correct the values in Livestorm or the field in Salesforce",
    "VALUE_LEFT_OUT": "none, or correct the values in Livestorm or the field in Salesforce",
    "REPLAY_FIELD_MISSING": "create the field and give access to it, name another in replay.field, or set replay: null",
    "REPLAY_FIELD_READ_ONLY": "give the integration user edit access to the field, or set replay: null",
    "REPLAY_VALUE_MISSING": "add the values to the picklist",
    "SESSION_FIELD_NOT_UNIQUE": "tick Unique on the field in Salesforce",
    "CAMPAIGN_FIELD_CLOSED": "give the integration user edit access to these fields",
    "TYPE_MISSING": "add the value to the picklist, or set campaign.type in the mapping",
}
DEFAULT = "see the message in the run folder's report and settle it in Salesforce"


def remedy(code: str) -> str:
    return REMEDIES.get(code, DEFAULT)
