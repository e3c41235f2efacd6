"""Large writes through the Bulk API 2.0 (Bulk API 2.0 and Bulk API Developer Guide).

Steps of a job: create it, upload the CSV, close it, poll, read the results. Only closing starts it, so every earlier
step can be repeated. If the response to the closing is lost, the state of the job tells whether it was started. The
API can also create a job together with its data; docs/decisions/0014 explains why this is not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from livestorm_salesforce.clients.http import JsonObject, parse_int
from livestorm_salesforce.clients.retry import retry
from livestorm_salesforce.clients.salesforce.bulk_csv import CsvBody, columns_of
from livestorm_salesforce.clients.salesforce.bulk_jobs import read_csv, wait_for_job
from livestorm_salesforce.clients.salesforce.bulk_results import ResultMatcher
from livestorm_salesforce.clients.salesforce.encoding import json_body
from livestorm_salesforce.clients.salesforce.errors import FIELD_REMEDY, quoted_names
from livestorm_salesforce.clients.salesforce.operations import Record, RowResult
from livestorm_salesforce.clients.salesforce.transport import Transport
from livestorm_salesforce.errors import ConfigError, ContractError, OutcomeUnknown, TransientError

#: A job of at most this many rows is one internal batch; several batches run in parallel and compete for the lock of
#: their Campaign.
BATCH_ROWS = 10_000
SINGLE_BATCH_OBJECTS = ("CampaignMember",)
UPLOAD_BYTES = 100_000_000  # 150 MB after Salesforce's own encoding
STEP_ATTEMPTS = 3
RESULT_ID = "sf__Id"  # column of the lists of failed and of successful rows

Operation = Literal["insert", "update", "upsert"]


class _UploadFailed(TransientError):
    """A job exists without its data."""


class BulkIngest:
    """One operation on many rows, as one job or several in sequence.

    Args:
        match_on: columns that identify a row in the results, whose order is undefined; all columns if empty.
        headers: `Sforce-` headers of the job's creation.
        longest_wait: seconds to wait for a job, see `bulk_jobs.wait_for_job`.
    """

    def __init__(
        self,
        transport: Transport,
        operation: Operation,
        object_name: str,
        *,
        match_on: Sequence[str],
        external_id_field: str | None = None,
        headers: Mapping[str, str] | None = None,
        longest_wait: float | None = None,
    ) -> None:
        self._transport, self._operation, self._object = transport, operation, object_name
        self._match_on, self._external_id_field = tuple(match_on), external_id_field
        self._headers, self._longest_wait = dict(headers or {}), longest_wait

    def run(self, records: Sequence[Record]) -> Iterator[list[RowResult]]:
        """Write all records; yield the results of one job after the other, each in the order of its rows."""
        columns = columns_of(records)
        rows = BATCH_ROWS if self._object in SINGLE_BATCH_OBJECTS else len(records)
        for chunk in _chunks(records, rows, columns):
            yield self._run_job(columns, chunk)

    def _run_job(self, columns: Sequence[str], records: Sequence[Record]) -> list[RowResult]:
        job_id = self._upload(CsvBody(columns, records))
        self._close(job_id)
        job = wait_for_job(self._transport, job_id, rows=len(records), longest_wait=self._longest_wait)
        if job["state"] == "Failed" and parse_int(job.get("numberRecordsProcessed")) == 0:
            raise _job_failed(job, job_id, self._object)
        matcher = self._match_results(job, job_id, records)
        if job["state"] == "Failed" and not matcher.any_processed:
            raise _job_failed(job, job_id, self._object)
        return matcher.results()

    # ------------------------------------------------------------------ starting

    @property
    def _description(self) -> dict[str, str]:
        described = {
            "object": self._object,
            "operation": self._operation,
            "contentType": "CSV",
            "lineEnding": "LF",
            "columnDelimiter": "COMMA",
        }
        return described | ({"externalIdFieldName": self._external_id_field} if self._external_id_field else {})

    def _upload(self, data: CsvBody) -> str:
        """Create a job with its data and return its id. A job takes one upload: after a failure a new one is made."""

        def create_and_upload() -> str:
            job = self._create()
            try:
                self._transport.call(
                    "PUT",
                    _content_path(job),
                    writes=True,
                    check_quota=False,
                    response_type="nothing",
                    data=data,
                    headers={"Content-Type": "text/csv; charset=UTF-8"},
                )
            except TransientError as error:
                raise _UploadFailed(f"The data of a bulk job for {self._object} could not be uploaded.") from error
            return str(job["id"])

        return retry(create_and_upload, attempts=STEP_ATTEMPTS, retryable=_upload_failed, clock=self._transport.clock)

    def _create(self) -> JsonObject:
        options = json_body(self._description)
        headers = {**self._headers, **options.pop("headers")}
        job = self._transport.call("POST", "/jobs/ingest", headers=headers, **options).body
        if not isinstance(job, dict) or not re.fullmatch(r"\w{15,18}", str(job.get("id"))):
            raise ContractError("Salesforce answered POST /jobs/ingest without a job id.")
        return job

    def _close(self, job_id: str) -> None:
        """Start the job. If the response is lost, its state tells whether it was started."""
        path = f"/jobs/ingest/{job_id}"

        def close() -> None:
            body = json_body({"state": "UploadComplete"})
            try:
                job = self._transport.call("PATCH", path, writes=True, check_quota=False, **body).body
                if not isinstance(job, dict) or job.get("state") in (None, "Open"):
                    raise OutcomeUnknown(f"Salesforce answered PATCH {path} without a started job.")
            except OutcomeUnknown:
                job = self._transport.call("GET", path, check_quota=False).body
                if not isinstance(job, dict) or job.get("state") in (None, "Open"):
                    raise

        retry(close, attempts=STEP_ATTEMPTS, retryable=_outcome_unknown, clock=self._transport.clock)

    # ------------------------------------------------------------------ results

    def _match_results(self, job: JsonObject, job_id: str, records: Sequence[Record]) -> ResultMatcher:
        """The results of the rows. Each result list costs a call, so only those needed are read: rows in no list have
        succeeded if the job counts as many.

        Only the three lists and `numberRecordsFailed` are documented for every job (Bulk API 2.0 guide): without the
        numbers the list of successes is read.
        """
        processed, failed = (parse_int(job.get(f"numberRecords{name}")) for name in ("Processed", "Failed"))
        matcher = ResultMatcher(records, self._match_on, self._operation)
        path = f"/jobs/ingest/{job_id}"
        if failed != 0:
            matcher.add_failed(read_csv(self._transport, f"{path}/failedResults", RESULT_ID))
        if job["state"] != "JobComplete" or (processed is not None and processed < len(records)):
            matcher.add_unprocessed(read_csv(self._transport, f"{path}/unprocessedrecords", columns_of(records)[0]))
        counted = processed is not None and failed is not None
        if matcher.open_rows and (not counted or self._operation in ("insert", "upsert")):
            matcher.add_successful(read_csv(self._transport, f"{path}/successfulResults", RESULT_ID))
        elif matcher.open_rows == (processed or 0) - (failed or 0):
            matcher.mark_remaining_successful()
        return matcher


def _upload_failed(error: BaseException) -> bool:
    return isinstance(error, _UploadFailed)


def _outcome_unknown(error: BaseException) -> bool:
    return isinstance(error, OutcomeUnknown)


def _chunks(records: Sequence[Record], rows: int, columns: Sequence[str]) -> Iterator[Sequence[Record]]:
    """Chunks of records that fit one job each."""
    for start in range(0, len(records), max(rows, 1)):
        pending = [records[start : start + rows]]
        while pending:
            chunk = pending.pop()
            if len(chunk) > 1 and len(CsvBody(columns, chunk)) > UPLOAD_BYTES:
                middle = len(chunk) // 2
                pending += [chunk[middle:], chunk[:middle]]
            else:
                yield chunk


def _content_path(job: JsonObject) -> str:
    """Path of the upload: `contentUrl` has no leading slash."""
    path = "/" + str(job.get("contentUrl") or "").lstrip("/")
    return path if path.startswith("/services/data/") else f"/jobs/ingest/{job['id']}/batches"


def _job_failed(job: JsonObject, job_id: str, object_name: str) -> ConfigError | ContractError:
    names = quoted_names(str(job.get("errorMessage", "")))
    if names:
        return ConfigError(f"A bulk job for {object_name} failed: field {names} is not known.", remedy=FIELD_REMEDY)
    return ContractError(
        f"A bulk job for {object_name} failed as a whole (job {job_id}).",
        remedy="look at Setup, Bulk Data Load Jobs in Salesforce: the job's page gives the reason",
    )
