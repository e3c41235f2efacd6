"""Bulk jobs of both versions: their lifecycle and the work behind them, done by two threads as in parallel mode."""

import itertools
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from service_sandbox.salesforce import ids
from service_sandbox.salesforce.errors import ApiError, not_found
from service_sandbox.salesforce.values import stamp

DELIMITERS = {"COMMA": ",", "TAB": "\t", "PIPE": "|", "SEMICOLON": ";", "CARET": "^", "BACKQUOTE": "`"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
FINISHED = ("JobComplete", "Failed", "Aborted")
PREFIXES = {"async.batch": "751"}  # key prefixes of ids; jobs have 750


@dataclass
class BulkJob:
    """One ingest or query job; of Bulk API 1.0 also one batch of a job, whose `parent` that job is."""

    id: str
    kind: str
    operation: str
    object: str
    user: Any
    version: str
    created: str
    delimiter: str = "COMMA"
    line_ending: str = "LF"
    state: str = "Open"
    external_id: str | None = None
    assign: bool = False
    content: bytes | None = None
    error: str | None = None
    header: list[str] = field(default_factory=list)
    succeeded: list[tuple[str, bool, list[str]]] = field(default_factory=list)
    failed: list[tuple[str, str, list[str]]] = field(default_factory=list)
    unprocessed: list[list[str]] = field(default_factory=list)
    cursor: Any = None
    processed: int = 0
    modified: str = ""
    content_type: str = "CSV"
    concurrency: str = "Parallel"
    parent: "BulkJob | None" = None
    batches: list["BulkJob"] = field(default_factory=list)
    outcomes: list[Any] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def info(self, *, full: bool = True) -> dict[str, Any]:
        """The job as the API shows it; the answer to its creation is shorter than that to a poll."""
        shown: dict[str, Any] = {
            "id": self.id, "operation": self.operation, "object": self.object, "createdById": self.user.id,
            "createdDate": self.created, "systemModstamp": self.modified or self.created, "state": self.state,
            "concurrencyMode": "Parallel", "contentType": "CSV", "apiVersion": float(self.version[1:]),
            "lineEnding": self.line_ending, "columnDelimiter": self.delimiter}  # fmt: skip
        if self.external_id:
            shown["externalIdFieldName"] = self.external_id
        if self.kind == "ingest" and self.state == "Open":
            shown["contentUrl"] = f"services/data/{self.version}/jobs/ingest/{self.id}/batches"
        if full:
            shown |= {"jobType": "V2Ingest" if self.kind == "ingest" else "V2Query", "retries": 0,
                      "totalProcessingTime": 0, "numberRecordsProcessed": self.processed}  # fmt: skip
            if self.kind == "ingest":
                shown |= {
                    "numberRecordsFailed": len(self.failed),
                    "apiActiveProcessingTime": 0,
                    "apexProcessingTime": 0,
                }
            if self.error:
                shown["errorMessage"] = self.error
        return shown


class Jobs:
    """All jobs of an org. `seconds` is how long a job rests in the queue before it is worked on."""

    def __init__(self, service: Any):
        self.service = service
        self.seconds = 0.0
        self._all: dict[str, BulkJob] = {}
        self._numbers = itertools.count(1)
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="bulk-batch")

    def new(self, kind: str, **settings: Any) -> BulkJob:
        """A job in its first state."""
        now = stamp(self.service.clock.now())
        job_id = ids.make(PREFIXES.get(kind, "750"), next(self._numbers))
        job = BulkJob(job_id, kind, created=now, modified=now, **settings)
        self._all[job.id] = job
        return job

    def get(self, kind: str, job_id: str) -> BulkJob:
        """A job by its id; 404 for another's."""
        found = self._all.get(ids.canonical(job_id) or "")
        if found is None or found.kind != kind:
            raise not_found()
        return found

    def list(self, kind: str) -> list[BulkJob]:
        """All jobs of a kind, oldest first."""
        return [one for one in self._all.values() if one.kind == kind]

    def forget(self, job: BulkJob) -> None:
        """Delete a finished job."""
        if job.state not in (*FINISHED, "UploadComplete"):
            raise wrong_state(job, "deleted")
        del self._all[job.id]

    def move(self, job: BulkJob, state: str) -> None:
        """Enter a state."""
        job.state, job.modified = state, stamp(self.service.clock.now())

    def start(
        self,
        job: BulkJob,
        work: Any,
        *,
        queued: str = "UploadComplete",
        done: str = "JobComplete",
        after: BulkJob | None = None,
    ) -> None:
        """Work on a job in the background, once the one it comes `after` has ended."""

        def run() -> None:
            time.sleep(self.seconds)
            if after:
                after.ended.wait()
            with job.lock:
                if job.state != queued:
                    return
                self.move(job, "InProgress")
            try:
                work(self.service, job)
            except ApiError as error:
                job.error = f"{error.body[0]['errorCode']} : {error.body[0]['message']}"
            except Exception as error:
                job.error = f"InternalServerError : {type(error).__name__}"
                raise
            finally:
                if job.state == "InProgress":
                    self.move(job, "Failed" if job.error else done)

        def run_to_the_end() -> None:
            try:
                run()
            finally:
                job.ended.set()

        threading.Thread(target=run_to_the_end, name=f"bulk-{job.id}", daemon=True).start()

    def batch(self, work: Any, *arguments: Any) -> Future:
        """One batch of a job, on one of the two threads."""
        return self._pool.submit(work, *arguments)

    def close(self) -> None:
        """Let running batches end."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def wrong_state(job: BulkJob, deed: str) -> ApiError:
    """A job that is not in the state for this."""
    return ApiError(400, "INVALIDJOBSTATE", f"A job in state {job.state} can't be {deed}: {job.id}")
