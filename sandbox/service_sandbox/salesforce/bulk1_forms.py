"""How Bulk API 1.0 writes itself down: job documents, batches, results and errors, in XML or in JSON.

A job made in JSON is answered in JSON; one of CSV in the form of the request's `Content-Type` or `Accept`, XML if
neither speaks of JSON.
"""

import csv
import io
import json
import re
from typing import Any

from lxml import etree

from service_sandbox.salesforce.call import Call, Reply
from service_sandbox.salesforce.errors import ApiError, Refusal
from service_sandbox.salesforce.jobs import BulkJob
from service_sandbox.salesforce.writer import Outcome

NAMESPACE = "http://www.force.com/2009/06/asyncapi/dataload"
COUNTED = ("Queued", "InProgress", "Completed", "Failed")
TIMES = {"totalProcessingTime": 0, "apiActiveProcessingTime": 0, "apexProcessingTime": 0}


class AsyncError(ApiError):
    """A call refused in the words of Bulk API 1.0; always 400, sessions included."""

    def __init__(self, code: str, message: str, status: int = 400):
        super().__init__(status, code, message)
        self.shown = {"exceptionCode": code, "exceptionMessage": message}


def translated(error: ApiError) -> AsyncError:
    """A refusal of the REST side as this one says it."""
    first = error.body[0]
    codes = {"REQUEST_LIMIT_EXCEEDED": "ExceededQuota", "NOT_FOUND": "InvalidUrl", "METHOD_NOT_ALLOWED": "InvalidUrl",
             "UNSUPPORTED_API_VERSION": "InvalidUrl"}  # fmt: skip
    return AsyncError(codes.get(first["errorCode"], "ClientInputError"), first["message"],
                      405 if error.status == 405 else 400)  # fmt: skip


def wants_json(call: Call, job: BulkJob | None = None) -> bool:
    """In which of the two forms a call is answered."""
    told = f"{call.headers.get('content-type', '')} {call.headers.get('accept', '')}"
    return "application/json" in told or (job is not None and job.content_type == "JSON")


def document(call: Call, *known: str) -> dict[str, Any]:
    """The properties of a job document.

    Raises:
        AsyncError: it cannot be read, or has a property that jobs do not have.
    """
    unreadable = AsyncError("InvalidJob", "Unable to parse Job")
    try:
        if "json" in call.headers.get("content-type", ""):
            data = json.loads(call.body)
        else:
            root = etree.fromstring(call.body, etree.XMLParser(resolve_entities=False, no_network=True))
            data = {etree.QName(one).localname: (one.text or "").strip() for one in root}
            if etree.QName(root) != f"{{{NAMESPACE}}}jobInfo":
                raise unreadable
    except (ValueError, etree.XMLSyntaxError):
        raise unreadable from None
    if not isinstance(data, dict) or set(data) - set(known):
        raise unreadable
    return data


def job_info(job: BulkJob) -> dict[str, Any]:
    """A job as the service shows it, its batches counted."""
    states = [batch.state for batch in job.batches]
    counted = {f"numberBatches{state}": states.count(state) for state in COUNTED}
    shown = {"id": job.id, "operation": job.operation, "object": job.object, "createdById": job.user.id,
             "createdDate": job.created, "systemModstamp": job.modified, "state": job.state}  # fmt: skip
    if job.external_id:
        shown["externalIdFieldName"] = job.external_id
    return {**shown, "concurrencyMode": job.concurrency, "contentType": job.content_type, **counted,
            "numberBatchesTotal": len(states), "numberRecordsProcessed": sum(one.processed for one in job.batches),
            "numberRetries": 0, "apiVersion": float(job.version[1:]),
            "numberRecordsFailed": sum(map(failures, job.batches)), **TIMES}  # fmt: skip


def failures(batch: BulkJob) -> int:
    """How many of a batch's records were refused."""
    return sum(1 for one in batch.outcomes if one.refusal)


def batch_info(batch: BulkJob) -> dict[str, Any]:
    """A batch as the service shows it."""
    message = {"stateMessage": batch.error} if batch.error else {}
    parent = batch.parent.id if batch.parent else ""
    return {"id": batch.id, "jobId": parent, "state": batch.state, **message, "createdDate": batch.created,
            "systemModstamp": batch.modified, "numberRecordsProcessed": batch.processed,
            "numberRecordsFailed": failures(batch), **TIMES}  # fmt: skip


def told(call: Call, status: int, root: str, data: Any, job: BulkJob | None = None) -> Reply:
    """An answer in the form that the call asks for.

    Args:
        root: name of the XML document; of a list its entries are named by the key of `data`.
        data: an object, or an object of one list.
    """
    if wants_json(call, job):
        plain = data["result"] if root == "result-list" else data
        return Reply(status, json.dumps(plain).encode(), media_type="application/json")
    top = etree.Element(root, nsmap={None: NAMESPACE})  # type: ignore[dict-item]
    _fill(top, data)
    content = etree.tostring(top, encoding="UTF-8", xml_declaration=True)
    return Reply(status, content, media_type="application/xml")


def _fill(element: Any, data: dict[str, Any]) -> None:
    for name, value in data.items():
        for one in value if isinstance(value, list) else [value]:
            child = etree.SubElement(element, name)
            if isinstance(one, dict):
                _fill(child, one)
            else:
                child.text = iso_z(one) if isinstance(one, str) else str(one)


def iso_z(text: str) -> str:
    """XML writes moments with a `Z`, JSON with an offset."""
    return re.sub(r"(\d{2}:\d{2}:\d{2}\.\d{3})\+0000", r"\1Z", text)


def error_reply(call: Call, error: AsyncError) -> Reply:
    """A refusal."""
    return told(call, error.status, "error", error.shown)


def results(batch: BulkJob) -> Reply:
    """What became of each record, in the order of the batch."""
    if batch.content_type == "JSON":
        return Reply(200, json.dumps([_result(one) for one in batch.outcomes]).encode(), media_type="application/json")
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["Id", "Success", "Created", "Error"])
    writer.writerows(_line(one) for one in batch.outcomes)
    return Reply(200, out.getvalue().encode(), media_type="text/csv")


def _result(outcome: Outcome) -> dict[str, Any]:
    if outcome.refusal is None:
        return {"success": True, "created": bool(outcome.created), "id": outcome.id, "errors": []}
    errors = [{**outcome.refusal.in_collection(), "extendedErrorDetails": None}]
    return {"success": False, "created": False, "id": None, "errors": errors}


def _line(outcome: Outcome) -> list[str]:
    refusal: Refusal | None = outcome.refusal
    if refusal is None:
        return [outcome.id or "", "true", str(bool(outcome.created)).lower(), ""]
    return ["", "false", "false", f"{refusal.code}:{refusal.message}:{','.join(refusal.fields)} --"]
