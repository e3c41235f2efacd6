"""Webhooks: subscriptions, events since the last check, and signed deliveries with Livestorm's retries."""

import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import requests

from service_sandbox.livestorm import render
from service_sandbox.livestorm import timeline as t
from service_sandbox.livestorm.errors import ApiError
from service_sandbox.livestorm.params import Query, page_meta, shuffled_order
from service_sandbox.livestorm.queries import EVENT, REGISTRANT, SESSION, VISIBLE_SESSION, Reader
from service_sandbox.livestorm.settings import Settings, WebhookBody
from service_sandbox.livestorm.store import Row, Store

log = logging.getLogger(__name__)


class WebhookEvent(StrEnum):
    """Events that a webhook can subscribe to. `job.ended` is accepted, but bulk jobs are not emulated."""

    EVENT_CREATED = "event.created"
    EVENT_PUBLISHED = "event.published"
    SESSION_CREATED = "session.created"
    SESSION_STARTED = "session.started"
    SESSION_ENDED = "session.ended"
    PEOPLE_REGISTERED = "people.registered"
    PEOPLE_ATTENDED = "people.attended"
    PEOPLE_NOT_ATTENDED = "people.not_attended"
    PEOPLE_WATCHED_REPLAY = "people.watched_replay"
    JOB_ENDED = "job.ended"


RETRIED_STATUSES = (*range(400, 457), *range(500, 512))
"""Statuses after which Livestorm retries a delivery (Livestorm documentation, webhooks)."""
PARTICIPANTS = f"{t.visible('r')} AND {VISIBLE_SESSION} AND r.role = 'participant'"


def between(moment: str) -> str:
    """Returns the condition that a time is after `:since` and not after `:until`."""
    return f"{moment} > :since AND {moment} <= :until"


OCCURRENCES = {
    WebhookEvent.EVENT_CREATED: f"{EVENT} WHERE {t.visible('e')} AND {between('e.created_at')}",
    WebhookEvent.EVENT_PUBLISHED: f"{EVENT} WHERE {t.visible('e')} AND {between('e.published_at')}",
    WebhookEvent.SESSION_CREATED: f"{SESSION} WHERE {VISIBLE_SESSION} AND {between('s.created_at')}",
    WebhookEvent.SESSION_STARTED: f"{SESSION} WHERE {VISIBLE_SESSION} AND {between(t.STARTED)}",
    WebhookEvent.SESSION_ENDED: f"{SESSION} WHERE {VISIBLE_SESSION} AND {between(t.ENDED)}",
    WebhookEvent.PEOPLE_REGISTERED: f"{REGISTRANT} WHERE {PARTICIPANTS} AND {between('r.created_at')}",
    WebhookEvent.PEOPLE_ATTENDED: f"{REGISTRANT} WHERE {PARTICIPANTS} AND {t.ATTENDED} AND {between(t.ATTENDED_AT)}",
    WebhookEvent.PEOPLE_NOT_ATTENDED: (
        f"{REGISTRANT} WHERE {PARTICIPANTS} AND NOT {t.ATTENDED} AND {between(t.ATTENDANCE_AVAILABLE)}"
    ),
    WebhookEvent.PEOPLE_WATCHED_REPLAY: f"{REGISTRANT} WHERE {PARTICIPANTS} AND {between('r.watched_at')}",
}
RENDER: dict[str, Callable[[Row], Row]] = {
    "event": lambda row: render.event(row, None), "session": render.session, "people": render.registrant,
}  # fmt: skip


