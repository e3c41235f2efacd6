"""The route that Livestorm posts to. It has no login, for Livestorm cannot log in: the signature lets in.

Livestorm tries again, five times, what is answered with 400 to 456 or 500 to 511, and then ends the subscription
(portal, webhooks). So whatever is signed well and of no use is answered with success.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from livestorm_salesforce.clients.livestorm.webhook_payload import parse_delivery
from livestorm_salesforce.clients.livestorm.webhook_signature import HEADER, is_valid_signature, parse_timestamp
from livestorm_salesforce.config import Settings
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.state import webhook_queue

log = logging.getLogger(__name__)
LIMIT = 256 * 1024  # bytes of a body; a registrant with a long form is a few thousand
BODY_TIMEOUT = 20  # seconds for a body to come

router = APIRouter()


def clock() -> float:
    """Epoch seconds."""
    return time.time()


@router.post("/inbox")
async def receive(request: Request, now: Annotated[float, Depends(clock)]) -> Response:
    """Keep what one delivery tells, and answer 204 when it is on the disk.

    404: no secret is set. 401: not signed, wrongly signed, or signed more than 300 s from now. 408: the body did not
    come. 413: more than `LIMIT` bytes. 400: no JSON. 503: it could not be kept. 204 also for events of no use.
    """
    secret = Settings.read().webhooks
    if not secret:
        raise _refusal(404)
    header = request.headers.get(HEADER, "")
    sent = parse_timestamp(header, now)
    if sent is None:
        raise _refusal(401)
    body = await _body(request)
    if not is_valid_signature(header, secret, body):
        raise _refusal(401)
    found = parse_delivery(_document(body), sent)
    if found is None:
        log.info("A webhook delivery that is of no use here was dropped.")
    else:
        await run_in_threadpool(_keep, body, *found, now)
    return Response(status_code=204)


def _refusal(status: int) -> HTTPException:
    """No word why; and whatever the sender has still to say is not listened to."""
    return HTTPException(status, headers={"Connection": "close"})


async def _body(request: Request) -> bytes:
    """The body; never more than `LIMIT` bytes of it and one chunk are in memory."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LIMIT:
                    raise _refusal(413)
    except TimeoutError:
        raise _refusal(408) from None
    except ClientDisconnect:
        raise _refusal(400) from None
    return bytes(body)


def _document(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise _refusal(400) from None


def _keep(body: bytes, session_id: str, person: dict[str, object], now: float) -> None:
    """503 if it could not be kept, whatever the reason: a traceback might quote the body."""
    failure = None
    try:
        webhook_queue.keep(AppContext.from_environment().state, body, session_id, person, now)
    except Exception as error:  # noqa: BLE001 whatever the reason, the answer is 503
        failure = type(error).__name__
    if failure:
        log.error("A webhook delivery could not be kept (%s); Livestorm tries again.", failure)
        raise _refusal(503)
