"""Large writes through the Bulk API 2.0 (Bulk API 2.0 and Bulk API Developer Guide).

Order of a job: create it, upload the CSV, close it, poll, read the results. Only the closing sets anything going, so
until then every step may be repeated, and the closing itself is settled by asking for the job's state.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from livestorm_salesforce.clients.http import whole_number
from livestorm_salesforce.clients.salesforce.bulk_csv import CsvBody, columns_of
from livestorm_salesforce.clients.salesforce.bulk_jobs import all_rows, follow
from livestorm_salesforce.clients.salesforce.bulk_results import Matching
from livestorm_salesforce.clients.salesforce.errors import FIELD_REMEDY, names_in
from livestorm_salesforce.clients.salesforce.operations import Record, RowResult
from livestorm_salesforce.clients.salesforce.transport import Transport, body_of
from livestorm_salesforce.errors import ConfigError, ContractError, OutcomeUnknown, TransientError

#: A job of at most so many rows is one internal batch; more run in parallel and fight for the lock of their Campaign.
BATCH_ROWS = 10_000
UPLOAD_BYTES = 100_000_000  # 150 MB after Salesforce's own encoding
MULTIPART_CHARACTERS = 100_000  # a job may bring so much data along with its creation
LOCKING = ("CampaignMember",)
UPLOAD_TRIES = 3


class BulkWrite:
    """One operation over many rows, as one job or several after each other.

    Args:
        operation: `insert`, `update`, `upsert` or `delete`.
        match_on: columns that tell a row from the others in the results, whose order is not promised.
        headers: `Sforce-` headers of the job's creation.
    """

    def __init__(
        self,
        transport: Transport,
        operation: str,
        object_name: str,
        *,
        match_on: Sequence[str],
        external_id_field: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._transport, self._operation, self._object = transport, operation, object_name
        self._match_on, self._external_id_field = tuple(match_on), external_id_field
        self._headers = dict(headers or {})

    def run(self, records: Sequence[Record]) -> Iterator[list[RowResult]]:
        """Write all; yield the results of one job after the other, each in the order of its rows."""
        columns = columns_of(records)
        rows = BATCH_ROWS if self._object in LOCKING else len(records)
        for part in _parts(records, rows, columns):
            yield self._job(columns, part)

    def _job(self, columns: Sequence[str], records: Sequence[Record]) -> list[RowResult]:
        job = self._started(CsvBody(columns, records))
        job = follow(self._transport, f"/jobs/ingest/{job['id']}", writes=True, rows=len(records))
        if job["state"] == "Failed" and whole_number(job.get("numberRecordsProcessed")) == 0:
            raise _failed(job, self._object)
        matching = self._matched(job, records)
        if job["state"] == "Failed" and not matching.any_processed:
            raise _failed(job, self._object)
        return matching.results()

    # ------------------------------------------------------------------ starting

    def _started(self, data: CsvBody) -> dict[str, Any]:
        """A job that runs. One that brings its data along runs at once, which saves two calls.

        An insert never goes that way: an answer lost on the way would leave a running job that nobody can name, and its
        rows would be inserted again.
        """
        fits = self._transport.whole_jobs and len(data) <= MULTIPART_CHARACTERS
        if self._operation != "insert" and fits and (job := self._created_whole(data)):
            return job
        job = self._uploaded(data)
        self._close(job)
        return job

    def _created_whole(self, data: CsvBody) -> dict[str, Any] | None:
        """A job made together with its data; None if that is refused, and then nothing was done.

        Gateways may admit JSON only, and some break on anything else: after an answer that leaves it open, the next try
        goes the long way. A description that is wrong is refused again there, with its reason.
        """
        parts = {
            "job": (None, json.dumps(self._description), "application/json"),
            "content": ("content", b"".join(data), "text/csv"),
        }
        try:
            reply = self._transport.call("POST", "/jobs/ingest", writes=True, headers=self._headers, files=parts)
        except ContractError:
            self._transport.whole_jobs = False
            return None
        except OutcomeUnknown:
            self._transport.whole_jobs = False
            raise
        return _described(reply.body)

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

    def _uploaded(self, data: CsvBody) -> dict[str, Any]:
        """An open job with its data. A job takes one upload: after a failed one a new job is made."""
        failure: TransientError | None = None
        for _ in range(UPLOAD_TRIES):
            options = body_of(self._description)
            headers = {**self._headers, **options.pop("headers")}
            job = _described(self._transport.call("POST", "/jobs/ingest", headers=headers, **options).body)
            try:
                self._transport.call(
                    "PUT",
                    _content_path(job),
                    writes=True,
                    guarded=False,
                    expects="nothing",
                    data=data,
                    headers={"Content-Type": "text/csv; charset=UTF-8"},
                )
            except TransientError as error:
                failure = error
                continue
            return job
        raise TransientError(f"The data of a bulk job for {self._object} could not be uploaded.") from failure

    def _close(self, job: Mapping[str, Any]) -> None:
        """Set the job going. If the answer is lost, its state tells whether it was."""
        path = f"/jobs/ingest/{job['id']}"
        for _ in range(UPLOAD_TRIES):
            try:
                self._transport.call("PATCH", path, writes=True, guarded=False, **body_of({"state": "UploadComplete"}))
                return
            except OutcomeUnknown:
                if self._transport.call("GET", path, guarded=False).body.get("state") != "Open":
                    return
        raise OutcomeUnknown(f"A bulk job for {self._object} may have been started.")

    # ------------------------------------------------------------------ results

    def _matched(self, job: Mapping[str, Any], records: Sequence[Record]) -> Matching:
        """The rows' results, read no more than needed: each list of them costs a call. The rows that no list names have
        succeeded if there are as many of them as the job tells.

        Only the three lists and `numberRecordsFailed` are documented for every job (Bulk API 2.0 guide): where the
        number processed is not told, the list of successes is read.
        """
        processed, failed = (whole_number(job.get(f"numberRecords{word}")) for word in ("Processed", "Failed"))
        matching = Matching(records, self._match_on, self._operation)
        path = f"/jobs/ingest/{job['id']}"
        if failed != 0:
            matching.take_failed(all_rows(self._transport, f"{path}/failedResults"))
        if job["state"] != "JobComplete" or (processed is not None and processed < len(records)):
            matching.take_unprocessed(all_rows(self._transport, f"{path}/unprocessedrecords"))
        if matching.open_rows and (processed is None or self._operation in ("insert", "upsert")):
            matching.take_successful(all_rows(self._transport, f"{path}/successfulResults"))
        elif failed is None or matching.open_rows == (processed or 0) - failed:
            matching.rest_succeeded()
        return matching


def _parts(records: Sequence[Record], rows: int, columns: Sequence[str]) -> Iterator[Sequence[Record]]:
    """Records in runs that one job may hold."""
    for start in range(0, len(records), max(rows, 1)):
        part = records[start : start + rows]
        halves = [part]
        while halves:
            half = halves.pop()
            if len(half) > 1 and len(CsvBody(columns, half)) > UPLOAD_BYTES:
                middle = len(half) // 2
                halves += [half[middle:], half[:middle]]
            else:
                yield half


def _described(job: Any) -> dict[str, Any]:
    if not isinstance(job, dict) or not re.fullmatch(r"\w{15,18}", str(job.get("id"))):
        raise ContractError("Salesforce answered POST /jobs/ingest without a job id.")
    return job


def _content_path(job: Mapping[str, Any]) -> str:
    """Where the data goes: `contentUrl` comes without a leading slash."""
    told = "/" + str(job.get("contentUrl") or "").lstrip("/")
    return told if told.startswith("/services/data/") else f"/jobs/ingest/{job['id']}/batches"


def _failed(job: Mapping[str, Any], object_name: str) -> ConfigError | ContractError:
    named = names_in(str(job.get("errorMessage", "")))
    if named:
        return ConfigError(f"A bulk job for {object_name} failed: field {named} is not known.", remedy=FIELD_REMEDY)
    return ContractError(
        f"A bulk job for {object_name} failed as a whole (job {job['id']}).",
        remedy="look at Setup, Bulk Data Load Jobs in Salesforce: the job's page gives the reason",
    )
