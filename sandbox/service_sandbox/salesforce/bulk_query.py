"""Bulk API 2.0 query: a job whose result is CSV, read in parts by locator."""

from typing import Any

from service_sandbox.salesforce import soql_ast as ast
from service_sandbox.salesforce.bulk_ingest import choice, to_csv
from service_sandbox.salesforce.call import Call, Reply, Router
from service_sandbox.salesforce.errors import ApiError
from service_sandbox.salesforce.jobs import DELIMITERS, LINE_ENDINGS, BulkJob, wrong_state
from service_sandbox.salesforce.soql_parse import parse
from service_sandbox.salesforce.soql_run import Leaf, Select
from service_sandbox.salesforce.soql_sql import Compiler

WORDS = ("operation", "query", "contentType", "columnDelimiter", "lineEnding")
PART = 50_000


def routes(router: Router) -> None:
    """Paths of this module."""
    router.add("/jobs/query", since=47, POST=("bulkquery.create", create), GET=("bulkquery.list", listing))
    router.add("/jobs/query/{job_id}", since=47, GET=("bulkquery.status", status), PATCH=("bulkquery.state", change),
               DELETE=("bulkquery.delete", delete))  # fmt: skip
    router.add("/jobs/query/{job_id}/results", since=47, GET=("bulkquery.results", results))


def create(service: Any, call: Call) -> Reply:
    """A queued job; a query that cannot run is refused at once."""
    call.params()
    data = call.json(*WORDS)
    operation = data.get("operation")
    if operation not in ("query", "queryAll"):
        raise ApiError(400, "INVALIDJOB", f"Unsupported operation: {operation}")
    choice(data, "contentType", ("CSV",), "CSV")
    query, sobject = compiled(service, call.user, str(data.get("query", "")), deleted=operation == "queryAll")
    service.limits.count("DailyBulkV2QueryJobs")
    job = service.jobs.new(
        "query", operation=operation, object=sobject, user=call.user, version=call.version,
        delimiter=choice(data, "columnDelimiter", DELIMITERS, "COMMA"),
        line_ending=choice(data, "lineEnding", LINE_ENDINGS, "LF"), state="UploadComplete")  # fmt: skip
    job.content = query.text.encode()
    answer = job.info(full=False)
    service.jobs.start(job, work)
    return Reply(200, answer)


def compiled(service: Any, user: Any, text: str, *, deleted: bool) -> tuple[ast.Query, str]:
    """A query that a bulk job can run, and its object; both versions refuse the same ones."""
    query = parse(text)
    if query.aggregate or query.offset is not None or any(isinstance(one.what, ast.Query) for one in query.columns):
        message = "Aggregate functions, GROUP BY, OFFSET and child queries are not supported in Bulk Query"
        raise ApiError(400, "API_ERROR", message)
    compiler = Compiler(service.org, user, query, deleted=deleted)
    if any(leaf.steps and leaf.steps[-1].startswith("@") for leaf in Select(compiler, query.columns).leaves):
        raise ApiError(400, "API_ERROR", "Selecting compound data not supported in Bulk Query")
    return query, compiler.sobject.name


def work(service: Any, job: BulkJob) -> None:
    """Find the rows; their values are read when they are fetched."""
    text = (job.content or b"").decode()
    job.cursor = service.runner.open(text, job.user, deleted=job.operation == "queryAll")
    job.processed = job.cursor.size


def listing(service: Any, call: Call) -> Reply:
    """All jobs."""
    call.params("isPkChunkingEnabled", "jobType", "concurrencyMode", "queryLocator")
    return Reply(
        200, {"done": True, "nextRecordsUrl": None, "records": [one.info() for one in service.jobs.list("query")]}
    )


def status(service: Any, call: Call, job_id: str) -> Reply:
    """A poll."""
    call.params()
    return Reply(200, service.jobs.get("query", job_id).info())


def change(service: Any, call: Call, job_id: str) -> Reply:
    """A query job can only be aborted."""
    call.params()
    job, state = service.jobs.get("query", job_id), call.json("state").get("state")
    if state != "Aborted" or job.state not in ("UploadComplete", "InProgress"):
        raise wrong_state(job, f"set to {state}")
    service.jobs.move(job, "Aborted")
    return Reply(200, job.info())


def delete(service: Any, call: Call, job_id: str) -> Reply:
    """Forget a job."""
    call.params()
    service.jobs.forget(service.jobs.get("query", job_id))
    return Reply(204)


def results(service: Any, call: Call, job_id: str) -> Reply:
    """A part of the result; `Sforce-Locator` leads to the next one and is the text `null` on the last."""
    params = call.params("maxRecords", "locator")
    job = service.jobs.get("query", job_id)
    if job.state != "JobComplete":
        raise wrong_state(job, "read")
    most, start = params.get("maxRecords", str(PART)), params.get("locator", "0")
    if not most.isdigit() or not start.isdigit() or int(most) < 1 or int(start) > job.cursor.size:
        raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    numbers = job.cursor.rows[int(start) : int(start) + int(most)]
    records = service.runner.records(job.cursor.select, numbers, job.version)
    reply = as_csv(job, records)
    end = int(start) + len(numbers)
    reply.headers["Sforce-Locator"] = "null" if end >= job.cursor.size else str(end)
    reply.headers["Sforce-NumberOfRecords"] = str(len(records))
    return reply


def as_csv(job: BulkJob, records: list[dict[str, Any]]) -> Reply:
    """Found records, parents' fields as `Owner.Name`."""
    names = [_names(job.cursor.select, leaf) for leaf in job.cursor.select.leaves]
    return to_csv([".".join(one) for one in names], ([_cell(record, one) for one in names] for record in records), job)


def _names(select: Select, leaf: Leaf) -> list[str]:
    joins = select.compiler.joins
    parents = [joins[leaf.steps[:at]][1].relationship(leaf.steps[at]).relationship for at in range(len(leaf.steps))]
    return [*parents, leaf.name]


def _cell(record: Any, names: list[str]) -> str:
    for name in names:
        record = None if record is None else record.get(name)
    return "" if record is None else str(record).lower() if isinstance(record, bool) else str(record)
