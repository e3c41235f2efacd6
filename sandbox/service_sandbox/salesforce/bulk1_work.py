"""What a batch of Bulk API 1.0 does: at most 10,000 records, 200 to a transaction, or one query."""

import json
from datetime import UTC, datetime
from typing import Any

from service_sandbox.salesforce.bulk_query import as_csv, compiled
from service_sandbox.salesforce.bulk_work import CHUNK, Row, header_problem, read, write
from service_sandbox.salesforce.call import Reply
from service_sandbox.salesforce.errors import ApiError
from service_sandbox.salesforce.jobs import BulkJob
from service_sandbox.salesforce.soql_run import Select
from service_sandbox.salesforce.values import WrongType

MOST_RECORDS = 10_000
NONE_FOUND = b"Records not found for this query\n"


def ingest(service: Any, batch: BulkJob) -> None:
    """Write the records of a batch; a batch that cannot be read fails with a message."""
    rows: list[Any] | None = json_rows(batch) if batch.content_type == "JSON" else csv_rows(batch)
    if rows is None:
        return
    sobject = service.org.schema[batch.object]
    batch.error = unfit(rows) or header_problem(service, batch, sobject)
    if batch.error:
        return
    for start in range(0, len(rows), CHUNK):
        if batch.parent and batch.parent.state == "Aborted":
            service.jobs.move(batch, "NotProcessed")
            return
        try:
            outcomes = write(service, batch, sobject, rows[start : start + CHUNK])
        except WrongType as error:
            batch.error = f"InvalidBatch : {error}"
            return
        batch.outcomes += outcomes
        batch.processed += len(outcomes)


def unfit(rows: list[Row]) -> str | None:
    """Too many records, or none. The service counts a header line in, and its sentence says so."""
    if len(rows) > MOST_RECORDS:
        return (f"InvalidBatch : Exceeded number of records: {len(rows) + 1}. "
                f"Number of records should be less than or equal to {MOST_RECORDS + 1}")  # fmt: skip
    return None if rows else "InvalidBatch : The batch has no records"


def csv_rows(batch: BulkJob) -> list[list[str]] | None:
    """Rows of CSV; either line ending will do."""
    return read(batch, (batch.content or b"").decode("utf-8-sig"))


def json_rows(batch: BulkJob) -> list[dict[str, Any]] | None:
    """Records of JSON; the header is every name that one of them has, a parent's key as `Campaign.Key__c`."""
    try:
        records = json.loads(batch.content or b"")
    except ValueError:
        records = None
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        batch.error = "InvalidBatch : Unable to parse the batch as an array of JSON records"
        return None
    rows = [{name: value for name, value in one.items() if name != "attributes"} for one in records]
    batch.header = list(dict.fromkeys(_path(name, value) for row in rows for name, value in row.items()))
    return rows


def _path(name: str, value: Any) -> str:
    keys = [key for key in value if key != "attributes"] if isinstance(value, dict) else []
    return f"{name}.{keys[0]}" if keys else name


def query(service: Any, batch: BulkJob) -> None:
    """Find the rows of a query; their values are read when they are fetched."""
    text = (batch.content or b"").decode()
    deleted = batch.operation == "queryAll"
    try:
        compiled(service, batch.user, text, deleted=deleted)
        batch.cursor = service.runner.open(text, batch.user, deleted=deleted)
    except ApiError as error:
        first = error.body[0]
        batch.error = f"InvalidBatch : Failed to process query: {first['errorCode']}: {first['message']}"
        return
    batch.processed = batch.cursor.size


def found(service: Any, batch: BulkJob) -> Reply:
    """The rows of a query, in the job's form."""
    select = batch.cursor.select
    records = service.runner.records(select, batch.cursor.rows, batch.version)
    if batch.content_type == "JSON":
        content = json.dumps([_in_milliseconds(select, one) for one in records], ensure_ascii=False)
        return Reply(200, content.encode(), media_type="application/json")
    return as_csv(batch, records) if records else Reply(200, NONE_FOUND, media_type="text/csv")


def _in_milliseconds(select: Select, record: dict[str, Any]) -> dict[str, Any]:
    """Dates and datetimes of the record's own fields as milliseconds since 1970, which only this form has."""
    moments = {leaf.name for leaf in select.leaves if not leaf.steps and leaf.item.type in ("date", "datetime")}
    return {name: _milliseconds(value) if name in moments and value else value for name, value in record.items()}


def _milliseconds(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
