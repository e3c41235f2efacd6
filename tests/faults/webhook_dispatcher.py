"""Webhooks of the storm: what Livestorm tells of a registrant, at once, or late and signed anew with its old body."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from livestorm_salesforce.clients.livestorm.webhook_payload import parse_delivery
from livestorm_salesforce.state import webhook_queue
from livestorm_salesforce.storage import Folder
from service_sandbox import Sandbox
from service_sandbox.livestorm import render


@dataclass
class Post:
    """What lies with Livestorm still, by session and address; `state`: where the product keeps what is delivered."""

    state: Folder
    bodies: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def write(self, sandbox: Sandbox, session_id: str, who: str, event: str) -> None:
        """A body as of now."""
        rows = sandbox.livestorm.reader.all_registrants(session_id)
        person = next(one for one in map(render.registrant, rows) if one["attributes"]["email"] == who)
        self.bodies[session_id, who] = {"data": {**person, "meta": {"webhook": {"event": event}}}}

    def deliver(self, sandbox: Sandbox, session_id: str, who: str) -> None:
        """That body, signed now."""
        document, now = self.bodies[session_id, who], sandbox.clock.timestamp()
        told = parse_delivery(document, int(now))
        assert told and told[0] == session_id
        webhook_queue.keep(self.state, json.dumps([document, int(now)]).encode(), session_id, told[1], now)
