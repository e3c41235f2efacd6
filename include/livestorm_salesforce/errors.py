"""The error tree. The class says what to do next, never how it happened.

Messages name the thing, the number and the remedy. They hold no token, no address and no name, because Airflow
keeps exception texts in its logs and its database.
"""

from __future__ import annotations

from dataclasses import dataclass

#: So often Airflow tries again what waiting may heal.
RETRIES = 2


class SyncError(Exception):
    """Root of everything this project raises on purpose.

    Attributes:
        remedy: what a person does next, one sentence.
    """

    remedy = "Read the message and the task log."

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        self.remedy = remedy or type(self).remedy
        super().__init__(f"{message} Remedy: {self.remedy}")


class ConfigError(SyncError):
    """Mapping, connection or permission is wrong. Never retried: it cannot heal by waiting."""

    remedy = "Correct the configuration, then clear the failed task."


class ContractError(SyncError):
    """A service sent a shape we do not know. The raw answer is kept in the run folder when there is one."""

    remedy = "Compare the raw answer in the run folder with the service's reference and report it."


class TransientError(SyncError):
    """The service or the network failed for now. Airflow retries the task.

    Attributes:
        retry_after: seconds the service asked us to wait, or None.
    """

    remedy = "None if the retry succeeds; else look at the service's status page."

    def __init__(self, message: str, *, retry_after: float | None = None, remedy: str | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message, remedy=remedy)


class OutcomeUnknown(TransientError):
    """A write was sent and its answer never came, so it may have been carried out.

    Never repeat the write: read the current state again and do what is still needed.
    """

    remedy = "The load reads Salesforce again and goes on by itself."


class QuotaExhausted(SyncError):
    """A call allowance is used up. The run stops cleanly and the next one goes on."""

    remedy = "Wait for the allowance to renew, or raise it; nothing is lost."


class SessionGone(SyncError):
    """Livestorm answers 404 for a session that was listed: it was deleted meanwhile."""

    remedy = "None: its Campaign is left as it is and the report says so."


class UnsafePlan(SyncError):
    """The plan passes a safety limit. A person must look."""

    remedy = "Read the plan, then approve it or raise the limit."


class StalePlan(SyncError):
    """Salesforce no longer holds what the plan was made from."""

    remedy = "Trigger a new run: it plans again from what Salesforce holds now."


class PartialLoad(SyncError):
    """All that could be done was done; some rows were refused or some sessions failed."""

    remedy = "Read the report: every refused row has its reason and what to do."


@dataclass(frozen=True)
class Situation:
    """What a user may meet: a row of the table in `docs/reference/errors.md`.

    Attributes:
        kind: class of the error that ends the task, or code of the problem in the report of a run that went on.
        see: words of the message. means: what is the matter. do: the remedy, in the words of the message.
    """

    name: str
    kind: str
    see: str
    means: str
    do: str


SITUATIONS = (
    Situation(
        "Livestorm token wrong", "ConfigError", "Livestorm refused the token (HTTP 401",
        "The token is mistyped or was revoked.",
        "Store the raw API token as the connection's password, without 'Bearer '; if it is right, the token needs the "
        "scope 'Events: read'.",
    ),
    Situation(
        "Livestorm token with Bearer", "ConfigError", "starts with 'Bearer '",
        "Livestorm takes private tokens as they are; `Bearer` is for OAuth.",
        "Store the raw API token as the connection's password, without 'Bearer '.",
    ),
    Situation(
        "Livestorm scope missing", "ConfigError", "The Livestorm token lacks a scope",
        "The token is valid and may not read events.", "The token needs the scope 'Events: read'.",
    ),
    Situation(
        "Livestorm workspace not validated", "ConfigError", "The Livestorm workspace may not use the API",
        "Livestorm opens its API to a workspace on request.",
        "Ask Livestorm's support to validate the workspace for API use.",
    ),
    Situation(
        "Livestorm allowance used up", "QuotaExhausted", "calls per 30 days is used up",
        "10,000 calls per 30 days, or what you bought, are spent.",
        "Wait for the allowance to renew, or buy a larger one; nothing is lost.",
    ),
    Situation(
        "Livestorm answers HTML", "TransientError", "with a page that is not JSON (HTTP 200)",
        "A proxy or a login page answered in Livestorm's place.",
        "None if the retry succeeds; else see what stands between Airflow and Livestorm.",
    ),
    Situation(
        "Livestorm down", "TransientError", "Livestorm answered HTTP 502",
        "Livestorm, or what stands before it, does not answer. Nothing is lost.",
        "None if the retry succeeds; else see Livestorm's status page.",
    ),
    Situation(
        "No Marketing User", "ConfigError", "does not know CampaignMemberStatus, or hides it",
        "Salesforce lets only Marketing Users write Campaigns and see their statuses.",
        "Tick 'Marketing User' on the integration user, and give it the right to read Campaigns.",
    ),
    Situation(
        "External id field missing", "ConfigError", "Campaign.Livestorm_Session_Id__c does not exist or is hidden",
        "The field that ties a Campaign to its session is not there, or this user may not see it.",
        "Create it as Text(50), External ID, Unique, and give the user read and edit access.",
    ),
    Situation(
        "Mapped field missing", "ConfigError", "does not exist or is hidden by field-level security (did you mean",
        "The mapping names a field that the org does not show to this user.",
        "Create it, give access, or correct the mapping.",
    ),
    Situation(
        "Mapped field not writable", "ConfigError", "cannot be written: give edit access",
        "A formula, a system field, or no edit access.", "Give edit access, use policy create_only, or unmap it.",
    ),
    Situation(
        "Campaign.Type without Webinar", "TYPE_MISSING", "Campaign.Type has no active value 'Webinar'",
        "Campaigns are made; reports and filters by type do not offer the value.",
        "Add the value to the picklist, or set campaign.type in the mapping.",
    ),
    Situation(
        "Restricted picklist", "VALUE_LEFT_OUT", "value not in the restricted picklist: field left out",
        "The org takes only listed values. The record is written without the field.",
        "Correct the values in Livestorm or the field in Salesforce.",
    ),
    Situation(
        "Validation rule", "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Lead refused",
        "A rule of the org refuses the record. The registrant waits in quarantine; the others are written.",
        "Satisfy it by the mapping, or exempt the integration user.",
    ),
    Situation(
        "Duplicate rule that blocks", "DUPLICATES_DETECTED", "Lead refused",
        "A duplicate rule with the action Block takes the person for somebody else.",
        "Merge the duplicates, set save_despite_duplicate_rules, or exempt the integration user.",
    ),
    Situation(
        "Salesforce calls used up", "QuotaExhausted", "Salesforce's daily API calls are used up",
        "The org's API calls of the last 24 hours are spent, by whomever.",
        "Wait until calls of the last 24 hours expire, or raise the limit; the next run goes on.",
    ),
    Situation(
        "Salesforce down", "TransientError", "Salesforce answered HTTP 503 to",
        "Salesforce does not answer. Nothing is lost: the next run that reaches it brings everything in.",
        "None if the retry succeeds; else see status.salesforce.com.",
    ),
    Situation(
        "Mapping typo", "ConfigError", "unknown attribute 'job_titel' (did you mean 'job_title'?)",
        "A word of the mapping is not known. All mistakes are told at once, with file and line.",
        "Correct the mapping file at the lines named and clear the failed task.",
    ),
)  # fmt: skip
