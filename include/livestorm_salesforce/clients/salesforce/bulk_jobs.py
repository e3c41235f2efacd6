"""Waiting for a bulk job and reading its CSV answers as they arrive."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from livestorm_salesforce.clients.http import whole_number
from livestorm_salesforce.clients.retry import ATTEMPTS
from livestorm_salesforce.clients.salesforce.bulk_csv import read_rows
from livestorm_salesforce.clients.salesforce.transport import Reply, Transport
from livestorm_salesforce.errors import ContractError, OutcomeUnknown, TransientError

log = logging.getLogger(__name__)

#: Seconds. A small job is done at once, a large one takes its time for each row, and every poll costs a call: after the
#: second poll a job is asked for again when so large a share of its time so far has passed (see cost-model.md).
FIRST_POLL, SECOND_POLL, LEAST_PER_ROW, LONGEST_POLL = 0.2, 0.3, 0.0002, 30.0
SHARE = 0.4
LONGEST_JOB = 2 * 3600.0  # seconds
UNDER_WAY = ("UploadComplete", "InProgress")
FINAL = ("JobComplete", "Failed", "Aborted")
LAST_PAGE = "null"  # the header Sforce-Locator holds this very text on the last page


def follow(transport: Transport, path: str, *, writes: bool, rows: int = 0) -> dict[str, Any]:
    """Poll a job until it ends, well or not, and return its description.

    Args:
        rows: of an ingest job that was just set going; 0 if that is not known.

    Raises:
        OutcomeUnknown, TransientError: it still runs after two hours.
    """
    wait, waited = FIRST_POLL, 0.0
    while waited < LONGEST_JOB:
        transport.sleep(wait)
        waited += wait
        job = transport.call("GET", path, guarded=False).body
        if not isinstance(job, dict) or not job.get("state"):
            raise ContractError("Salesforce answered a poll without the job's state.")
        if job["state"] in FINAL:
            return job
        least = max(rows * LEAST_PER_ROW, SECOND_POLL) if waited == FIRST_POLL else SECOND_POLL
        wait = min(max(waited * SHARE, least), LONGEST_POLL)
    words = f"A bulk job still runs after {LONGEST_JOB / 3600:.0f} hours."
    raise OutcomeUnknown(words) if writes else TransientError(words)


def running(transport: Transport, object_name: str) -> list[str]:
    """Ids of ingest jobs on an object that have been set going and have not ended, whoever made them.

    Where jobs cannot be listed (a gateway that admits less than Salesforce) none can be named, and the log says so.
    """
    found: list[str] = []
    path: str | None = "/jobs/ingest"
    while path:
        reply = transport.call("GET", path, bare=(404, 405))
        if reply.status >= 400:
            log.warning("Bulk jobs cannot be listed (HTTP %s): one left by a killed try is not seen.", reply.status)
            return found
        body = reply.body
        if not isinstance(body, dict) or not isinstance(body.get("records"), list):
            raise ContractError("Salesforce answered GET /jobs/ingest without a list of jobs.")
        jobs = [job for job in body["records"] if isinstance(job, dict) and job.get("object") == object_name]
        found += [str(job.get("id")) for job in jobs if job.get("state") in UNDER_WAY]
        following = urlsplit(str(body.get("nextRecordsUrl") or ""))
        path = f"{following.path}?{following.query}" if following.path and not body.get("done", True) else None
    return found


def all_rows(transport: Transport, path: str, params: Mapping[str, str] | None = None) -> Iterator[dict[str, str]]:
    """Rows of all pages of a CSV answer; `Sforce-Locator` names the next page (Bulk API 2.0 guide: Get Job Results).

    Raises:
        TransientError: a page holds more or fewer rows than it tells.
    """
    locator = ""
    while locator != LAST_PAGE:
        headers: dict[str, str] = {}
        number = 0
        page = {**(params or {}), **({"locator": locator} if locator else {})}
        for row in stream_rows(transport, path, page, headers):
            number += 1
            yield row
        told = whole_number(headers.get("sforce-numberofrecords"))
        if told is not None and told != number:
            raise TransientError(f"A page of bulk results told {told} records and sent {number}.")
        locator = headers.get("sforce-locator") or LAST_PAGE


def stream_rows(
    transport: Transport, path: str, params: Mapping[str, str] | None = None, seen: dict[str, str] | None = None
) -> Iterator[dict[str, str]]:
    """Rows of a CSV answer while it arrives; after a cut it is asked for again and the rows already given are skipped.

    Args:
        seen: filled with the answer's headers.
    """
    given = 0
    for _ in range(ATTEMPTS):
        reply = transport.call(
            "GET", path, guarded=False, expects="stream", params=dict(params or {}), headers={"Accept": "text/csv"}
        )
        if seen is not None:
            seen.update({name.lower(): value for name, value in reply.response.headers.items()})
        rows = _rows(reply)
        for number, row in enumerate(_unless_cut(rows)):
            if row is None:
                break
            if number >= given:
                given += 1
                yield row
        else:
            return
    raise TransientError(f"Salesforce cut the answer to GET {path.rsplit('/', maxsplit=1)[-1]} {ATTEMPTS} times.")


def _rows(reply: Reply) -> Iterator[dict[str, str]]:
    """Parsed rows of the raw stream; decoding (gzip) is left to urllib3, which must not close what is still read."""
    raw = reply.response.raw
    raw.decode_content, raw.auto_close = True, False
    with reply.response:
        yield from read_rows(raw)


def _unless_cut(rows: Iterator[dict[str, str]]) -> Iterator[dict[str, str] | None]:
    """The rows, and None as the last one if the connection was cut."""
    try:
        yield from rows
    except (HTTPError, requests.RequestException, OSError, UnicodeDecodeError):
        yield None
