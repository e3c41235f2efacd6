"""Bulk API 2.0 jobs: their states, and background execution in two threads as in parallel mode."""

from __future__ import annotations

import builtins
import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from service_sandbox.salesforce.model import ids
from service_sandbox.salesforce.model.errors import ApiError, not_found
from service_sandbox.salesforce.model.values import format_datetime
from service_sandbox.salesforce.org.users import User
from service_sandbox.salesforce.soql.runner import Cursor

DELIMITERS = {"COMMA": ",", "TAB": "\t", "PIPE": "|", "SEMICOLON": ";", "CARET": "^", "BACKQUOTE": "`"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
KEY_PREFIX = "750"


class JobKind(StrEnum):
    """Kinds of jobs, as in their paths."""

    INGEST = "ingest"
    QUERY = "query"


class JobState(StrEnum):
    """States of a job."""

    OPEN = "Open"
    UPLOAD_COMPLETE = "UploadComplete"
    IN_PROGRESS = "InProgress"
    JOB_COMPLETE = "JobComplete"
    FAILED = "Failed"
    ABORTED = "Aborted"


DELETABLE = (JobState.UPLOAD_COMPLETE, JobState.JOB_COMPLETE, JobState.FAILED, JobState.ABORTED)


@dataclass
class BulkJob:
    """One ingest or query job.

    Attributes:
        assign: the assignment rule runs.
        content: uploaded CSV, or the query.
        header: column names of the CSV.
        succeeded: per written row: id, whether it was created, cells.
        failed: per rejected row: id in the row or "", error, cells.
        unprocessed: cells of the rows that were not processed.
        cursor: result of a query job.
        processed: number of processed rows.
    """

    id: str
    kind: JobKind
    operation: str
    object: str
    user: User
    version: str
    created: str
    delimiter: str = "COMMA"
    line_ending: str = "LF"
    state: JobState = JobState.OPEN
    external_id: str | None = None
    assign: bool = False
    content: bytes | None = None
    error: str | None = None
    header: list[str] = field(default_factory=list)
    succeeded: list[tuple[str, bool, list[str]]] = field(default_factory=list)
    failed: list[tuple[str, str, list[str]]] = field(default_factory=list)
    unprocessed: list[list[str]] = field(default_factory=list)
    cursor: Cursor | None = None
    processed: int = 0
    modified: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def info(self, *, full: bool = True) -> dict[str, Any]:
        """Returns the job in the format of the API; the response to its creation has fewer keys (not `full`)."""
        info: dict[str, Any] = {
            "id": self.id, "operation": self.operation, "object": self.object, "createdById": self.user.id,
            "createdDate": self.created, "systemModstamp": self.modified or self.created, "state": self.state,
            "concurrencyMode": "Parallel", "contentType": "CSV", "apiVersion": float(self.version[1:]),
            "lineEnding": self.line_ending, "columnDelimiter": self.delimiter}  # fmt: skip
        if self.external_id:
            info["externalIdFieldName"] = self.external_id
        if self.kind == JobKind.INGEST and self.state == JobState.OPEN:
            info["contentUrl"] = f"services/data/{self.version}/jobs/ingest/{self.id}/batches"
        return {**info, **self._progress()} if full else info

    def _progress(self) -> dict[str, Any]:
        is_ingest = self.kind == JobKind.INGEST
        progress: dict[str, Any] = {"jobType": "V2Ingest" if is_ingest else "V2Query", "retries": 0,
                                    "totalProcessingTime": 0, "numberRecordsProcessed": self.processed}  # fmt: skip
        if is_ingest:
            progress |= {"numberRecordsFailed": len(self.failed), "apiActiveProcessingTime": 0,
                         "apexProcessingTime": 0}  # fmt: skip
        if self.error:
            progress["errorMessage"] = self.error
        return progress


Work = Callable[[Any, BulkJob], None]


class Jobs:
    """The jobs of an org.

    Attributes:
        seconds: how long a job remains in the queue, in real time.
    """

    def __init__(self, service: Any) -> None:
        self.service = service
        self.seconds = 0.0
        self._all: dict[str, BulkJob] = {}
        self._numbers = itertools.count(1)
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="bulk-batch")

    def new(self, kind: JobKind, **settings: Any) -> BulkJob:
        """Adds a job."""
        now = format_datetime(self.service.clock.now())
        job = BulkJob(ids.make(KEY_PREFIX, next(self._numbers)), kind, created=now, modified=now, **settings)
        self._all[job.id] = job
        return job

    def get(self, kind: JobKind, job_id: str) -> BulkJob:
        """Returns a job by its id. Raises ApiError 404 if there is no such job of this kind."""
        found = self._all.get(ids.canonical(job_id) or "")
        if found is None or found.kind != kind:
            raise not_found()
        return found

    def list(self, kind: JobKind) -> list[BulkJob]:
        """Returns all jobs of a kind, oldest first."""
        return [one for one in self._all.values() if one.kind == kind]

    def delete(self, job: BulkJob) -> None:
        """Deletes a finished job. Raises ApiError if it is not finished."""
        if job.state not in DELETABLE:
            raise wrong_state(job, "deleted")
        del self._all[job.id]

    def set_state(self, job: BulkJob, state: JobState) -> None:
        """Changes the state of a job."""
        job.state, job.modified = state, format_datetime(self.service.clock.now())

    def start(self, job: BulkJob, work: Work) -> None:
        """Executes a job in the background, unless it is aborted while it is in the queue."""
        threading.Thread(target=self._run, args=(job, work), name=f"bulk-{job.id}", daemon=True).start()

    def _run(self, job: BulkJob, work: Work) -> None:
        time.sleep(self.seconds)
        with job.lock:
            if job.state != JobState.UPLOAD_COMPLETE:
                return
            self.set_state(job, JobState.IN_PROGRESS)
        try:
            work(self.service, job)
        except ApiError as error:
            job.error = f"{error.body[0]['errorCode']} : {error.body[0]['message']}"
        except Exception as error:
            job.error = f"InternalServerError : {type(error).__name__}"
            raise
        finally:
            self._finish(job)

    def _finish(self, job: BulkJob) -> None:
        if job.state == JobState.IN_PROGRESS:  # else it was aborted
            self.set_state(job, JobState.FAILED if job.error else JobState.JOB_COMPLETE)

    def run_batches(
        self, batch: Callable[..., None], arguments: builtins.list[tuple[Any, ...]]
    ) -> builtins.list[Future[None]]:
        """Runs the batches of a job on the two threads; returns a future per batch."""
        return [self._pool.submit(batch, *one) for one in arguments]

    def close(self) -> None:
        """Waits for running batches."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def wrong_state(job: BulkJob, action: str) -> ApiError:
    """Returns the error for an action that the state of the job does not allow."""
    return ApiError(400, "INVALIDJOBSTATE", f"A job in state {job.state} can't be {action}: {job.id}")
