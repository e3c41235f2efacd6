"""Checklist of Livestorm: connection, token, scope, API access, calls, webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from livestorm_salesforce.clients.livestorm import LivestormClient
from livestorm_salesforce.clients.livestorm.webhook_payload import EVENTS
from livestorm_salesforce.errors import ConfigError, SyncError
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.tasks.setup.items import Area, CheckItem, CheckState

_item = partial(CheckItem, Area.LIVESTORM)
CONNECTION = "Connection"
ACCOUNT = "Livestorm: Account settings, Integrations, Public API"
CONNECTIONS_PAGE = "Airflow: Admin, Connections"
ENDPOINT = "/livestorm-salesforce/inbox"
SUBSCRIBE = f"livestorm-salesforce webhooks --url https://YOUR-AIRFLOW{ENDPOINT}"
#: What cannot be checked without a connection or a valid token.
AFTER_TOKEN = ("Scope 'Events: read'", "Calls of these 30 days", "Webhooks")


def check_livestorm(app: AppContext) -> Iterator[CheckItem]:
    """Lines of Livestorm; five calls at most."""
    try:
        client = app.livestorm
    except SyncError as error:
        yield _failed(CONNECTION, error, CONNECTIONS_PAGE, app.settings.livestorm_conn_id)
        yield from _unknown("API token", *AFTER_TOKEN)
        return
    yield _item(CONNECTION, CheckState.OK, f"'{app.settings.livestorm_conn_id}'")
    try:
        client.ping()
    except ConfigError as error:
        yield _failed("API token", error, ACCOUNT)
        yield from _unknown(*AFTER_TOKEN)
        return
    except SyncError as error:
        yield _unreachable("API token", error)
        yield from _unknown(*AFTER_TOKEN)
        return
    yield _item("API token", CheckState.OK, "Livestorm accepts the token.")
    yield _scope(client)
    yield _calls(client, app.settings.livestorm_monthly_reserve)
    yield _webhooks(client, has_secret=bool(app.settings.webhooks))


def _scope(client: LivestormClient) -> CheckItem:
    subject = AFTER_TOKEN[0]
    try:
        client.probe_sessions()
    except ConfigError as error:
        return _failed(subject, error, ACCOUNT, "Events: read")
    except SyncError as error:
        return _unreachable(subject, error)
    return _item(subject, CheckState.OK, "Sessions and events may be read.")


def _calls(client: LivestormClient, reserve: int) -> CheckItem:
    left, limit = client.monthly_remaining, client.monthly_limit
    if left is None:
        return _item(AFTER_TOKEN[1], CheckState.UNKNOWN, "Livestorm does not state the calls left.")
    detail = f"{left:,} of {limit:,} calls are left." if limit else f"{left:,} calls are left."
    if left <= reserve:
        return _item(
            AFTER_TOKEN[1], CheckState.MISSING, f"{detail} {reserve:,} are never used.",
            "Wait for the allowance to renew, buy a larger one, or lower the reserve.",
            "Setting LIVESTORM_SALESFORCE_LIVESTORM_MONTHLY_RESERVE",
        )  # fmt: skip
    return _item(AFTER_TOKEN[1], CheckState.OK, detail)


def _webhooks(client: LivestormClient, *, has_secret: bool) -> CheckItem:
    """Webhooks are optional, so missing ones are a fault only where the secret is set."""
    if not has_secret:
        return _item(
            "Webhooks", CheckState.OK, "Not used: new registrants are read by scheduled runs, which costs calls.",
            location="Setting LIVESTORM_SALESFORCE_WEBHOOK_SECRET", value=SUBSCRIBE,
        )  # fmt: skip
    try:
        subscribed = {str(webhook["attributes"].get("event")) for webhook in _own(client)}
    except ConfigError:
        return _item(
            "Webhooks", CheckState.UNKNOWN, "The token may not list webhooks.",
            "List them with a token that has the scope 'Webhooks: write'.", "Shell on a worker",
            "livestorm-salesforce webhooks",
        )  # fmt: skip
    except SyncError as error:
        return _unreachable("Webhooks", error)
    if lacking := [event for event in EVENTS if event not in subscribed]:
        return _item(
            "Webhooks", CheckState.MISSING, f"The secret is set and {len(lacking)} subscription(s) are missing: "
            f"{', '.join(lacking)}.", "Create them.", "Shell on a worker", SUBSCRIBE,
        )  # fmt: skip
    return _item("Webhooks", CheckState.OK, f"{len(EVENTS)} subscriptions.")


def _own(client: LivestormClient) -> list[dict[str, dict[str, object]]]:
    """Subscriptions that lead to a webhook endpoint of this project."""
    return [one for one in client.list_webhooks() if str(one["attributes"].get("url")).endswith(ENDPOINT)]


def _failed(subject: str, error: SyncError, location: str, value: str = "") -> CheckItem:
    return _item(subject, CheckState.MISSING, error.cause, error.remedy, location, value)


def _unreachable(subject: str, error: SyncError) -> CheckItem:
    return _item(subject, CheckState.UNKNOWN, error.cause, error.remedy)


def _unknown(*subjects: str) -> Iterator[CheckItem]:
    for subject in subjects:
        yield _item(subject, CheckState.UNKNOWN, "Checked once the lines above are settled.")
