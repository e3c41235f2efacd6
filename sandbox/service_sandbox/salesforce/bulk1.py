"""Bulk API 1.0 at `/services/async/<version>`: a job is opened, batches are added and start at once, the job is closed.

Imitated because peers go through it: the provider's `SalesforceBulkOperator` (JSON), CumulusCI (XML documents, CSV
batches). Ingest and query; XML and zipped batches, PK chunking, mapping files and hard deletes are refused.
"""

import re
from typing import Any

from service_sandbox.salesforce import bulk1_work
from service_sandbox.salesforce.bulk1_forms import (
    AsyncError,
    batch_info,
    document,
    error_reply,
    job_info,
    results,
    told,
    translated,
)
from service_sandbox.salesforce.call import Call, Reply, Router
from service_sandbox.salesforce.errors import ApiError
from service_sandbox.salesforce.jobs import BulkJob
from service_sandbox.salesforce.schema import SObject

ROOT = "/services/async/"
_PATH = re.compile(r"/services/async/(\d+\.\d)(/.*)?")
INGEST, QUERIES = ("insert", "update", "upsert", "delete"), ("query", "queryAll")
MODES = {"Parallel": "Parallel", "Serial": "Serial", 0: "Parallel", 1: "Serial"}  # a JSON parser takes ordinals, too
CONTENT_TYPES = {"CSV": "text/csv", "JSON": "application/json"}
MOST_BYTES = 10_000_000
WORDS = ("operation", "object", "contentType", "concurrencyMode", "externalIdFieldName", "assignmentRuleId", "state")


class Bulk1:
    """The paths of Bulk API 1.0 of one org."""

    def __init__(self, service: Any):
        self.service = service
        self.router = Router()
        routes(self.router)

    def kind(self, method: str, path: str) -> str:
        """`bulk1.create`, `bulk1.batch_status`..."""
        match = _PATH.fullmatch(path)
        try:
            return self.router.find(method, match[2] or "/")[0] if match else "unknown"
        except ApiError:
            return "unknown"

    def answer(self, call: Call) -> Reply:
        """The answer to a call; refusals in this API's own shape."""
        try:
            return self._answer(call)
        except AsyncError as error:
            return error_reply(call, error)
        except ApiError as error:
            return error_reply(call, translated(error))

    def _answer(self, call: Call) -> Reply:
        match = _PATH.fullmatch(call.path.rstrip("/"))
        if not match:
            raise AsyncError("InvalidUrl", f"Destination URL not reset: {call.path}")
        call.version = f"v{match[1]}"
        self.service.check_version(call)
        try:
            call.user = self.service.auth.user_by(call.headers.get("x-sfdc-session", "").strip())
        except ApiError:
            raise AsyncError("InvalidSessionId", "Invalid session id") from None
        self.service.limits.spend()
        _, handler, parts = self.router.find(call.method, match[2] or "/")
        call.params()
        return handler(self.service, call, **parts)


def routes(router: Router) -> None:
    """Paths of this module."""
    router.add("/job", POST=("bulk1.create", create))
    router.add("/job/{job_id}", GET=("bulk1.status", status), POST=("bulk1.state", change))
    router.add("/job/{job_id}/batch", GET=("bulk1.batches", batches), POST=("bulk1.batch", add))
    one = "/job/{job_id}/batch/{batch_id}"
    router.add(one, GET=("bulk1.batch_status", batch_status))
    router.add(f"{one}/request", GET=("bulk1.request", request))
    router.add(f"{one}/result", GET=("bulk1.results", result))
    router.add(f"{one}/result/{{result_id}}", GET=("bulk1.results", query_result))


def create(service: Any, call: Call) -> Reply:
    """An open job."""
    if "sforce-enable-pkchunking" in call.headers:
        raise AsyncError("FeatureNotEnabled", "PK chunking is not enabled for this organization")
    data = document(call, *WORDS)
    sobject = service.org.schema.get(str(data.get("object", "")))
    if sobject is None or not call.user.rights.may("read", sobject):
        raise AsyncError("InvalidEntity", f"Entity '{data.get('object')}' is not supported by the Bulk API.")
    job = service.jobs.new("async", object=sobject.name, user=call.user, version=call.version,
                           **_settings(call, sobject, data))  # fmt: skip
    return told(call, 201, "jobInfo", job_info(job), job)


def _settings(call: Call, sobject: SObject, data: dict[str, Any]) -> dict[str, Any]:
    operation, content = data.get("operation"), data.get("contentType", "XML")
    if operation == "hardDelete":
        raise AsyncError("FeatureNotEnabled", "hardDelete needs the permission Bulk API Hard Delete")
    if operation not in INGEST + QUERIES:
        raise AsyncError("InvalidJob", f"Unsupported operation: {operation}")
    if content not in CONTENT_TYPES:
        raise AsyncError("InvalidJob", f"Unsupported content type: {content}")
    mode = data.get("concurrencyMode", "Parallel")
    if mode not in MODES:
        raise AsyncError("InvalidJob", "Unable to parse Job")
    key = _external_id(call, sobject, data) if operation == "upsert" else None
    return {"operation": operation, "content_type": content, "concurrency": MODES[mode], "external_id": key,
            "assign": bool(data.get("assignmentRuleId"))}  # fmt: skip


