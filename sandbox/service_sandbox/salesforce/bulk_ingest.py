"""Bulk API 2.0 ingest: create a job, upload CSV once, close it, poll, read what became of each row."""

import csv
import io
from typing import Any

from service_sandbox.salesforce.bulk_work import work
from service_sandbox.salesforce.call import Call, Reply, Router
from service_sandbox.salesforce.errors import ApiError
from service_sandbox.salesforce.jobs import DELIMITERS, LINE_ENDINGS, BulkJob, wrong_state
from service_sandbox.salesforce.records import key_field

OPERATIONS = ("insert", "update", "upsert", "delete")
MOST_BYTES = 150_000_000
WORDS = (
    "object",
    "operation",
    "externalIdFieldName",
    "contentType",
    "lineEnding",
    "columnDelimiter",
    "assignmentRuleId",
)


def routes(router: Router) -> None:
    """Paths of this module."""
    router.add("/jobs/ingest", since=41, POST=("bulk.create", create), GET=("bulk.list", listing))
    router.add("/jobs/ingest/{job_id}", since=41, GET=("bulk.status", status), PATCH=("bulk.state", change),
               DELETE=("bulk.delete", delete))  # fmt: skip
    router.add("/jobs/ingest/{job_id}/batches", since=41, PUT=("bulk.upload", upload))
    router.add("/jobs/ingest/{job_id}/successfulResults", since=41, GET=("bulk.results", successful))
    router.add("/jobs/ingest/{job_id}/failedResults", since=41, GET=("bulk.results", failed))
    router.add("/jobs/ingest/{job_id}/unprocessed[Rr]ecords", since=41, GET=("bulk.results", unprocessed))


def choice(data: dict[str, Any], key: str, known: Any, default: str) -> str:
    """One of the values that a property may have."""
    value = data.get(key, default)
    if value not in known:
        raise ApiError(400, "INVALIDJOB", f"Unsupported value for {key}: {value}")
    return value


def create(service: Any, call: Call) -> Reply:
    """An open job."""
    call.params()
    data = call.json(*WORDS)
    sobject = service.org.schema.get(str(data.get("object", "")))
    operation = data.get("operation")
    if sobject is None or not call.user.rights.may("read", sobject):
        raise ApiError(400, "INVALIDENTITY", f"Entity '{data.get('object')}' is not supported by the Bulk API.")
    if operation not in OPERATIONS:
        raise ApiError(400, "INVALIDJOB", f"Unsupported operation: {operation}")
    choice(data, "contentType", ("CSV",), "CSV")
    key = data.get("externalIdFieldName")
    if operation == "upsert":
        if not key:
            raise ApiError(400, "INVALIDJOB", "externalIdFieldName is required for upsert jobs")
        key = key_field(call, sobject, key).name
    job = service.jobs.new(
        "ingest", operation=operation, object=sobject.name, user=call.user, version=call.version, external_id=key,
        delimiter=choice(data, "columnDelimiter", DELIMITERS, "COMMA"),
        line_ending=choice(data, "lineEnding", LINE_ENDINGS, "LF"),
        assign=bool(data.get("assignmentRuleId")))  # fmt: skip
    return Reply(200, job.info(full=False))


def listing(service: Any, call: Call) -> Reply:
    """All jobs."""
    call.params("isPkChunkingEnabled", "jobType", "queryLocator")
    return Reply(
        200, {"done": True, "nextRecordsUrl": None, "records": [one.info() for one in service.jobs.list("ingest")]}
    )


def status(service: Any, call: Call, job_id: str) -> Reply:
    """A poll."""
    call.params()
    return Reply(200, service.jobs.get("ingest", job_id).info())


def upload(service: Any, call: Call, job_id: str) -> Reply:
    """The CSV; once per job."""
    call.params()
    job = service.jobs.get("ingest", job_id)
    if "text/csv" not in call.headers.get("content-type", ""):
        raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be text/csv for job data")
    if job.state != "Open":
        raise wrong_state(job, "given data")
    if job.content is not None:
        message = (f"Found multiple contents for job: <{job.id}>, please 'Close' / 'Abort' / 'Delete' the current Job "
                   "then create a new Job and make sure you only do 'PUT' once on a given Job.")  # fmt: skip
        raise ApiError(400, "INVALIDJOBSTATE", message)
    if len(call.body) * 4 / 3 > MOST_BYTES:
        raise ApiError(413, "REQUEST_ENTITY_TOO_LARGE", "The job data exceed 150 MB once encoded")
    job.content = call.body
    return Reply(201)


def change(service: Any, call: Call, job_id: str) -> Reply:
    """`UploadComplete` queues the job, `Aborted` stops it."""
    call.params()
    job, state = service.jobs.get("ingest", job_id), call.json("state").get("state")
    with job.lock:
        if state == "Aborted" and job.state in ("Open", "UploadComplete", "InProgress"):
            service.jobs.move(job, "Aborted")
        elif state == "UploadComplete" and job.state == "Open":
            if job.content is None:
                raise ApiError(400, "INVALIDJOBSTATE", "The job has no data: upload CSV before closing it")
            service.jobs.move(job, "UploadComplete")
        else:
            raise wrong_state(job, f"set to {state}")
    answer = job.info()
    if state == "UploadComplete":
        service.jobs.start(job, work)
    return Reply(200, answer)


def delete(service: Any, call: Call, job_id: str) -> Reply:
    """Forget a job."""
    call.params()
    service.jobs.forget(service.jobs.get("ingest", job_id))
    return Reply(204)


def to_csv(header: list[str], rows: Any, job: BulkJob) -> Reply:
    """Rows as the service writes CSV: every cell quoted."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=DELIMITERS[job.delimiter], quoting=csv.QUOTE_ALL,
                        lineterminator=LINE_ENDINGS[job.line_ending])  # fmt: skip
    writer.writerow(header)
    writer.writerows(rows)
    return Reply(200, out.getvalue().encode(), media_type="text/csv")


def successful(service: Any, call: Call, job_id: str) -> Reply:
    """Rows that were written."""
    job = _finished(service, call, job_id)
    rows = [[record_id, str(created).lower(), *row] for record_id, created, row in job.succeeded]
    return to_csv(["sf__Id", "sf__Created", *job.header], rows, job)


def failed(service: Any, call: Call, job_id: str) -> Reply:
    """Rows that were refused, and why."""
    job = _finished(service, call, job_id)
    return to_csv(["sf__Id", "sf__Error", *job.header], [[given, error, *row] for given, error, row in job.failed], job)


def unprocessed(service: Any, call: Call, job_id: str) -> Reply:
    """Rows that nobody came to."""
    job = _finished(service, call, job_id)
    return to_csv(job.header, job.unprocessed, job)


def _finished(service: Any, call: Call, job_id: str) -> BulkJob:
    call.params()
    return service.jobs.get("ingest", job_id)
