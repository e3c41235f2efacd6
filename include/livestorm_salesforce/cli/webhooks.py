"""`livestorm-salesforce webhooks`: list, create and remove the workspace's webhook subscriptions.

Without arguments all are listed. `--url https://HOST/livestorm-salesforce/inbox` creates the missing subscriptions of
that URL, `--url URL --remove` removes them. Only this command needs the scope 'Webhooks: write' of the Livestorm token.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from livestorm_salesforce.cli.connections import find_connections
from livestorm_salesforce.clients.livestorm import LivestormClient
from livestorm_salesforce.clients.livestorm.webhook_payload import EVENTS
from livestorm_salesforce.errors import ConfigError, SyncError
from livestorm_salesforce.runs.context import AppContext

SCOPE = "Webhooks need a token with the scope 'Webhooks: write' in addition to 'Events: read'."


def main(arguments: Sequence[str] | None = None) -> int:
    """Change the subscriptions as the arguments say, list them, and return the exit code."""
    parser = argparse.ArgumentParser(prog="livestorm-salesforce webhooks", description=__doc__)
    parser.add_argument("--url", type=_https, help="public URL of the webhook endpoint")
    parser.add_argument("--remove", action="store_true", help="remove the subscriptions of --url")
    options = parser.parse_args(arguments)
    if options.remove and not options.url:
        parser.error("--remove needs --url: the URL whose subscriptions are removed")
    try:
        _run(options)
    except SyncError as error:
        print(error, *([SCOPE] if isinstance(error, ConfigError) else []), file=sys.stderr)
        return 1
    return 0


def _run(options: argparse.Namespace) -> None:
    find_connections()
    livestorm = AppContext.from_environment().livestorm
    if options.remove:
        remove(livestorm, options.url)
    elif options.url:
        create_missing(livestorm, options.url)
    for webhook_id, event, url in subscriptions(livestorm):
        print(f"{webhook_id}  {event:<24} {url}")


def subscriptions(livestorm: LivestormClient) -> list[tuple[str, str, str]]:
    """Return id, event and URL of each subscription."""
    webhooks = [(webhook["id"], webhook["attributes"]) for webhook in livestorm.list_webhooks()]
    return sorted((webhook_id, str(values.get("event")), str(values.get("url"))) for webhook_id, values in webhooks)


def create_missing(livestorm: LivestormClient, url: str) -> None:
    """Create the missing subscriptions of a URL, one per event that the webhook endpoint uses."""
    existing = {event for _, event, subscribed in subscriptions(livestorm) if subscribed == url}
    for event in EVENTS:
        if event not in existing:
            livestorm.subscribe(url, event)


def remove(livestorm: LivestormClient, url: str) -> None:
    """Remove the subscriptions of a URL."""
    for webhook_id, _, subscribed in subscriptions(livestorm):
        if subscribed == url:
            livestorm.unsubscribe(webhook_id)


def _https(text: str) -> str:
    if not text.startswith("https://"):
        raise argparse.ArgumentTypeError("Livestorm sends webhooks to https URLs only")
    return text


if __name__ == "__main__":
    sys.exit(main())
