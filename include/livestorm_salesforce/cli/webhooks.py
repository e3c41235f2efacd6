"""`livestorm-salesforce webhooks`: the workspace's webhook subscriptions.

Without arguments they are listed. With `--url https://HOST/livestorm-salesforce/inbox` those that the inbox needs and
that are not there are made; with `--remove` as well, those to that address are ended. The token of the Livestorm
connection needs the scope 'Webhooks: write' for this, and not otherwise.
"""

from __future__ import annotations

import argparse
import sys

from livestorm_salesforce.cli.connections import find_connections
from livestorm_salesforce.clients.livestorm import LivestormClient
from livestorm_salesforce.clients.livestorm.webhook_payload import EVENTS
from livestorm_salesforce.errors import ConfigError, SyncError
from livestorm_salesforce.runs.context import AppContext

SCOPE = "Webhooks need a token with the scope 'Webhooks: write' besides 'Events: read'."


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="livestorm-salesforce webhooks", description=__doc__)
    parser.add_argument("--url", type=_https, help="address of the inbox as Livestorm reaches it")
    parser.add_argument("--remove", action="store_true", help="end the subscriptions to --url")
    asked = parser.parse_args(arguments)
    if asked.remove and not asked.url:
        parser.error("--remove needs --url: whose subscriptions?")
    try:
        _carry_out(asked)
    except SyncError as error:
        print(error, *([SCOPE] if isinstance(error, ConfigError) else []), file=sys.stderr)
        return 1
    return 0


def _carry_out(asked: argparse.Namespace) -> None:
    find_connections()
    livestorm = AppContext.from_environment().livestorm
    if asked.remove:
        end(livestorm, asked.url)
    elif asked.url:
        ensure(livestorm, asked.url)
    for webhook_id, event, url in subscriptions(livestorm):
        print(f"{webhook_id}  {event:<24} {url}")


def subscriptions(livestorm: LivestormClient) -> list[tuple[str, str, str]]:
    """Id, event and address of each."""
    told = [(one["id"], one["attributes"]) for one in livestorm.list_webhooks()]
    return sorted((webhook_id, str(said.get("event")), str(said.get("url"))) for webhook_id, said in told)


def ensure(livestorm: LivestormClient, url: str) -> None:
    """Subscribe to what the inbox has use for, where that is not done yet: one subscription takes one event."""
    there = {event for _, event, address in subscriptions(livestorm) if address == url}
    for event in EVENTS:
        if event not in there:
            livestorm.subscribe(url, event)


def end(livestorm: LivestormClient, url: str) -> None:
    for webhook_id, _, address in subscriptions(livestorm):
        if address == url:
            livestorm.unsubscribe(webhook_id)


def _https(text: str) -> str:
    if not text.startswith("https://"):
        raise argparse.ArgumentTypeError("Livestorm sends to https addresses only")
    return text


if __name__ == "__main__":
    sys.exit(main())
