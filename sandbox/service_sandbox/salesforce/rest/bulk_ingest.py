"""Bulk API 2.0 ingest: create a job, upload CSV once, close the job, poll it, and read the result of each row."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from service_sandbox.salesforce.model.errors import ApiError
from service_sandbox.salesforce.rest.bulk_batches import execute
from service_sandbox.salesforce.rest.bulk_jobs import DELIMITERS, LINE_ENDINGS, BulkJob, JobKind, JobState, wrong_state
from service_sandbox.salesforce.rest.call import Call, Reply, Router
from service_sandbox.salesforce.rest.records import key_field

OPERATIONS = ("insert", "update", "upsert", "delete")
MOST_BYTES = 150_000_000
ABORTABLE = (JobState.OPEN, JobState.UPLOAD_COMPLETE, JobState.IN_PROGRESS)
PROPERTIES = (
    "object",
    "operation",
    "externalIdFieldName",
    "contentType",
    "lineEnding",
    "columnDelimiter",
    "assignmentRuleId",
)


def routes(router: Router) -> None:
    """Adds the routes of this module."""
    router.add("/jobs/ingest", since=41, POST=("bulk.create", create), GET=("bulk.list", list_jobs))
    router.add("/jobs/ingest/{job_id}", since=41, GET=("bulk.status", status), PATCH=("bulk.state", change),
               DELETE=("bulk.delete", delete))  # fmt: skip
    router.add("/jobs/ingest/{job_id}/batches", since=41, PUT=("bulk.upload", upload))
    router.add("/jobs/ingest/{job_id}/successfulResults", since=41, GET=("bulk.results", successful))
    router.add("/jobs/ingest/{job_id}/failedResults", since=41, GET=("bulk.results", failed))
    router.add("/jobs/ingest/{job_id}/unprocessed[Rr]ecords", since=41, GET=("bulk.results", unprocessed))


def choice(data: dict[str, Any], key: str, known: Iterable[str], default: str) -> str:
    """Returns a property with a closed set of values. Raises ApiError."""
    value = str(data.get(key, default))
    if value not in known:
        raise ApiError(400, "INVALIDJOB", f"Unsupported value for {key}: {value}")
    return value


def create(service: Any, call: Call) -> Reply:
    """`POST /jobs/ingest`: creates an open job."""
    call.params()
    data = call.json(*PROPERTIES)
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
        JobKind.INGEST, operation=operation, object=sobject.name, user=call.user, version=call.version, external_id=key,
        delimiter=choice(data, "columnDelimiter", DELIMITERS, "COMMA"),
        line_ending=choice(data, "lineEnding", LINE_ENDINGS, "LF"),
        assign=bool(data.get("assignmentRuleId")))  # fmt: skip
    return Reply(200, job.info(full=False))


def list_jobs(service: Any, call: Call) -> Reply:
    """`GET /jobs/ingest`."""
    call.params("isPkChunkingEnabled", "jobType", "queryLocator")
    return Reply(
        200,
        {"done": True, "nextRecordsUrl": None, "records": [one.info() for one in service.jobs.list(JobKind.INGEST)]},
    )


def status(service: Any, call: Call, job_id: str) -> Reply:
    """`GET /jobs/ingest/{id}`."""
    call.params()
    return Reply(200, service.jobs.get(JobKind.INGEST, job_id).info())


def upload(service: Any, call: Call, job_id: str) -> Reply:
    """`PUT /jobs/ingest/{id}/batches`: uploads the CSV, once per job."""
    call.params()
    job = service.jobs.get(JobKind.INGEST, job_id)
    if "text/csv" not in call.headers.get("content-type", ""):
        raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be text/csv for job data")
    if job.state != JobState.OPEN:
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
    """`PATCH /jobs/ingest/{id}`: `UploadComplete` queues the job, `Aborted` stops it."""
    call.params()
    job, state = service.jobs.get(JobKind.INGEST, job_id), call.json("state").get("state")
    with job.lock:
        if state == JobState.ABORTED and job.state in ABORTABLE:
            service.jobs.set_state(job, JobState.ABORTED)
        elif state == JobState.UPLOAD_COMPLETE and job.state == JobState.OPEN:
            if job.content is None:
                raise ApiError(400, "INVALIDJOBSTATE", "The job has no data: upload CSV before closing it")
            service.jobs.set_state(job, JobState.UPLOAD_COMPLETE)
        else:
            raise wrong_state(job, f"set to {state}")
    answer = job.info()
    if state == JobState.UPLOAD_COMPLETE:
        service.jobs.start(job, execute)
    return Reply(200, answer)


def delete(service: Any, call: Call, job_id: str) -> Reply:
    """`DELETE /jobs/ingest/{id}`."""
    call.params()
    service.jobs.delete(service.jobs.get(JobKind.INGEST, job_id))
    return Reply(204)


def to_csv(header: list[str], rows: Iterable[list[str]], job: BulkJob) -> Reply:
    """Returns rows as CSV in the format of Salesforce: every cell is quoted."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=DELIMITERS[job.delimiter], quoting=csv.QUOTE_ALL,
                        lineterminator=LINE_ENDINGS[job.line_ending])  # fmt: skip
    writer.writerow(header)
    writer.writerows(rows)
    return Reply(200, out.getvalue().encode(), media_type="text/csv")


def successful(service: Any, call: Call, job_id: str) -> Reply:
    """`GET .../successfulResults`."""
    call.params()
    job: BulkJob = service.jobs.get(JobKind.INGEST, job_id)
    rows = [[record_id, str(created).lower(), *row] for record_id, created, row in job.succeeded]
    return to_csv(["sf__Id", "sf__Created", *job.header], rows, job)


def failed(service: Any, call: Call, job_id: str) -> Reply:
    """`GET .../failedResults`."""
    call.params()
    job: BulkJob = service.jobs.get(JobKind.INGEST, job_id)
    return to_csv(
        ["sf__Id", "sf__Error", *job.header], [[record_id, error, *row] for record_id, error, row in job.failed], job
    )


def unprocessed(service: Any, call: Call, job_id: str) -> Reply:
    """`GET .../unprocessedrecords`."""
    call.params()
    job: BulkJob = service.jobs.get(JobKind.INGEST, job_id)
    return to_csv(job.header, job.unprocessed, job)
