"""Large reads through Bulk API 2.0 query jobs, row by row while they arrive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from livestorm_salesforce.clients.salesforce.bulk_jobs import all_rows, follow
from livestorm_salesforce.clients.salesforce.errors import FIELD_REMEDY, names_in
from livestorm_salesforce.clients.salesforce.transport import Transport, body_of
from livestorm_salesforce.errors import ConfigError, ContractError, TransientError

PAGE_RECORDS = 50_000


def bulk_query(transport: Transport, soql: str) -> Iterator[dict[str, Any]]:
    """Records of a statement without OFFSET and without aggregates. Values are text, blanks are None.

    A parent's field comes as in a plain query: `{"Lead": {"Email": "..."}}`, and None for a record without the parent.
    """
    job = transport.call("POST", "/jobs/query", **body_of({"operation": "query", "query": soql})).body
    if not isinstance(job, dict) or not re.fullmatch(r"\w{15,18}", str(job.get("id"))):
        raise ContractError("Salesforce answered POST /jobs/query without a job id.")
    path = f"/jobs/query/{job['id']}"
    job = follow(transport, path, writes=False)
    if job["state"] != "JobComplete":
        raise _ended(job)
    yield from map(nested, all_rows(transport, f"{path}/results", {"maxRecords": str(PAGE_RECORDS)}))


def nested(row: dict[str, str]) -> dict[str, Any]:
    """A CSV row as a record: `Lead.Email` under `Lead`, blanks as None, a parent without any value as None."""
    record: dict[str, Any] = {}
    for column, text in row.items():
        *parents, last = column.split(".")
        place = record
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = text or None
    return {key: _or_none(value) for key, value in record.items()}


def _or_none(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _or_none(item) for key, item in value.items()}
    return inner if any(item is not None for item in inner.values()) else None


def _ended(job: dict[str, Any]) -> ConfigError | TransientError | ContractError:
    if job["state"] == "Aborted":
        return TransientError(f"Somebody aborted the bulk query job {job['id']} in Salesforce.")
    named = names_in(str(job.get("errorMessage", "")))
    if named:
        return ConfigError(f"A bulk query failed: {named} is not known.", remedy=FIELD_REMEDY)
    return ContractError(f"A bulk query failed in Salesforce (job {job['id']}).")
