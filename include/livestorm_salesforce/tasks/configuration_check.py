"""Checks the mapping against the org before anything is read, and reports all mistakes together (field A11)."""

from __future__ import annotations

from livestorm_salesforce.clients.salesforce import SalesforceClientHook
from livestorm_salesforce.config.loader import InvalidMapping
from livestorm_salesforce.domain.plan.org_check import unknown_fields
from livestorm_salesforce.domain.shared.org_schema import parse_describe
from livestorm_salesforce.errors import SyncError
from livestorm_salesforce.runs.task_run import TaskRun


def check_configuration(run: TaskRun) -> None:
    """Read the mapping and the org's schema.

    Raises:
        ConfigError: the mapping has errors, or permissions or fields that it needs are missing; the message lists
            all of them.
    """
    try:
        run.app.schemas  # noqa: B018 reads and checks both
    except InvalidMapping as error:
        raise error.with_messages(_unknown_fields(run, error)) from None


def _unknown_fields(run: TaskRun, error: InvalidMapping) -> list[str]:
    """Fields that an invalid mapping names and the org does not have; none if the org cannot be asked."""
    hook = SalesforceClientHook(run.app.settings.salesforce_conn_id)
    try:
        client = hook.get_client(attempts=run.app.limits.attempts, clock=run.app.clock)
        described = client.describe_all(tuple(error.fields))
    except SyncError:  # the mapping has to be corrected first in any case
        return []
    return [
        f"{error.fields[name][field]}: {message}"
        for name, document in described.items()
        for field, message in unknown_fields(parse_describe(document), error.fields[name]).items()
    ]
