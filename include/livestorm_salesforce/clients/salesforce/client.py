"""Reading and writing Salesforce: describes, limits, queries, collections in composite requests, bulk jobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from livestorm_salesforce.clients.salesforce import describe as describing
from livestorm_salesforce.clients.salesforce import soql as soql_names
from livestorm_salesforce.clients.salesforce.bulk_ingest import BulkWrite
from livestorm_salesforce.clients.salesforce.bulk_jobs import follow, running
from livestorm_salesforce.clients.salesforce.bulk_query import bulk_query
from livestorm_salesforce.clients.salesforce.composite import Execution, OnRecords, OnRows
from livestorm_salesforce.clients.salesforce.errors import MARKETING_REMEDY, OBJECT_REMEDY
from livestorm_salesforce.clients.salesforce.operations import (
    LOCKED,
    Create,
    Delete,
    Query,
    Record,
    Request,
    RowResult,
    Update,
    Upsert,
    Write,
    rows_of,
)
from livestorm_salesforce.clients.salesforce.transport import Transport
from livestorm_salesforce.errors import ConfigError, ContractError

#: Salesforce's advice: above it the Bulk API, up to it collections (App Limits Cheat Sheet).
BULK_ABOVE = 2_000
OPERATIONS = {Create: "insert", Update: "update", Upsert: "upsert"}


class SalesforceClient:
    """One org, for one task. Not for several threads: members of a Campaign are written one call after the other.

    Args:
        duplicate_rule_allow_save: save although a duplicate rule alerts; a rule that blocks still blocks.
        auto_assign: run the org's lead assignment rules. Salesforce would, unless told not to.
    """

    def __init__(
        self, transport: Transport, *, duplicate_rule_allow_save: bool = True, auto_assign: bool = False
    ) -> None:
        self._transport = transport
        self._write_headers = {"Sforce-Auto-Assign": "TRUE" if auto_assign else "FALSE"}
        if duplicate_rule_allow_save:
            self._write_headers["Sforce-Duplicate-Rule-Header"] = "allowSave=true"

    @property
    def calls(self) -> int:
        """HTTP requests made, logins included."""
        return self._transport.calls

    @property
    def usage(self) -> tuple[int, int] | None:
        """API calls of the org used and allowed in 24 hours, as last told; None before the first answer."""
        return self._transport.usage

    @property
    def version(self) -> str:
        """The API version in use, such as `67.0`."""
        return self._transport.version

    def versions(self) -> list[str]:
        """API versions that the org speaks, oldest first; needs no right at all. Empty if a gateway hides the list."""
        reply = self._transport.call("GET", "/services/data/", bare=(404,))
        if reply.status == 404:
            return []
        if not isinstance(reply.body, list) or not all(
            isinstance(one, dict) and "version" in one for one in reply.body
        ):
            raise ContractError("Salesforce answered GET /services/data/ without a list of versions.")
        return [str(one["version"]) for one in reply.body]

    def describe(self, object_name: str) -> dict[str, Any]:
        """The description of an object as this user sees it (`GET /sobjects/X/describe`).

        Raises:
            ConfigError: the object does not exist or is hidden from this user.
        """
        described = self.find_object(object_name)
        if described is None:
            remedy = MARKETING_REMEDY if object_name == "CampaignMemberStatus" else OBJECT_REMEDY
            raise ConfigError(f"Salesforce does not know {object_name}, or hides it (HTTP 404).", remedy=remedy)
        return described

    def describe_all(self, object_names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """As `describe`, of several objects, with one call where Salesforce admits it. Raises as `describe` does."""
        told = describing.together(self._transport, object_names)
        return {name: told.get(name) or self.describe(name) for name in object_names}

    def find_object(self, object_name: str) -> dict[str, Any] | None:
        """As `describe`, but None for an object that does not exist or is hidden from this user.

        Only Salesforce's own error says so: a 404 of something else tells nothing of the object, and is an error.
        """
        reply = self._transport.call("GET", describing.path_of(object_name), understood=(404,))
        if reply.status == 404:
            return None
        if not describing.is_description(reply.body):
            raise ContractError(f"Salesforce answered the describe of {object_name} without a list of fields.")
        return reply.body

    def limits(self) -> dict[str, Any]:
        """The org's limits with what remains (`GET /limits`)."""
        return self._transport.call("GET", "/limits").body

    def execute(
        self, requests: Sequence[Request], *, on_rows: OnRows | None = None, on_records: OnRecords | None = None
    ) -> list[list[Any]]:
        """Carry out requests in order with as few calls as possible.

        Args:
            on_rows: called with the position of a request and `{row: RowResult}` as they become final, so that results
                are not lost when a later call fails.
            on_records: called with the position of a query and the records of a statement of it, as they come; they are
                not kept then. A query that Salesforce wants in halves comes in several parts, which may share records.

        Returns:
            one list per request: records (without `attributes`) of a query, a `RowResult` per row of a write.

        Raises:
            OutcomeUnknown: a write's answer never came. It is not repeated.
            ConfigError, ContractError, QuotaExhausted, TransientError: as their classes say.
        """
        return Execution(self._transport, self._write_headers, on_rows, on_records).run(requests)

    def query(self, soql: str) -> list[dict[str, Any]]:
        """All records of one statement."""
        return self.execute([Query(soql)])[0]

    def write(self, request: Write, *, match_on: Sequence[str] = (), on_rows: OnRows | None = None) -> list[RowResult]:
        """Carry out one write: up to 2,000 rows by collections, more as bulk jobs. Rows that met a lock try again.

        Args:
            match_on: for new records that go as a bulk job: columns that tell them apart, all columns if empty.
            on_rows: as in `execute`; the request's position is 0.
        """
        if len(rows_of(request)) <= BULK_ABOVE or isinstance(request, Delete):
            return self.execute([request], on_rows=on_rows)[0]
        results: list[RowResult] = []
        for part in self._bulk_write(request, match_on).run(request.records):
            final = {len(results) + row: result for row, result in enumerate(part) if result.code != LOCKED}
            results += part
            if on_rows:
                on_rows(0, final)
        return self._unlocked(request, results, on_rows)

    def _bulk_write(self, request: Create | Update | Upsert, match_on: Sequence[str]) -> BulkWrite:
        external_id = request.external_id_field if isinstance(request, Upsert) else None
        keys = ("Id",) if isinstance(request, Update) else (external_id,) if external_id else tuple(match_on)
        return self._bulk(OPERATIONS[type(request)], request.object, keys, external_id)

    def _unlocked(
        self, request: Create | Update | Upsert, results: list[RowResult], on_rows: OnRows | None
    ) -> list[RowResult]:
        """Try the rows that met a lock again, by collections, which wait between their tries."""
        locked = [row for row, result in enumerate(results) if result.code == LOCKED]
        if not locked:
            return results
        again = replace(request, records=[request.records[row] for row in locked])

        def report(_: int, rows: dict[int, RowResult]) -> None:
            for row, result in rows.items():
                results[locked[row]] = result
            if on_rows:
                on_rows(0, {locked[row]: result for row, result in rows.items()})

        self.execute([again], on_rows=report)
        return results

    def bulk(
        self,
        operation: str,
        object_name: str,
        records: Sequence[Record],
        *,
        match_on: Sequence[str],
        external_id_field: str | None = None,
    ) -> list[RowResult]:
        """Write rows by bulk jobs whatever their number; results in the order of the rows.

        Args:
            operation: `insert`, `update`, `upsert` or `delete`.
            match_on: columns by which a result is matched to its row.
        """
        job = self._bulk(operation, object_name, match_on, external_id_field)
        return [result for part in job.run(records) for result in part]

    def _bulk(self, operation: str, object_name: str, match_on: Sequence[str], external_id: str | None) -> BulkWrite:
        return BulkWrite(
            self._transport,
            operation,
            soql_names.name(object_name),
            match_on=match_on,
            external_id_field=external_id,
            headers=self._write_headers,
        )

    def wait_for_bulk(self, object_name: str) -> int:
        """Wait until no bulk job writes this object any more; one call if none does.

        For a task that follows one killed in mid-job: its job goes on in Salesforce, and reading before it has ended
        would find half of its rows. Returns the number of jobs waited for.
        """
        jobs = running(self._transport, soql_names.name(object_name))
        for job in jobs:
            follow(self._transport, f"/jobs/ingest/{job}", writes=True)
        return len(jobs)

    def bulk_query(self, soql: str) -> Iterator[dict[str, Any]]:
        """Records of a statement through a bulk query job, while they arrive; all values are text."""
        return bulk_query(self._transport, soql)
