"""What a Bulk API 2.0 ingest job does: batches of 10,000 rows, two at a time, and 200 rows to a transaction."""

import csv
import io
import random
from collections.abc import Sequence
from typing import Any

from service_sandbox.salesforce import ids
from service_sandbox.salesforce.errors import Refusal
from service_sandbox.salesforce.jobs import DELIMITERS, BulkJob
from service_sandbox.salesforce.schema import SObject
from service_sandbox.salesforce.values import convert
from service_sandbox.salesforce.writer import Job, Outcome, new_context

BATCH = 10_000
CHUNK = 200
LONGEST_CELL = 32_000
Row = list[str] | dict[str, Any]
"""Cells under the job's header, or a JSON record."""


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
    return read(job, text)


def read(job: BulkJob, text: str) -> list[list[str]] | None:
    """Header and rows of CSV; None (and the job's error) without a header."""
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


def write(service: Any, job: BulkJob, sobject: SObject, rows: Sequence[Row]) -> list[Outcome]:
    """Rows to records."""
    context = new_context(service.org, job.user, csv=job.content_type == "CSV", auto_assign=job.assign)
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


def cells_of(job: BulkJob, row: Row) -> dict[str, Any]:
    """What a row sets: an empty cell leaves the field alone, `#N/A` empties it; a JSON record means what it says."""
    if isinstance(row, dict):
        return dict(row)
    if len(row) != len(job.header):
        raise Refusal("INVALID_FIELD", f"The row has {len(row)} cells, the header {len(job.header)}")
    return {name: (None if cell == "#N/A" else cell) for name, cell in zip(job.header, row, strict=True) if cell != ""}


def as_job(job: BulkJob, sobject: SObject, row: Row) -> Job:
    """One row as the record to write."""
    cells = cells_of(job, row)
    for name, cell in cells.items():
        if isinstance(cell, str) and len(cell) > LONGEST_CELL:
            raise Refusal("STRING_TOO_LONG", f"{name}: data value too large (max length={LONGEST_CELL})", [name])
    lower = {name.lower(): name for name in cells}
    if job.operation == "insert":
        return Job("create", sobject, cells)
    if job.operation == "upsert" and (job.external_id or "").lower() != "id":
        item = sobject.fields[job.external_id or ""]
        value = convert(item, cells.pop(lower.get(item.name.lower(), ""), None), csv=job.content_type == "CSV")
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
