"""Waiting for a bulk job, listing running jobs, and reading CSV results as they arrive."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import islice
from typing import IO, Any, cast
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from livestorm_salesforce.clients.http import JsonObject, parse_int
from livestorm_salesforce.clients.retry import retrying
from livestorm_salesforce.clients.salesforce.bulk_csv import read_rows
from livestorm_salesforce.clients.salesforce.transport import Reply, Transport
from livestorm_salesforce.errors import BulkJobRunning, ContractError, OutcomeUnknown, TransientError

log = logging.getLogger(__name__)

#: Seconds. Every poll costs a call: the first one comes when so many rows can be done, the next ones when the job's own
#: count of processed rows lets the end be expected, or this share of the time so far later (cost-model.md).
FIRST_POLL, NEXT_POLL, SECONDS_PER_ROW, LONGEST_POLL = 0.2, 0.3, 0.0004, 30.0
POLL_SHARE = 0.4
LOGGED_AFTER = 5.0  # seconds after which each poll is logged
JOB_TIMEOUT = 2 * 3600.0  # seconds
RUNNING = ("UploadComplete", "InProgress")
ENDED = ("JobComplete", "Failed", "Aborted")
LAST_PAGE = "null"  # text of the header Sforce-Locator on the last page


class _ConnectionCut(TransientError):
    """The connection ended within a CSV response."""


def wait_for_job(transport: Transport, job_id: str, *, rows: int = 0, longest_wait: float | None = None) -> JsonObject:
    """Poll an ingest job until it ends, successfully or not, and return its description.

    Args:
        rows: number of rows, if the job was started just now; 0 if it is not known.
        longest_wait: seconds that this process may wait; None: two hours.

    Raises:
        BulkJobRunning: it ends later than this process may wait.
        OutcomeUnknown: it still runs after two hours.
    """
    wait, waited = max(FIRST_POLL, rows * SECONDS_PER_ROW), 0.0
    before = (0.0, 0)
    while waited < JOB_TIMEOUT:
        if longest_wait is not None and waited + wait > longest_wait:
            raise BulkJobRunning(
                f"Bulk job {job_id} still runs, and this task may wait for {longest_wait:.0f} s.",
                job_id=job_id,
                retry_after=wait,
            )
        transport.clock.sleep(wait)
        waited += wait
        job = poll_job(transport, job_id)
        if job["state"] in ENDED:
            return job
        now = (waited, parse_int(job.get("numberRecordsProcessed")) or 0)
        wait = min(max(_expected_rest(before, now, rows), NEXT_POLL), LONGEST_POLL)
        before = now
        _log_progress(job, now, rows)
    raise OutcomeUnknown(f"A bulk job still runs after {JOB_TIMEOUT / 3600:.0f} hours.")


def _log_progress(job: JsonObject, now: tuple[float, int], rows: int) -> None:
    """Log how far a job is whose end takes longer than a moment."""
    waited, done = now
    if waited >= LOGGED_AFTER:
        of_all = f" of {rows:,}" if rows else ""
        state = job["state"]
        log.info("Salesforce has processed %s%s rows of a bulk job in %.0f s: %s.", f"{done:,}", of_all, waited, state)


def poll_job(transport: Transport, job_id: str) -> JsonObject:
    """The description of an ingest job, with its `state`."""
    job = transport.call("GET", f"/jobs/ingest/{job_id}", check_quota=False).body
    if not isinstance(job, dict) or not job.get("state"):
        raise ContractError("Salesforce answered a poll without the job's state.")
    return job


def _expected_rest(before: tuple[float, int], now: tuple[float, int], rows: int) -> float:
    """Seconds until the end, if the rest takes as long per row as the rows processed since the last poll.

    A job waits in a queue before its first row, so the first estimate is too long: one beyond the time waited so far is
    not used.

    Args:
        before: seconds waited and rows processed at the last poll; (0, 0) at the first.
        now: the same at this poll.
        rows: of the job.
    """
    (earlier, done_before), (waited, done) = before, now
    if not done_before < done < rows:
        return waited * POLL_SHARE
    rest = (waited - earlier) * (rows - done) / (done - done_before)
    return rest if done_before or rest <= waited else waited * POLL_SHARE


def running_jobs(transport: Transport, object_name: str) -> list[str]:
    """Ids of all ingest jobs on an object that were started and have not ended, by any user.

    The list is empty, with a warning in the log, where jobs cannot be listed (a gateway that admits fewer calls).
    """
    found: list[str] = []
    path: str | None = "/jobs/ingest"
    while path:
        reply = transport.call("GET", path, accept_any_body=(404, 405))
        if reply.status >= 400:
            log.warning(
                "Bulk jobs cannot be listed (HTTP %s): a job of an interrupted attempt is not seen.", reply.status
            )
            return found
        body = reply.body
        if not isinstance(body, dict) or not isinstance(body.get("records"), list):
            raise ContractError("Salesforce answered GET /jobs/ingest without a list of jobs.")
        jobs = [job for job in body["records"] if isinstance(job, dict) and job.get("object") == object_name]
        found += [str(job.get("id")) for job in jobs if job.get("state") in RUNNING]
        following = urlsplit(str(body.get("nextRecordsUrl") or ""))
        path = f"{following.path}?{following.query}" if following.path and not body.get("done", True) else None
    return found


def read_csv(transport: Transport, path: str, column: str) -> Iterator[dict[str, str]]:
    """Rows of all pages of a CSV result; `Sforce-Locator` names the next page (Bulk API 2.0 guide: Get Job Results).

    Args:
        column: a column of the result: a page of a proxy has none.

    Raises:
        TransientError: a page has another number of rows than it announces, or repeatedly its connection is cut or it
            is no such result.
    """
    locator = ""
    while locator != LAST_PAGE:
        headers: dict[str, str] = {}
        count = 0
        for row in _read_page(transport, path, {"locator": locator} if locator else {}, headers, column):
            count += 1
            yield row
        announced = parse_int(headers.get("sforce-numberofrecords"))
        if announced is not None and announced != count:
            raise TransientError(f"A page of bulk results announced {announced} records and contained {count}.")
        locator = headers.get("sforce-locator") or LAST_PAGE


def _read_page(
    transport: Transport, path: str, params: dict[str, str], headers: dict[str, str], column: str
) -> Iterator[dict[str, str]]:
    """Rows of one page; after a cut it is requested again and the rows already yielded are skipped.

    Args:
        headers: filled with the headers of the response.
    """
    yielded = 0
    for attempt in retrying(clock=transport.clock, retryable=lambda error: isinstance(error, _ConnectionCut)):
        with attempt:
            reply = transport.call(
                "GET", path, check_quota=False, response_type="stream", params=params, headers={"Accept": "text/csv"}
            )
            headers.update({name.lower(): value for name, value in reply.response.headers.items()})
            for row in islice(_rows(reply, path), yielded, None):
                if not yielded and column.lower() not in {str(name).lower() for name in row}:
                    raise _ConnectionCut(f"Salesforce answered {path} with a page that is not a result of a bulk job.")
                yielded += 1
                yield row


def _rows(reply: Reply, path: str) -> Iterator[dict[str, str]]:
    """Parsed rows of the raw stream. urllib3 decodes it (gzip) and must not close it before all is read."""
    raw: Any = reply.response.raw
    raw.decode_content, raw.auto_close = True, False
    with reply.response:
        try:
            yield from read_rows(cast("IO[bytes]", raw))
        except (HTTPError, requests.RequestException, OSError, UnicodeDecodeError):
            pass
        else:
            return
    raise _ConnectionCut(f"Salesforce cut the answer to GET {path.rsplit('/', maxsplit=1)[-1]}.")
