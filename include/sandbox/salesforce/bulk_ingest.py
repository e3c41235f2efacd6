"""Bulk API 2.0 ingest: create a job, upload CSV once, close it, poll, read what became of each row."""

import csv
import io
import random
from typing import Any

from include.sandbox.salesforce import ids
from include.sandbox.salesforce.call import Call, Reply, Router
from include.sandbox.salesforce.errors import ApiError, Refusal
from include.sandbox.salesforce.jobs import DELIMITERS, LINE_ENDINGS, BulkJob, wrong_state
from include.sandbox.salesforce.records import key_field
from include.sandbox.salesforce.schema import SObject
from include.sandbox.salesforce.values import convert
from include.sandbox.salesforce.writer import Job, Outcome, new_context

OPERATIONS = ("insert", "update", "upsert", "delete")
BATCH = 10_000
CHUNK = 200
MOST_BYTES = 150_000_000
LONGEST_CELL = 32_000
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
    router.add("/jobs/ingest", POST=("bulk.create", create), GET=("bulk.list", listing))
    router.add("/jobs/ingest/{job_id}", GET=("bulk.status", status), PATCH=("bulk.state", change),
               DELETE=("bulk.delete", delete))  # fmt: skip
    router.add("/jobs/ingest/{job_id}/batches", PUT=("bulk.upload", upload))
    router.add("/jobs/ingest/{job_id}/successfulResults", GET=("bulk.results", successful))
    router.add("/jobs/ingest/{job_id}/failedResults", GET=("bulk.results", failed))
    router.add("/jobs/ingest/{job_id}/unprocessed[Rr]ecords", GET=("bulk.results", unprocessed))


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
        line_ending=choice(data, "lineEnding", LINE_ENDINGS, "LF"), assign=bool(data.get("assignmentRuleId")))  # fmt: skip
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
        message = (f"Found multiple contents for job: <{job.id}>, please 'Close' / 'Abort' / 'Delete' the current Job then "
                   "create a new Job and make sure you only do 'PUT' once on a given Job.")  # fmt: skip
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


# --- the work -------------------------------------------------------------------------------------------------------


def work(service: Any, job: BulkJob) -> None:
    """Read the CSV and write its rows, 10,000 to a batch and 200 to a transaction; two batches at a time."""
    rows = parse(job)
    if rows is None:
        return
    sobject = service.org.schema[job.object]
    if problem := header_problem(service, job, sobject):
        job.error, job.unprocessed = problem, rows
        return
    service.limits.count("DailyBulkApiBatches", (len(rows) + BATCH - 1) // BATCH)
    batches = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
    for future in [service.jobs.batch(run_batch, service, job, sobject, one) for one in batches]:
        future.result()
    shuffle = random.Random(job.id).shuffle  # noqa: S311 - results come in no promised order
    shuffle(job.succeeded)
    shuffle(job.failed)


def parse(job: BulkJob) -> list[list[str]] | None:
    """Header and rows; None (and the job's error) when the file does not read as the job said."""
    text = (job.content or b"").decode("utf-8-sig")
    crlf, lines = text.count("\r\n"), text.count("\n")
    if (crlf if job.line_ending == "LF" else lines - crlf) > 0:
        job.error = (
            f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {job.line_ending}"
        )
        return None
    table = list(csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[job.delimiter]))
    if not table:
        job.error = "InvalidBatch : The CSV has no header"
        return None
    job.header = [name.strip() for name in table[0]]
    return [row for row in table[1:] if row]


def header_problem(service: Any, job: BulkJob, sobject: SObject) -> str | None:
    """A column that the object does not have, or a key column that is missing."""
    for name in job.header:
        head = name.split(".")[0]
        item = sobject.get(head) if "." not in name else sobject.relationship(head)
        if item is None or not job.user.rights.sees(sobject, item):
            return f"InvalidBatch : Field name not found : {name}"
    lower = [name.lower() for name in job.header]
    needed = {"update": "id", "delete": "id", "upsert": (job.external_id or "").lower()}.get(job.operation)
    if needed and needed not in lower:
        return f"InvalidBatch : Field name not found : {job.external_id or 'Id'}"
    if job.operation == "delete" and lower != ["id"]:
        return "InvalidBatch : A delete job takes the Id column only"
    return None


def run_batch(service: Any, job: BulkJob, sobject: SObject, rows: list[list[str]]) -> None:
    """One batch, in transactions of 200 rows."""
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        if job.state == "Aborted":
            with job.lock:
                job.unprocessed += chunk
            continue
        outcomes = write(service, job, sobject, chunk)
        with job.lock:
            for row, outcome in zip(chunk, outcomes, strict=True):
                note(job, row, outcome)


def note(job: BulkJob, row: list[str], outcome: Outcome) -> None:
    """Put a row on its pile."""
    job.processed += 1
    if outcome.refusal:
        given = dict(zip((name.lower() for name in job.header), row, strict=False)).get("id", "")
        job.failed.append((given, outcome.refusal.in_bulk(), row))
    else:
        job.succeeded.append((outcome.id or "", bool(outcome.created), row))


def write(service: Any, job: BulkJob, sobject: SObject, rows: list[list[str]]) -> list[Outcome]:
    """Rows to records."""
    context = new_context(service.org, job.user, csv=True, auto_assign=job.assign)
    outcomes: list[Outcome | None] = [None] * len(rows)
    jobs: list[tuple[int, Job]] = []
    for at, row in enumerate(rows):
        try:
            jobs.append((at, as_job(job, sobject, row)))
        except Refusal as refusal:
            outcomes[at] = Outcome(refusal=refusal)
    for (at, _), outcome in zip(jobs, service.org.writer.run([one for _, one in jobs], context), strict=True):
        outcomes[at] = outcome
    return [one for one in outcomes if one is not None]


def as_job(job: BulkJob, sobject: SObject, row: list[str]) -> Job:
    """One row; an empty cell leaves the field alone, `#N/A` empties it."""
    if len(row) != len(job.header):
        raise Refusal("INVALID_FIELD", f"The row has {len(row)} cells, the header {len(job.header)}")
    cells = {name: (None if cell == "#N/A" else cell) for name, cell in zip(job.header, row, strict=True) if cell != ""}
    for name, cell in cells.items():
        if cell is not None and len(cell) > LONGEST_CELL:
            raise Refusal("STRING_TOO_LONG", f"{name}: data value too large (max length={LONGEST_CELL})", [name])
    lower = {name.lower(): name for name in cells}
    if job.operation == "insert":
        return Job("create", sobject, cells)
    if job.operation == "upsert" and (job.external_id or "").lower() != "id":
        item = sobject.fields[job.external_id or ""]
        value = convert(item, cells.pop(lower.get(item.name.lower(), ""), None), csv=True)
        if value is None:
            raise Refusal("MISSING_ARGUMENT", f"{item.name} not specified", [item.name])
        return Job("upsert", sobject, cells, key=item, key_value=value)
    given = cells.pop(lower.get("id", ""), None)
    if given is None and job.operation == "upsert":
        return Job("create", sobject, cells)
    found = ids.canonical(given)
    if found is None or found[:3] != sobject.prefix:
        code = "MISSING_ARGUMENT" if given is None else "MALFORMED_ID"
        label = sobject.fields["Id"].label
        message = (
            "Id not specified in an update call" if given is None else f"{label}: id value of incorrect type: {given}"
        )
        raise Refusal(code, message, ["Id"])
    return Job("delete" if job.operation == "delete" else "update", sobject, cells, found)


# --- results --------------------------------------------------------------------------------------------------------


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
