"""The webhook endpoint. Livestorm cannot log in, so its signature authenticates a delivery.

Livestorm repeats a delivery answered with 400 to 456 or 500 to 511 five times and then ends the subscription (Livestorm
portal, webhooks). A correctly signed delivery that is not needed is therefore answered with success.
"""

from __future__ import annotations

import logging
import time
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool

from livestorm_salesforce.clients.json_text import parse_json
from livestorm_salesforce.clients.livestorm.webhook_payload import parse_delivery
from livestorm_salesforce.clients.livestorm.webhook_signature import HEADER, is_valid_signature, parse_timestamp
from livestorm_salesforce.config import Settings
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.state import webhook_queue
from livestorm_salesforce.web.body_reader import BodyReader, rejection

log = logging.getLogger(__name__)
#: Address of the endpoint within the pages.
PATH = "/inbox"
router = APIRouter()
_bodies = BodyReader()


def clock() -> float:
    """Epoch seconds."""
    return time.time()


@router.get(PATH)
def read() -> None:
    """Answer 405 to a browser, which shows that the endpoint can be reached."""
    raise HTTPException(405, headers={"Allow": "POST"})


@router.post(PATH)
async def receive(request: Request, now: Annotated[float, Depends(clock)]) -> Response:
    """Store one delivery and answer 204 once it is on disk; events that are not needed are answered with 204 too.

    Errors: 404 no secret is set; 401 not signed, wrongly signed, or signed more than 300 s from now; 408 the body did
    not arrive in time; 413 it is too large; 400 not JSON; 503 the delivery could not be stored.
    """
    secret = Settings.read().webhooks
    if not secret:
        raise rejection(404)
    header = request.headers.get(HEADER, "")
    sent = parse_timestamp(header, now)
    if sent is None:
        raise rejection(401)
    body = await _bodies.read(request)
    if not is_valid_signature(header, secret, body):
        raise rejection(401)
    found = parse_delivery(_document(body), sent)
    if found is None:
        log.info("A webhook delivery of an event that is not needed was ignored.")
    else:
        await run_in_threadpool(_store, body, *found, now)
    return Response(status_code=204)


def _document(body: bytes) -> object:
    try:
        return parse_json(body)
    except ValueError:
        raise rejection(400) from None


def _store(body: bytes, session_id: str, person: dict[str, object], now: float) -> None:
    """Store a delivery. Any error becomes 503 without traceback, which might quote the body."""
    failure = None
    try:
        webhook_queue.enqueue(AppContext.from_environment().state, body, session_id, person, now)
    except Exception as error:  # noqa: BLE001 any error is answered with 503
        failure = type(error).__name__
    if failure:
        log.error("A webhook delivery could not be stored (%s); Livestorm repeats it.", failure)
        raise rejection(503)