def _external_id(call: Call, sobject: SObject, data: dict[str, Any]) -> str:
    name = data.get("externalIdFieldName")
    if not name:
        message = f"External ID was blank for {sobject.name}. An External ID must be specified for upsert."
        raise AsyncError("InvalidJob", message)
    item = sobject.get(str(name))
    if item is None or not (item.external_id or item.has("I")) or not call.user.rights.sees(sobject, item):
        message = f"Field name provided, {name} does not match an External ID for {sobject.name}"
        raise AsyncError("InvalidJob", message)
    return item.name


def status(service: Any, call: Call, job_id: str) -> Reply:
    """A poll of the job."""
    job = _job(service, job_id)
    return told(call, 200, "jobInfo", job_info(job), job)


def change(service: Any, call: Call, job_id: str) -> Reply:
    """`Closed` takes no more batches, `Aborted` leaves those in the queue unprocessed."""
    job, state = _job(service, job_id), document(call, *WORDS, "id").get("state")
    with job.lock:
        if (state, job.state) not in (("Closed", "Open"), ("Aborted", "Open"), ("Aborted", "Closed")):
            raise AsyncError("InvalidJobState", f"A job in state {job.state} can't be set to {state}: {job.id}")
        service.jobs.move(job, state)
    for batch in job.batches if state == "Aborted" else ():
        with batch.lock:
            if batch.state == "Queued":
                service.jobs.move(batch, "NotProcessed")
    return told(call, 200, "jobInfo", job_info(job), job)


def add(service: Any, call: Call, job_id: str) -> Reply:
    """A batch; it is queued at once, whether or not the job is closed later."""
    job = _job(service, job_id)
    wanted = CONTENT_TYPES[job.content_type]
    if wanted not in call.headers.get("content-type", ""):
        raise AsyncError("InvalidBatch", f"Content-Type of a batch of this job must be {wanted}")
    if len(call.body) > MOST_BYTES:
        raise AsyncError("ClientInputError", "A batch can be no larger than 10 MB")
    with job.lock:
        if job.state != "Open":
            raise AsyncError("InvalidJobState", f"A job in state {job.state} can't be given a batch: {job.id}")
        before = job.batches[-1] if job.batches and job.concurrency == "Serial" else None
        batch = _new_batch(service, job, call.body)
    service.limits.count("DailyBulkApiBatches")
    answer = told(call, 201, "batchInfo", batch_info(batch), job)
    work = bulk1_work.query if job.operation in QUERIES else bulk1_work.ingest
    service.jobs.start(batch, work, queued="Queued", done="Completed", after=before)
    return answer


def _new_batch(service: Any, job: BulkJob, content: bytes) -> BulkJob:
    same = {name: getattr(job, name) for name in ("operation", "object", "user", "version", "external_id",
                                                  "content_type", "assign")}  # fmt: skip
    batch = service.jobs.new("async.batch", parent=job, state="Queued", content=content, **same)
    job.batches.append(batch)
    return batch


def batches(service: Any, call: Call, job_id: str) -> Reply:
    """All batches of a job."""
    job = _job(service, job_id)
    return told(call, 200, "batchInfoList", {"batchInfo": [batch_info(one) for one in job.batches]}, job)


def batch_status(service: Any, call: Call, job_id: str, batch_id: str) -> Reply:
    """A poll of a batch."""
    batch = _batch(service, job_id, batch_id)
    return told(call, 200, "batchInfo", batch_info(batch), batch)


def request(service: Any, call: Call, job_id: str, batch_id: str) -> Reply:
    """A batch as it was sent."""
    batch = _batch(service, job_id, batch_id)
    return Reply(200, batch.content, media_type=CONTENT_TYPES[batch.content_type])


def result(service: Any, call: Call, job_id: str, batch_id: str) -> Reply:
    """What became of each record; of a query the ids of its results."""
    batch = _completed(service, job_id, batch_id)
    if batch.operation in QUERIES:
        return told(call, 200, "result-list", {"result": [_result_id(batch)]}, batch)
    return results(batch)


def query_result(service: Any, call: Call, job_id: str, batch_id: str, result_id: str) -> Reply:
    """The rows of a query."""
    batch = _completed(service, job_id, batch_id)
    if batch.operation not in QUERIES or result_id != _result_id(batch):
        raise AsyncError("InvalidBatch", f"No such result: {result_id}")
    return bulk1_work.found(service, batch)


def _result_id(batch: BulkJob) -> str:
    return f"752{batch.id[3:15]}"


def _job(service: Any, job_id: str) -> BulkJob:
    try:
        return service.jobs.get("async", job_id)
    except ApiError:
        raise AsyncError("InvalidJob", f"Invalid job id: {job_id}") from None


def _batch(service: Any, job_id: str, batch_id: str) -> BulkJob:
    job = _job(service, job_id)
    try:
        batch = service.jobs.get("async.batch", batch_id)
    except ApiError:
        batch = None
    if batch is None or batch.parent is not job:
        raise AsyncError("InvalidBatch", f"Invalid batch id: {batch_id}")
    return batch


def _completed(service: Any, job_id: str, batch_id: str) -> BulkJob:
    batch = _batch(service, job_id, batch_id)
    if batch.state in ("Failed", "NotProcessed"):
        raise AsyncError("InvalidBatch", "Records not processed")
    if batch.state != "Completed":
        raise AsyncError("InvalidBatch", "Batch not completed")
    return batch
