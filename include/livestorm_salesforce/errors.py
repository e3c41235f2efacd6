"""The error hierarchy: the class of an error states the required action.

Messages state subject, numbers and remedy. They contain no token, address or name, because Airflow stores the texts of
exceptions in its logs and its database.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Number of times that Airflow retries a task after a transient error.
RETRIES = 2
#: Seconds. An allowance that renews within this time is waited for; otherwise the next run comes earlier.
SOON = 3600.0


class SyncError(Exception):
    """Base class of the errors of this project.

    Attributes:
        cause: the message without the remedy.
        remedy: the required action, one sentence.
    """

    remedy = "Read the message and the task log."

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        self.cause = message
        self.remedy = remedy or type(self).remedy
        super().__init__(f"{message} Remedy: {self.remedy}")


class ConfigError(SyncError):
    """Mapping, connection or permission is wrong. Not retried."""

    remedy = "Correct the configuration, then clear the failed task."


class ContractError(SyncError):
    """A service sent an unexpected format. The raw response is in the run folder if the error occurred in a run."""

    remedy = "Compare the raw response in the run folder with the service's reference and report it."


class TransientError(SyncError):
    """A service or the network failed temporarily. Airflow retries the task.

    Attributes:
        retry_after: seconds to wait, as requested by the service, or None.
    """

    remedy = "None if the retry succeeds; else look at the service's status page."

    def __init__(self, message: str, *, retry_after: float | None = None, remedy: str | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message, remedy=remedy)


class BulkJobRunning(TransientError):
    """A bulk job runs longer than this task may wait. Nothing is lost: the task goes on when the job has ended.

    Attributes:
        job_id: id of the job in Salesforce.
    """

    remedy = "None: the task goes on when the job has ended (Setup, Bulk Data Load Jobs)."

    def __init__(self, message: str, *, job_id: str, retry_after: float) -> None:
        self.job_id = job_id
        super().__init__(message, retry_after=retry_after)


class OutcomeUnknown(TransientError):
    """A write was sent and no response arrived, so it may have been executed.

    The write must not be repeated: read the current state and apply the changes that are still needed.
    """

    remedy = "None: the load reads Salesforce again and continues."


class QuotaExhausted(SyncError):
    """A call allowance is used up. The run stops, and the next run continues.

    Attributes:
        retry_after: seconds until the allowance renews, if the service tells it.
    """

    remedy = "Wait for the allowance to renew, or raise it; nothing is lost."

    def __init__(self, message: str, *, retry_after: float | None = None, remedy: str | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message, remedy=remedy)


class SessionGone(SyncError):
    """Livestorm answers 404 for a listed session: it was deleted after the list was read."""

    remedy = "None: its Campaign is not changed, and the report lists the session."


class UnsafePlan(SyncError):
    """The plan exceeds a safety limit. A person must decide."""

    remedy = "Read the plan, then approve it or raise the limit."


class StalePlan(SyncError):
    """Salesforce has changed since the plan was made."""

    remedy = "Trigger a new run: it makes a new plan."


class PairChanged(StalePlan):
    """The connections lead to another Livestorm organization or Salesforce org than before."""

    remedy = (
        "Correct the connections. If the change is intended, trigger a run with 'confirm_new_pair', or run "
        "`livestorm-salesforce pair --confirm`: the new pair starts with an empty state."
    )


class PartialLoad(SyncError):
    """The run has ended and is red: a task or the reading of a session failed, or rows were refused (`red_when`)."""

    remedy = "Read the report: every refused row has a reason and a remedy."


@dataclass(frozen=True)
class Situation:
    """A frequent situation: a row of the table in `docs/reference/errors.md`.

    Attributes:
        kind: class of the error that ends the task, or code of the problem in the report of a run that went on.
        see: part of the message.
        means: explanation.
        do: the remedy, as in the message.
    """

    name: str
    kind: str
    see: str
    means: str
    do: str


SITUATIONS = (
    Situation(
        "Connection missing", "ConfigError", "There is no connection 'livestorm_default' in Airflow",
        "Neither Airflow's database nor an environment variable has a connection of this id.",
        "Create it under Admin, Connections, or set AIRFLOW_CONN_LIVESTORM_DEFAULT for all Airflow processes.",
    ),
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
        "Livestorm enables its API per workspace, on request.",
        "Ask Livestorm's support to validate the workspace for API use.",
    ),
    Situation(
        "Livestorm allowance used up", "QuotaExhausted", "calls per 30 days is used up",
        "10,000 calls per 30 days, or the number you bought, are used.",
        "Wait for the allowance to renew, or buy a larger one; nothing is lost.",
    ),
    Situation(
        "Livestorm answers HTML", "TransientError", "with a page that is not JSON (HTTP 200)",
        "A proxy or a login page answered instead of Livestorm.",
        "None if the retry succeeds; else see what stands between Airflow and Livestorm.",
    ),
    Situation(
        "Livestorm down", "TransientError", "Livestorm answered HTTP 502",
        "Livestorm, or a proxy before it, does not answer. Nothing is lost.",
        "None if the retry succeeds; else see Livestorm's status page.",
    ),
    Situation(
        "No Marketing User", "ConfigError", "does not know CampaignMemberStatus, or hides it",
        "Only Marketing Users may write Campaigns and see their statuses.",
        "Tick 'Marketing User' on the integration user, and give it the right to read Campaigns.",
    ),
    Situation(
        "External id field missing", "ConfigError", "Campaign.Livestorm_Session_Id__c does not exist or is hidden",
        "The field that links a Campaign to its session does not exist, or this user may not see it.",
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
        "Campaigns are created; reports and filters by type do not offer the value.",
        "Add the value to the picklist, or set campaign.type in the mapping.",
    ),
    Situation(
        "Restricted picklist", "VALUE_LEFT_OUT", "value not in the restricted picklist: field left out",
        "The org accepts only listed values. The record is written without the field.",
        "Translate the answers by a 'values:' table of the field in the mapping, state their language by 'language:', "
        "or correct the values in Livestorm or the field in Salesforce.",
    ),
    Situation(
        "Validation rule", "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Lead refused",
        "A rule of the org refuses the record. The registrant is in quarantine; the others are written.",
        "Satisfy it by the mapping, or exempt the integration user.",
    ),
    Situation(
        "Duplicate rule that blocks", "DUPLICATES_DETECTED", "Lead refused",
        "A duplicate rule with the action Block considers the person a duplicate.",
        "Merge the duplicates, set save_despite_duplicate_rules, or exempt the integration user.",
    ),
    Situation(
        "Salesforce calls used up", "QuotaExhausted", "Salesforce's daily API calls are used up",
        "The org's API calls of the last 24 hours are used, by all its integrations.",
        "Wait until calls of the last 24 hours expire, or raise the limit; the next run goes on.",
    ),
    Situation(
        "Salesforce down", "TransientError", "Salesforce answered HTTP 503 to",
        "Salesforce does not answer. Nothing is lost: the next run that reaches it loads everything.",
        "None if the retry succeeds; else see status.salesforce.com.",
    ),
    Situation(
        "Mapping typo", "ConfigError", "unknown attribute 'job_titel' (did you mean 'job_title'?)",
        "A key or attribute of the mapping is unknown. All mistakes are listed at once, with file and line.",
        "Correct the mapping file at the lines named and clear the failed task.",
    ),
)  # fmt: skip
