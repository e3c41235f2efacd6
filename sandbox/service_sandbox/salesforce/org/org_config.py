"""Configuration of an org by the settings of a seed file.

apps:                 {KEY: {secret: ..., user: name@example.com}}   (default: one app of the sandbox)
user:                 {username: ..., objects: ..., fields: ..., marketing_user: ..., view_all: ...}
session_field:        name of Campaign's external id, or null for none     (Livestorm_Session_Id__c)
replay_field:         missing | text | picklist | {type: picklist, restricted: true, values: [...]}   (text)
campaign_types:       developer (has Webinar) | scratch (has not) | a list
default_statuses:     [{Label: Sent, IsDefault: true, HasResponded: false}, ...]
sharing:              {Lead: None, Contact: None, Campaign: None}: organization-wide defaults
state_country_picklists, person_accounts: true
fields:               {Lead: {Region__c: {type: picklist, values: [...], required: true}}}
validation_rules:     [{object: Lead, field: Phone, blank: true, message: ...}]
duplicate_rules:      [{name: ..., object: Lead, match_object: Contact, action: block, match: fuzzy}]
assignment_queue:     name of the queue to which the active assignment rule assigns leads
encrypted:            {Lead: [Email]}: fields that cannot be filtered, sorted or grouped
text_units:           characters | utf16: units of a text's length   (characters)
record_types, currencies: see `record_types.py`
flows, transaction_limits, status_apps, frozen_members, disappearing_fields: see `automation_rules.py`
deployments:          {queue_seconds: ..., seconds: ..., custom_fields: maximum per object,
                      deleted_fields: {Lead: [Key__c]}}: metadata deployments
api_calls:            DailyApiRequests of the org
leads, contacts:      number of generated records
seconds_per_record, lock_wait_seconds: duration of a write per record, and maximum wait for a lock
"""

from typing import Any

from service_sandbox.salesforce.model.schema import Field
from service_sandbox.salesforce.model.values import TEXT_UNITS
from service_sandbox.salesforce.org.automation import RULES
from service_sandbox.salesforce.org.duplicates import DuplicateRule
from service_sandbox.salesforce.org.generate import generate
from service_sandbox.salesforce.org.policies import AssignmentRule, ValidationRule
from service_sandbox.salesforce.org.record_types import enable_currencies
from service_sandbox.salesforce.org.rights import Rights
from service_sandbox.salesforce.org.state_country import enable_state_country_picklists

SETTINGS = {
    *("apps", "user", "session_field", "replay_field", "campaign_types", "default_statuses", "state_country_picklists"),
    *("person_accounts", "fields", "validation_rules", "duplicate_rules", "assignment_queue", "api_calls", "leads"),
    *("contacts", "seconds_per_record", "lock_wait_seconds", "encrypted", "text_units", "record_types", "currencies"),
    *("deployments", "sharing"),
    *RULES,
}
SESSION_FIELD = "Livestorm_Session_Id__c"
REPLAY_FIELD = "Livestorm_Replay_Status__c"
REPLAY_FIELDS: dict[str, dict[str, Any]] = {
    "text": {"type": "string", "length": 255},
    "picklist": {"type": "picklist", "values": ["Watched", "Not Watched"]},
}
SCRATCH_TYPES = ["Advertisement", "Email", "Telemarketing", "Banner Ads", "Seminar / Conference", "Public Relations",
                 "Partners", "Referral Program", "Other"]  # fmt: skip


def configure(org: Any, settings: dict[str, Any] | None = None) -> None:
    """Applies the settings. To be called once, before the first record.

    Raises:
        ValueError: a setting is unknown.
    """
    given = dict(settings or {})
    if unknown := sorted(given.keys() - SETTINGS):
        raise ValueError(f"org settings: unknown keys {unknown}; known are {sorted(SETTINGS)}")
    _fields(org, given)
    _campaigns(org, given)
    if given.get("state_country_picklists"):
        enable_state_country_picklists(org)
    if given.get("person_accounts"):
        _person_accounts(org)
    _rules(org, given)
    _users(org, given)
    org.seconds_per_record = float(given.get("seconds_per_record", 0))
    org.locks.wait_seconds = float(given.get("lock_wait_seconds", org.locks.wait_seconds))
    org.daily_calls = int(given.get("api_calls", org.daily_calls))
    org.deployments = dict(given.get("deployments") or {})
    org.permission_sets.refresh()
    for key, sobject in (("contacts", "Contact"), ("leads", "Lead")):
        if given.get(key):
            generate(org, sobject, int(given[key]))


def _fields(org: Any, given: dict[str, Any]) -> None:
    if name := given.get("session_field", SESSION_FIELD):
        org.add_field("Campaign", name, label="Livestorm Session Id", length=50, unique=True, external_id=True)
    replay = given.get("replay_field", "text")
    if replay != "missing":
        definition = REPLAY_FIELDS[replay] if isinstance(replay, str) else replay
        org.add_field("CampaignMember", REPLAY_FIELD, **{"label": "Livestorm Replay Status", **definition})
    for sobject, fields in given.get("fields", {}).items():
        for name, definition in fields.items():
            org.add_field(sobject, name, **definition)
    for sobject, names in given.get("encrypted", {}).items():
        for name in names:
            org.schema[sobject].fields[name].encrypt()
    for one in given.get("record_types", []):
        org.record_types.add(one["object"], one["name"], one["picklists"], default=one.get("default", False))
    if given.get("currencies"):
        enable_currencies(org, given["currencies"])
    org.text_units = given.get("text_units", org.text_units)
    if org.text_units not in TEXT_UNITS:
        raise ValueError(f"text_units must be one of {sorted(TEXT_UNITS)}")


def _campaigns(org: Any, given: dict[str, Any]) -> None:
    types = given.get("campaign_types", "developer")
    if types != "developer":
        item = org.schema["Campaign"].fields["Type"]
        item.values = list(SCRATCH_TYPES if types == "scratch" else types)
        item.default = item.values[0]
    if "default_statuses" in given:
        flags = ("IsDefault", "HasResponded")
        org.default_statuses = [{**one, **{key: int(one.get(key, False)) for key in flags}}
                                for one in given["default_statuses"]]  # fmt: skip


def _person_accounts(org: Any) -> None:
    """Enables Person Accounts: records have IsPersonAccount, and a lead needs no company."""
    for name in ("Account", "Contact"):
        item = Field("IsPersonAccount", "Is Person Account", "boolean", "DFGS")
        org.schema[name].add(item)
        org.store.add_column(org.schema[name], item)
    company = org.schema["Lead"].fields["Company"]
    company.flags = "N" + company.flags
    org.clear_required_cache()


def _rules(org: Any, given: dict[str, Any]) -> None:
    org.policies.validations += [ValidationRule(**one) for one in given.get("validation_rules", [])]
    for one in given.get("duplicate_rules", []):
        org.duplicates.add(DuplicateRule(**one))
    org.automation.configure(given)
    if queue := given.get("assignment_queue"):
        org.policies.assignment = AssignmentRule(org.users.add_queue(queue))


def _users(org: Any, given: dict[str, Any]) -> None:
    if sharing := given.get("sharing"):
        org.users.share(sharing)
    user = None
    if rights := dict(given.get("user") or {}):
        username = rights.pop("username", "integration@sandbox.example")
        user = org.users.add(username, Rights.from_settings(rights), first_name="Integration", last_name="User")
        org.users.run_as = user
    for key, app in (given.get("apps") or {}).items():
        run_as = org.users.by_username[app["user"].lower()] if "user" in app else user
        org.users.add_app(key, app["secret"], run_as, app.get("certificate"))
