"""Webhooks: subscriptions, what happened since the last look, and signed deliveries with the vendor's retry ladder."""

# ruff: noqa: S608 - SQL is put together from constants; values are always bound

import hashlib
import json
import logging
import threading
import time
from typing import Any

import requests

from service_sandbox.livestorm import render
from service_sandbox.livestorm import timeline as t
from service_sandbox.livestorm.errors import ApiError
from service_sandbox.livestorm.params import Query, meta, order
from service_sandbox.livestorm.reading import ALIVE, EVENT, REGISTRANT, SESSION, Reader
from service_sandbox.livestorm.settings import Settings
from service_sandbox.livestorm.store import Store

log = logging.getLogger(__name__)
EVENTS = ("event.created", "event.published", "session.created", "session.started", "session.ended",
          "people.registered", "people.attended", "people.not_attended", "people.watched_replay",
          "job.ended")  # fmt: skip
AGAIN = (*range(400, 457), *range(500, 512))
"""Statuses after which Livestorm tries again (portal, webhooks)."""
ALONE = f"{t.visible('r')} AND {ALIVE} AND r.role = 'participant'"


def between(moment: str) -> str:
    """SQL: a moment lies in the span that is looked at."""
    return f"{moment} > :since AND {moment} <= :until"


HAPPENED = {
    "event.created": f"{EVENT} WHERE {t.visible('e')} AND {between('e.created_at')}",
    "event.published": f"{EVENT} WHERE {t.visible('e')} AND {between('e.published_at')}",
    "session.created": f"{SESSION} WHERE {ALIVE} AND {between('s.created_at')}",
    "session.started": f"{SESSION} WHERE {ALIVE} AND {between(t.STARTED)}",
    "session.ended": f"{SESSION} WHERE {ALIVE} AND {between(t.ENDED)}",
    "people.registered": f"{REGISTRANT} WHERE {ALONE} AND {between('r.created_at')}",
    "people.attended": f"{REGISTRANT} WHERE {ALONE} AND {t.ATTENDED} AND {between(t.ATTENDED_AT)}",
    "people.not_attended": f"{REGISTRANT} WHERE {ALONE} AND NOT {t.ATTENDED} AND {between(t.ATTENDANCE_KNOWN)}",
    "people.watched_replay": f"{REGISTRANT} WHERE {ALONE} AND {between('r.watched_at')}",
}
RENDER = {"event": lambda row: render.event(row, None), "session": render.session, "people": render.registrant}


class Webhooks:
    """The workspace's subscriptions.

    Args:
        reader: what is visible, for bodies.
        verify: CA file for receivers' certificates, or True for the usual ones.
    """

    def __init__(self, store: Store, settings: Settings, reader: Reader, *, organization_id: str, secret: str) -> None:
        self.store, self.settings, self.reader = store, settings, reader
        self.organization_id, self.secret = organization_id, secret
        self.verify: str | bool = True
        self.deliveries: list[dict[str, Any]] = []
        """What was sent: webhook id, event, url, tries, last status (None: no answer), disabled."""

    def subscribe(self, url: str, event: Any) -> dict[str, Any]:
        """A new subscription. Raises ApiError (422) for an unknown event."""
        if event not in EVENTS:
            raise ApiError(422, f"Event must be one of {', '.join(EVENTS)}")
        now = int(self.reader.now())
        row = {"id": self.store.new_id("webhooks"), "url": url, "event": event, "created_at": now, "updated_at": now}
        self.store.insert("webhooks", row)
        return row

    def remove(self, webhook_id: str) -> bool:
        """End a subscription; False if there is none."""
        return bool(self.store.delete("webhooks", id=webhook_id))

    def page(self, query: Query) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """`GET /webhooks`."""
        where = "w.event = :event" if query.filters else "1"
        total = self.store.select(f"SELECT count(*) AS n FROM webhooks w WHERE {where}", **query.filters)[0]["n"]
        sql = f"SELECT w.* FROM webhooks w WHERE {where} ORDER BY {order(self.store.seed, 'webhooks', query)}"
        rows = self.store.select(
            f"{sql.format('w')} LIMIT :limit OFFSET :offset",
            limit=query.size, offset=query.page * query.size, **query.filters,
        )  # fmt: skip
        return rows, meta(query, total)

    def happened(self, event: str, since: int, until: int) -> list[dict[str, Any]]:
        """Resources of what happened after `since` and up to `until`."""
        if event == "job.ended":
            rows = self.store.select(f"SELECT * FROM jobs WHERE {between('ended_at')}", since=since, until=until)
            return [render.resource("jobs", row["id"], {"status": "ended"}) for row in rows]
        rows = self.reader.select(HAPPENED[event], since=since, until=until)
        return [RENDER[event.split(".", maxsplit=1)[0]](row) for row in rows]

    def deliver(self, since: int, until: int) -> None:
        """Send everything that happened in the span to its subscribers; each delivery runs in its own thread."""
        for hook in self.store.select("SELECT * FROM webhooks"):
            start = max(since, hook["created_at"] - 1)
            for resource in self.happened(hook["event"], start, until):
                told = {"event": hook["event"], "organization_id": self.organization_id, "webhook_id": hook["id"]}
                body = json.dumps({"data": {**resource, "meta": {"webhook": told}}}, ensure_ascii=False).encode()
                threading.Thread(target=self._send, args=(hook, body), daemon=True).start()

    def _send(self, hook: dict[str, Any], body: bytes) -> None:
        """Try once and, while the answer asks for it, up to five times more; then disable the subscription."""
        entry = {"webhook_id": hook["id"], "event": hook["event"], "url": hook["url"], "tries": 0, "status": None,
                 "disabled": False}  # fmt: skip
        self.deliveries.append(entry)
        for delay in (0.0, *self.settings.webhook_delays):
            time.sleep(delay)
            if not self.store.one("SELECT id FROM webhooks WHERE id = :id", id=hook["id"]):
                return
            entry["tries"] += 1
            entry["status"] = self._post(hook["url"], body)
            if entry["status"] is None:
                break
            if entry["status"] not in AGAIN:
                return
        entry["disabled"] = True
        self.remove(hook["id"])

    def _post(self, url: str, body: bytes) -> int | None:
        """The receiver's status; None when it cannot be reached, its certificate included."""
        headers = {"Content-Type": "application/json", "x-livestorm-signature": self.signature(body)}
        try:
            return requests.post(url, data=body, headers=headers, timeout=10, verify=self.verify).status_code
        except requests.RequestException as error:
            log.warning("webhook receiver not reached: %s", type(error).__name__)
            return None

    def signature(self, body: bytes) -> str:
        """`<unix seconds>,<hex>`: SHA-256, not HMAC, over timestamp, secret and raw body (reference, section 12)."""
        stamp = str(int(self.reader.now()))
        return f"{stamp},{hashlib.sha256(stamp.encode() + self.secret.encode() + body).hexdigest()}"


class Courier:
    """Looks every moment what happened, and has it delivered.

    A second is looked at when it is over, since rows tell time in whole seconds.
    """

    def __init__(self, webhooks: Webhooks, every: float = 0.1) -> None:
        self._webhooks, self._every = webhooks, every
        self._seen = int(webhooks.reader.now()) - 1
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-courier", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; deliveries on their way are dropped with the process."""
        self._stopped.set()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._stopped.wait(self._every):
            until = int(self._webhooks.reader.now()) - 1
            if until > self._seen:
                self._webhooks.deliver(self._seen, until)
            self._seen = until
