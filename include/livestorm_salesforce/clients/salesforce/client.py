"""Reading and writing Salesforce: descriptions, queries, collections in composite requests, bulk jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypedDict

from livestorm_salesforce.clients.http import JsonObject
from livestorm_salesforce.clients.salesforce import deployment, describe, soql
from livestorm_salesforce.clients.salesforce.bulk_ingest import BulkIngest, Operation
from livestorm_salesforce.clients.salesforce.bulk_jobs import ENDED, poll_job, running_jobs, wait_for_job
from livestorm_salesforce.clients.salesforce.deployment import DeploymentResult
from livestorm_salesforce.clients.salesforce.executor import Executor, OnRecords, OnRows
from livestorm_salesforce.clients.salesforce.operations import (
    ROW_LOCKED,
    Create,
    Delete,
    Request,
    RowResult,
    Update,
    Upsert,
    Write,
)
from livestorm_salesforce.clients.salesforce.soql import Query
from livestorm_salesforce.clients.salesforce.transaction_errors import may_concern_transaction
from livestorm_salesforce.clients.salesforce.transaction_sizes import TransactionSizes
from livestorm_salesforce.clients.salesforce.transport import Transport
from livestorm_salesforce.clients.salesforce.write_options import AUTO_ASSIGN, DUPLICATE_RULE_ALLOW_SAVE, WriteOptions
from livestorm_salesforce.config.metadata_package import Package
from livestorm_salesforce.errors import ContractError, SyncError

#: Salesforce's advice: collections up to this number of rows, the Bulk API above it (App Limits Cheat Sheet).
BULK_ABOVE = 2_000
OPERATIONS: dict[type, Operation] = {Create: "insert", Update: "update", Upsert: "upsert"}


class ClientOptions(TypedDict, total=False):
    """Options of `SalesforceClient`."""

    duplicate_rule_allow_save: bool
    auto_assign: bool
    longest_wait: float | None
    bulk_above: int


class SalesforceClient:
    """One org, for one task. Not for several threads: members of a Campaign are written one call after the other.

    Args:
        duplicate_rule_allow_save: save although a duplicate rule alerts; a rule that blocks still blocks.
        auto_assign: run the org's lead assignment rules on new Leads.
        longest_wait: seconds to wait for a bulk job, see `bulk_jobs.wait_for_job`.

    Attributes:
        bulk_above: a write of more rows is a bulk job.
        transaction_sizes: rows per transaction; replace it to limit them or to keep them between tasks.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        duplicate_rule_allow_save: bool = True,
        auto_assign: bool = False,
        longest_wait: float | None = None,
        bulk_above: int = BULK_ABOVE,
    ) -> None:
        self._transport, self._longest_wait, self.bulk_above = transport, longest_wait, bulk_above
        given = {AUTO_ASSIGN: auto_assign, DUPLICATE_RULE_ALLOW_SAVE: duplicate_rule_allow_save}
        self.transaction_sizes = TransactionSizes()
        self._options = WriteOptions(*(option.name for option, is_on in given.items() if is_on))

    @property
    def calls(self) -> int:
        """HTTP requests made, logins included."""
        return self._transport.calls

    @property
    def usage(self) -> tuple[int, int] | None:
        """API calls of the org in the last 24 hours and their limit, as of the last response that states them."""
        return self._transport.usage

    @property
    def instance_url(self) -> str:
        """The address of the org, as the login tells it."""
        return self._transport.token.instance_url

    @property
    def version(self) -> str:
        """The API version in use, such as `67.0`."""
        return self._transport.version

    def versions(self) -> list[str]:
        """API versions of the org, oldest first; this needs no permission. Empty if a gateway hides the list."""
        reply = self._transport.call("GET", "/services/data/", accept_any_body=(404,))
        if reply.status == 404:
            return []
        if not isinstance(reply.body, list) or not all(
            isinstance(one, dict) and "version" in one for one in reply.body
        ):
            raise ContractError("Salesforce answered GET /services/data/ without a list of versions.")
        return [str(one["version"]) for one in reply.body]

    def org_id(self) -> str:
        """The id of the org, 15 characters, from the login; by one query where the login does not tell it.

        "" if the object Organization cannot be read: Salesforce itself always tells the id at login.
        """
        if known := self._transport.token.org_id:
            return known
        try:
            records = self.query(Query("Organization", ["Id"], []))
        except SyncError:
            return ""
        return str(records[0].get("Id") or "")[:15] if records else ""

    def user_id(self) -> str:
        """The id of the user of this login, 18 characters; "" if the login does not tell it."""
        return self._transport.token.user_id

    def find_object(self, object_name: str) -> JsonObject | None:
        """The description of an object, or None if it does not exist or is hidden from this user."""
        return describe.find_object(self._transport, object_name)

    def describe_all(self, object_names: Sequence[str]) -> dict[str, JsonObject]:
        """Descriptions by object, with one call where Salesforce admits it.

        Raises:
            ConfigError: an object does not exist or is hidden from this user.
        """
        return describe.describe_all(self._transport, object_names)

    def execute(
        self, requests: Sequence[Request], *, on_rows: OnRows | None = None, on_records: OnRecords | None = None
    ) -> list[list[Any]]:
        """Execute requests in order with as few calls as possible.

        Args:
            on_rows: called with the position of a request and `{row: RowResult}` as results become final, so that a
                later error loses none.
            on_records: called with the position of a query and the records of each of its statements, as they arrive;
                they are not collected then. Two statements of a query may return the same record.

        Returns:
            one list per request: records (without `attributes`) of a query, a `RowResult` per row of a write.

        Raises:
            OutcomeUnknown: the response to a write was lost. The write is not retried.
            ConfigError, ContractError, QuotaExhausted, TransientError: see `errors.py`.
        """
        return Executor(self._transport, self._options, self.transaction_sizes, on_rows, on_records).run(requests)

    def query(self, query: Query) -> list[JsonObject]:
        """All records of a query, each once."""
        return self.execute([query])[0]

    def write(self, request: Write, *, match_on: Sequence[str] = (), on_rows: OnRows | None = None) -> list[RowResult]:
        """Execute one write: up to `bulk_above` rows by collections, more as bulk jobs where these know its options.

        Rows that met a lock, that a job rejected because it ignores an option, or whose transaction failed are sent
        again by collections. A job has transactions of 200 rows: an object with smaller ones is written by collections.

        Args:
            match_on: for new records in a bulk job: columns that identify a record, all columns if empty.
            on_rows: as in `execute`; the position of the request is 0.
        """
        if isinstance(request, Delete) or not self._admits_bulk(request):
            return self.execute([request], on_rows=on_rows)[0]
        codes = {ROW_LOCKED, *self._options.retried_codes(request)}
        results: list[RowResult] = []
        retried: list[int] = []
        for job_results in self._bulk_ingest(request, match_on).run(request.records):
            rows = dict(enumerate(job_results, len(results)))
            again = [row for row, one in rows.items() if one.code in codes or may_concern_transaction(one)]
            results, retried = results + job_results, retried + again
            if on_rows:
                on_rows(0, {row: rows[row] for row in rows.keys() - set(again)})
        return self._retry_by_collections(request, results, retried, on_rows)

    def uses_bulk(self, rows: int) -> bool:
        """Whether so many rows of one object are written by a bulk job."""
        return rows > self.bulk_above

    def _admits_bulk(self, request: Create | Update | Upsert) -> bool:
        is_large = self.uses_bulk(len(request.records))
        return is_large and self._options.admits_bulk(request) and not self.transaction_sizes.is_reduced(request.object)

    def _bulk_ingest(self, request: Create | Update | Upsert, match_on: Sequence[str]) -> BulkIngest:
        external_id = request.external_id_field if isinstance(request, Upsert) else None
        return BulkIngest(
            self._transport,
            OPERATIONS[type(request)],
            soql.name(request.object),
            match_on=("Id",) if isinstance(request, Update) else (external_id,) if external_id else match_on,
            external_id_field=external_id,
            headers=self._options.headers(request),
            longest_wait=self._longest_wait,
        )

    def _retry_by_collections(
        self,
        request: Create | Update | Upsert,
        results: list[RowResult],
        retried: Sequence[int],
        on_rows: OnRows | None,
    ) -> list[RowResult]:
        """Send these rows by collections, which carry the options, wait for locks and adapt their size."""
        if not retried:
            return results

        def report(_: int, rows: dict[int, RowResult]) -> None:
            for row, result in rows.items():
                results[retried[row]] = result
            if on_rows:
                on_rows(0, {retried[row]: result for row, result in rows.items()})

        self.execute([replace(request, records=[request.records[row] for row in retried])], on_rows=report)
        return results

    def start_deployment(self, package: Package, *, check_only: bool) -> str:
        """Queue a deployment of metadata, all or nothing, and return its id; see `deployment.start`."""
        return deployment.start(self._transport, package, check_only=check_only)

    def wait_for_deployment(self, deployment_id: str) -> DeploymentResult:
        """Wait for the end of a deployment; see `deployment.wait`."""
        return deployment.wait(self._transport, deployment_id)

    def wait_for_bulk(self, object_name: str) -> int:
        """Wait until no bulk job writes this object; one call if none does. Returns the number of jobs waited for.

        If a task is killed during a job, the job continues in Salesforce: the next attempt must not read before it has
        ended.
        """
        jobs = running_jobs(self._transport, soql.name(object_name))
        for job in jobs:
            wait_for_job(self._transport, job, longest_wait=self._longest_wait)
        return len(jobs)

    def has_ended(self, job_id: str) -> bool:
        """Whether a bulk job has ended, successfully or not."""
        return poll_job(self._transport, job_id)["state"] in ENDED
