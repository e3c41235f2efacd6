"""Bulk API 2.0 query: jobs whose result is CSV, read in parts by locator."""

from typing import Any

from service_sandbox.salesforce.model.errors import ApiError
from service_sandbox.salesforce.rest.bulk_ingest import choice, to_csv
from service_sandbox.salesforce.rest.bulk_jobs import DELIMITERS, LINE_ENDINGS, BulkJob, JobKind, JobState, wrong_state
from service_sandbox.salesforce.rest.call import Call, Reply, Router
from service_sandbox.salesforce.soql import nodes
from service_sandbox.salesforce.soql.compiler import Compiler
from service_sandbox.salesforce.soql.parser import parse
from service_sandbox.salesforce.soql.runner import Cursor
from service_sandbox.salesforce.soql.selection import SelectedField, Selection

PROPERTIES = ("operation", "query", "contentType", "columnDelimiter", "lineEnding")
PART = 50_000


def routes(router: Router) -> None:
    """Adds the routes of this module."""
    router.add("/jobs/query", since=47, POST=("bulkquery.create", create), GET=("bulkquery.list", list_jobs))
    router.add("/jobs/query/{job_id}", since=47, GET=("bulkquery.status", status), PATCH=("bulkquery.state", change),
               DELETE=("bulkquery.delete", delete))  # fmt: skip
    router.add("/jobs/query/{job_id}/results", since=47, GET=("bulkquery.results", results))


def create(service: Any, call: Call) -> Reply:
    """`POST /jobs/query`: queues a job. A query that is not supported is rejected at once."""
    call.params()
    data = call.json(*PROPERTIES)
    operation = data.get("operation")
    if operation not in ("query", "queryAll"):
        raise ApiError(400, "INVALIDJOB", f"Unsupported operation: {operation}")
    choice(data, "contentType", ("CSV",), "CSV")
    query, sobject = compiled(service, call.user, str(data.get("query", "")), deleted=operation == "queryAll")
    service.limits.count("DailyBulkV2QueryJobs")
    job = service.jobs.new(
        JobKind.QUERY, operation=operation, object=sobject, user=call.user, version=call.version,
        delimiter=choice(data, "columnDelimiter", DELIMITERS, "COMMA"),
        line_ending=choice(data, "lineEnding", LINE_ENDINGS, "LF"), state=JobState.UPLOAD_COMPLETE)  # fmt: skip
    job.content = query.text.encode()
    answer = job.info(full=False)
    service.jobs.start(job, execute)
    return Reply(200, answer)


def compiled(service: Any, user: Any, text: str, *, deleted: bool) -> tuple[nodes.Query, str]:
    """Returns a query that a bulk job supports, and its object. Raises ApiError."""
    query = parse(text)
    if (
        query.aggregate
        or query.offset is not None
        or any(isinstance(one.expression, nodes.Query) for one in query.columns)
    ):
        message = "Aggregate functions, GROUP BY, OFFSET and child queries are not supported in Bulk Query"
        raise ApiError(400, "API_ERROR", message)
    compiler = Compiler(service.org, user, query, deleted=deleted)
    if any(field.address for field in Selection(compiler, query.columns).fields):
        raise ApiError(400, "API_ERROR", "Selecting compound data not supported in Bulk Query")
    return query, compiler.sobject.name


def execute(service: Any, job: BulkJob) -> None:
    """Determines the rows; their values are read when results are requested."""
    text = (job.content or b"").decode()
    cursor: Cursor = service.runner.open(text, job.user, deleted=job.operation == "queryAll")
    job.cursor, job.processed = cursor, cursor.size


def list_jobs(service: Any, call: Call) -> Reply:
    """`GET /jobs/query`."""
    call.params("isPkChunkingEnabled", "jobType", "concurrencyMode", "queryLocator")
    return Reply(
        200, {"done": True, "nextRecordsUrl": None, "records": [one.info() for one in service.jobs.list(JobKind.QUERY)]}
    )


def status(service: Any, call: Call, job_id: str) -> Reply:
    """`GET /jobs/query/{id}`."""
    call.params()
    return Reply(200, service.jobs.get(JobKind.QUERY, job_id).info())


def change(service: Any, call: Call, job_id: str) -> Reply:
    """`PATCH /jobs/query/{id}`: `Aborted` is the only possible state."""
    call.params()
    job, state = service.jobs.get(JobKind.QUERY, job_id), call.json("state").get("state")
    if state != JobState.ABORTED or job.state not in (JobState.UPLOAD_COMPLETE, JobState.IN_PROGRESS):
        raise wrong_state(job, f"set to {state}")
    service.jobs.set_state(job, JobState.ABORTED)
    return Reply(200, job.info())


def delete(service: Any, call: Call, job_id: str) -> Reply:
    """`DELETE /jobs/query/{id}`."""
    call.params()
    service.jobs.delete(service.jobs.get(JobKind.QUERY, job_id))
    return Reply(204)


def results(service: Any, call: Call, job_id: str) -> Reply:
    """`GET /jobs/query/{id}/results`: a part of the result.

    `Sforce-Locator` identifies the next part; it is the text `null` on the last part.
    """
    params = call.params("maxRecords", "locator")
    job: BulkJob = service.jobs.get(JobKind.QUERY, job_id)
    cursor = job.cursor
    if job.state != JobState.JOB_COMPLETE or cursor is None or cursor.selection is None:
        raise wrong_state(job, "read")
    most, start = params.get("maxRecords", str(PART)), params.get("locator", "0")
    if not most.isdigit() or not start.isdigit() or int(most) < 1 or int(start) > cursor.size:
        raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    numbers = (cursor.rows or [])[int(start) : int(start) + int(most)]
    records = service.runner.records(cursor.selection, numbers, job.version)
    names = [_names(cursor.selection, one) for one in cursor.selection.fields]
    rows = ([_cell(record, one) for one in names] for record in records)
    reply = to_csv([".".join(one) for one in names], rows, job)
    end = int(start) + len(numbers)
    reply.headers["Sforce-Locator"] = "null" if end >= cursor.size else str(end)
    reply.headers["Sforce-NumberOfRecords"] = str(len(records))
    return reply


def _names(selection: Selection, field: SelectedField) -> list[str]:
    """Returns the relationship names and the field name, as in `Owner.Name`."""
    parents = [selection.relationship(field.steps[: at + 1]) for at in range(len(field.steps))]
    return [*parents, field.name]


def _cell(record: Any, names: list[str]) -> str:
    for name in names:
        record = None if record is None else record.get(name)
    return "" if record is None else str(record).lower() if isinstance(record, bool) else str(record)
