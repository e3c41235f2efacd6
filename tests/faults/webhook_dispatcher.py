"""Webhook deliveries of fault tests: delivered at once, or later with the old body and a new signature."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from livestorm_salesforce.clients.livestorm.webhook_payload import parse_delivery
from livestorm_salesforce.state import webhook_queue
from livestorm_salesforce.state.pair_state import PairState
from service_sandbox import Sandbox
from service_sandbox.livestorm import render


@dataclass
class PendingWebhooks:
    """Deliveries that Livestorm has not sent, by session and address.

    Attributes:
        state: the product's state, which receives deliveries.
    """

    state: PairState
    bodies: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def write(self, sandbox: Sandbox, session_id: str, who: str, event: str) -> None:
        """Store the current body."""
        rows = sandbox.livestorm.reader.all_registrants(session_id)
        person = next(one for one in map(render.registrant, rows) if one["attributes"]["email"] == who)
        self.bodies[session_id, who] = {"data": {**person, "meta": {"webhook": {"event": event}}}}

    def deliver(self, sandbox: Sandbox, session_id: str, who: str) -> None:
        """Deliver the stored body with a signature of now."""
        document, now = self.bodies[session_id, who], sandbox.clock.timestamp()
        delivery = parse_delivery(document, int(now))
        assert delivery and delivery[0] == session_id
        webhook_queue.enqueue(self.state, json.dumps([document, int(now)]).encode(), session_id, delivery[1], now)