class Webhooks:
    """Subscriptions and deliveries of the workspace.

    Args:
        reader: reads the resources in the bodies.

    Attributes:
        verify: CA file for certificates of receivers, or True for the default CAs.
        deliveries: per delivery: webhook id, event, url, tries, last status (None: no response) and whether the
            subscription was disabled.
    """

    def __init__(self, store: Store, settings: Settings, reader: Reader, *, organization_id: str, secret: str) -> None:
        self.store, self.settings, self.reader = store, settings, reader
        self.organization_id, self.secret = organization_id, secret
        self.verify: str | bool = True
        self.deliveries: list[Row] = []

    def subscribe(self, url: str, event: Any) -> Row:
        """Adds a subscription.

        Raises:
            ApiError: 422, the event is unknown.
        """
        if event not in list(WebhookEvent):
            raise ApiError(422, f"Event must be one of {', '.join(WebhookEvent)}")
        now = int(self.reader.now())
        row = {"id": self.store.new_id("webhooks"), "url": url, "event": event, "created_at": now, "updated_at": now}
        self.store.insert("webhooks", row)
        return row

    def remove(self, webhook_id: str) -> bool:
        """Deletes a subscription; returns whether it existed."""
        return bool(self.store.delete("webhooks", id=webhook_id))

    def page(self, query: Query) -> tuple[list[Row], Row]:
        """Returns rows and `meta` of `GET /webhooks`."""
        body = f"FROM webhooks w WHERE {'w.event = :event' if query.filters else '1'}"
        total = self.store.count(body, **query.filters)
        order = shuffled_order(self.store.seed, "webhooks", query).format("w")
        rows = self.store.select(
            f"SELECT w.* {body} ORDER BY {order} LIMIT :limit OFFSET :offset",
            limit=query.size, offset=query.page * query.size, **query.filters,
        )  # fmt: skip
        return rows, page_meta(query, total)

    def occurrences(self, event: str, since: int, until: int) -> list[Row]:
        """Returns the resources of an event that occurred after `since` and not after `until`."""
        if event not in OCCURRENCES:
            return []
        rows = self.reader.select(OCCURRENCES[WebhookEvent(event)], since=since, until=until)
        return [RENDER[event.split(".", maxsplit=1)[0]](row) for row in rows]

    def deliver(self, since: int, until: int) -> None:
        """Delivers everything that occurred in the interval; each delivery runs in its own thread."""
        for webhook in self.store.select("SELECT * FROM webhooks"):
            start = max(since, webhook["created_at"] - 1)
            for resource in self.occurrences(webhook["event"], start, until):
                meta = {"event": webhook["event"], "organization_id": self.organization_id, "webhook_id": webhook["id"]}
                document = {"data": {**resource, "meta": {"webhook": meta}}}
                threading.Thread(target=self._send, args=(webhook, document), daemon=True).start()

    def _send(self, webhook: Row, document: Row) -> None:
        """Delivers a body with at most five retries, and disables the subscription if all of them fail."""
        entry: Row = {"webhook_id": webhook["id"], "event": webhook["event"], "url": webhook["url"], "tries": 0,
                      "status": None, "disabled": False}  # fmt: skip
        self.deliveries.append(entry)
        for delay in (0.0, *self.settings.webhook_delays):
            time.sleep(delay)
            if not self.store.one("SELECT id FROM webhooks WHERE id = :id", id=webhook["id"]):
                return
            entry["tries"] += 1
            entry["status"] = self._post(webhook["url"], document)
            if entry["status"] is None:
                break
            if entry["status"] not in RETRIED_STATUSES:
                return
        entry["disabled"] = True
        self.remove(webhook["id"])

    def _post(self, url: str, document: Row) -> int | None:
        """Returns the status of the receiver; None if it is not reachable or its certificate is invalid."""
        body = self._body(document)
        headers = {"Content-Type": "application/json", "x-livestorm-signature": self.signature(document)}
        try:
            return requests.post(url, data=body, headers=headers, timeout=10, verify=self.verify).status_code
        except requests.RequestException as error:
            log.warning("webhook receiver not reached: %s", type(error).__name__)
            return None

    def _body(self, document: Row) -> bytes:
        """Returns the JSON in the form of the setting `webhook_body`."""
        form = self.settings.webhook_body
        separators = (", ", ": ") if form == WebhookBody.SPACED else (",", ":")
        return json.dumps(document, ensure_ascii=form == WebhookBody.ESCAPED, separators=separators).encode()

    def signature(self, document: Row) -> str:
        """Returns `<unix seconds>,<hex>`: SHA-256, not HMAC, of timestamp, secret and compact JSON (reference,
        section 12; the one public receiver verifies the compact form)."""
        timestamp = str(int(self.reader.now()))
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        digest = hashlib.sha256(timestamp.encode() + self.secret.encode() + body).hexdigest()
        return f"{timestamp},{' ' if self.settings.webhook_header_space else ''}{digest}"


class WebhookDispatcher:
    """Checks for new events several times per second and delivers them.

    A second is checked after it has passed, because rows contain whole seconds.
    """

    def __init__(self, webhooks: Webhooks, interval: float = 0.1) -> None:
        self._webhooks, self._interval = webhooks, interval
        self._checked_until = int(webhooks.reader.now()) - 1
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-webhooks", daemon=True)

    def start(self) -> None:
        """Starts to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """Stops to deliver. Running deliveries end with the process."""
        self._stopped.set()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._stopped.wait(self._interval):
            until = int(self._webhooks.reader.now()) - 1
            if until > self._checked_until:
                self._webhooks.deliver(self._checked_until, until)
            self._checked_until = until
