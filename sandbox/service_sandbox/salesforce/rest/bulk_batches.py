"""Execution of Bulk API 2.0 ingest jobs: batches of 10,000 rows, two at a time, and 200 rows per transaction."""

import csv
import io
import random
from typing import Any

from service_sandbox.salesforce.model import ids
from service_sandbox.salesforce.model.errors import RecordError
from service_sandbox.salesforce.model.schema import SObject
from service_sandbox.salesforce.model.values import convert
from service_sandbox.salesforce.org.operations import Operation
from service_sandbox.salesforce.org.writes import RecordWrite, WriteResult, new_write_context
from service_sandbox.salesforce.rest.bulk_jobs import DELIMITERS, BulkJob, JobState

BATCH = 10_000
TRANSACTION = 200
LONGEST_CELL = 32_000
Row = list[str]
NULL_CELL = "#N/A"


def execute(service: Any, job: BulkJob) -> None:
    """Writes the rows of the uploaded CSV and stores their results in the job."""
    rows = parse(job)
    if rows is None:
        return
    sobject = service.org.schema[job.object]
    if problem := header_problem(job, sobject):
        job.error, job.unprocessed = problem, rows
        return
    service.limits.count("DailyBulkApiBatches", (len(rows) + BATCH - 1) // BATCH)
    batches = [(service, job, sobject, rows[start : start + BATCH]) for start in range(0, len(rows), BATCH)]
    for future in service.jobs.run_batches(run_batch, batches):
        future.result()
    shuffle = random.Random(job.id).shuffle  # noqa: S311 - Salesforce does not document an order of results
    shuffle(job.succeeded)
    shuffle(job.failed)


def parse(job: BulkJob) -> list[Row] | None:
    """Sets the header and returns the rows; sets the error and returns None if the CSV does not fit the job."""
    text = (job.content or b"").decode("utf-8-sig")
    crlf, lines = text.count("\r\n"), text.count("\n")
    if (crlf if job.line_ending == "LF" else lines - crlf) > 0:
        problem = f"LineEnding is invalid on user data. Current LineEnding setting is {job.line_ending}"
        job.error = f"ClientInputError : {problem}"
        return None
    table = list(csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[job.delimiter]))
    if not table:
        job.error = "InvalidBatch : The CSV has no header"
        return None
    job.header = [name.strip() for name in table[0]]
    return [row for row in table[1:] if row]


def header_problem(job: BulkJob, sobject: SObject) -> str | None:
    """Returns the error for an unknown column or a missing key column."""
    for name in job.header:
        head = name.split(".")[0]
        item = sobject.get(head) if "." not in name else sobject.relationship(head)
        if item is None or not job.user.rights.can_see(sobject, item):
            return f"InvalidBatch : Field name not found : {name}"
    lower = [name.lower() for name in job.header]
    required = {"update": "id", "delete": "id", "upsert": (job.external_id or "").lower()}.get(job.operation)
    if required and required not in lower:
        return f"InvalidBatch : Field name not found : {job.external_id or 'Id'}"
    if job.operation == "delete" and lower != ["id"]:
        return "InvalidBatch : A delete job takes the Id column only"
    return None


def run_batch(service: Any, job: BulkJob, sobject: SObject, rows: list[Row]) -> None:
    """Writes one batch in transactions of 200 rows; an aborted job leaves the remaining rows unprocessed."""
    for start in range(0, len(rows), TRANSACTION):
        part = rows[start : start + TRANSACTION]
        if job.state == JobState.ABORTED:
            with job.lock:
                job.unprocessed += part
            continue
        results = write(service, job, sobject, part)
        with job.lock:
            for row, result in zip(part, results, strict=True):
                store_result(job, row, result)


def store_result(job: BulkJob, row: Row, result: WriteResult) -> None:
    """Adds a row to the successful or failed results."""
    job.processed += 1
    if result.error:
        record_id = dict(zip((name.lower() for name in job.header), row, strict=False)).get("id", "")
        job.failed.append((record_id, result.error.in_bulk(), row))
    else:
        job.succeeded.append((result.id or "", bool(result.created), row))


def write(service: Any, job: BulkJob, sobject: SObject, rows: list[Row]) -> list[WriteResult]:
    """Writes rows in one transaction; returns one result per row."""
    context = new_write_context(service.org, job.user, csv=True, auto_assign=job.assign)
    results: list[WriteResult | None] = [None] * len(rows)
    writes: list[tuple[int, RecordWrite]] = []
    for at, row in enumerate(rows):
        try:
            writes.append((at, to_write(job, sobject, row)))
        except RecordError as error:
            results[at] = WriteResult(error=error)
    written = service.org.writer.run([one for _, one in writes], context)
    for (at, _), result in zip(writes, written, strict=True):
        results[at] = result
    return [one for one in results if one is not None]


def cells_of(job: BulkJob, row: Row) -> dict[str, Any]:
    """Returns the values that a row sets. An empty cell does not change the field, `#N/A` sets it to null."""
    if len(row) != len(job.header):
        raise RecordError("INVALID_FIELD", f"The row has {len(row)} cells, the header {len(job.header)}")
    cells = zip(job.header, row, strict=True)
    return {name: (None if cell == NULL_CELL else cell) for name, cell in cells if cell != ""}


def to_write(job: BulkJob, sobject: SObject, row: Row) -> RecordWrite:
    """Converts a row to a write. Raises RecordError."""
    cells = cells_of(job, row)
    for name, cell in cells.items():
        if isinstance(cell, str) and len(cell) > LONGEST_CELL:
            raise RecordError("STRING_TOO_LONG", f"{name}: data value too large (max length={LONGEST_CELL})", [name])
    names = {name.lower(): name for name in cells}
    if job.operation == "insert":
        return RecordWrite(Operation.CREATE, sobject, cells)
    if job.operation == "upsert" and (job.external_id or "").lower() != "id":
        item = sobject.fields[job.external_id or ""]
        value = convert(item, cells.pop(names.get(item.name.lower(), ""), None), csv=True)
        if value is None:
            raise RecordError("MISSING_ARGUMENT", f"{item.name} not specified", [item.name])
        return RecordWrite(Operation.UPSERT, sobject, cells, key=item, key_value=value)
    given = cells.pop(names.get("id", ""), None)
    if given is None and job.operation == "upsert":
        return RecordWrite(Operation.CREATE, sobject, cells)
    operation = Operation.DELETE if job.operation == "delete" else Operation.UPDATE
    return RecordWrite(operation, sobject, cells, record_id(sobject, given))


def record_id(sobject: SObject, given: str | None) -> str:
    """Returns the 18-character id in a row. Raises RecordError."""
    if given is None:
        raise RecordError("MISSING_ARGUMENT", "Id not specified in an update call", ["Id"])
    found = ids.canonical(given)
    if found is None or found[:3] != sobject.prefix:
        label = sobject.fields["Id"].label
        raise RecordError("MALFORMED_ID", f"{label}: id value of incorrect type: {given}", ["Id"])
    return found
