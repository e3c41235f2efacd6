"""Writes records as Salesforce does: locks, one transaction with partial success, rules, roll-ups and a log."""

# ruff: noqa: S608 - names of tables and columns come from the schema, not from a request

import time
from typing import Any

from service_sandbox.salesforce.model import ids
from service_sandbox.salesforce.model.errors import RecordError
from service_sandbox.salesforce.model.schema import SObject
from service_sandbox.salesforce.org.locks import lock_error
from service_sandbox.salesforce.org.operations import Operation
from service_sandbox.salesforce.org.rights import Access
from service_sandbox.salesforce.org.row_builder import RowBuilder
from service_sandbox.salesforce.org.rules import update_rollups
from service_sandbox.salesforce.org.writes import ROLLED_BACK, RecordWrite, WriteContext, WriteResult

Row = dict[str, Any]
CASCADES = {"Lead": (("CampaignMember", "LeadId"),), "Contact": (("CampaignMember", "ContactId"),),
            "Campaign": (("CampaignMember", "CampaignId"), ("CampaignMemberStatus", "CampaignId")),
            "Account": (("Contact", "AccountId"),)}  # fmt: skip
"""Child object and reference field of the records that are deleted together with a record."""


class _Rollback(Exception):
    pass


class Writer:
    """Creates, updates and deletes records of an org."""

    def __init__(self, org: Any) -> None:
        self.org = org
        self.row_builder = RowBuilder(org)

    def run(
        self, writes: list[RecordWrite], context: WriteContext, *, all_or_none: bool = False
    ) -> list[WriteResult]:  # fmt: skip
        """Writes all records in one transaction; returns one result per record.

        A rejected record does not affect the others, unless `all_or_none`.

        Raises:
            JsonTypeError: a JSON value has the wrong type; no record is written.
        """
        touched = [set() if self.org.store.owns_transaction else self._touched(write) for write in writes]
        with self.org.locks.hold(one for locked in touched for one in locked) as busy:
            if self.org.seconds_per_record:
                time.sleep(self.org.seconds_per_record * len(writes))
            results: list[WriteResult] = []
            try:
                with self.org.store.transaction():
                    self._write_all(writes, touched, busy, context, results)
                    if all_or_none and any(one.error for one in results):
                        raise _Rollback
                    update_rollups(self.org.store, context.changed_campaigns, context.now)
            except _Rollback:
                self.org.clear_status_cache()
                return [one if one.error else WriteResult(error=ROLLED_BACK) for one in results]
            except BaseException:
                self.org.clear_status_cache()
                raise
        self._log(writes, results, context)
        return results

    def _write_all(
        self, writes: list[RecordWrite], touched: list[set[str]], busy: set[str], context: WriteContext,
        results: list[WriteResult],
    ) -> None:  # fmt: skip
        failed = {} if context.system else self.org.automation.failed_transaction(writes)
        for at, (write, locks) in enumerate(zip(writes, touched, strict=True)):
            self.org.store.execute("SAVEPOINT record")
            try:
                if unavailable := locks & busy:
                    raise lock_error(min(unavailable))
                if not context.system:
                    self.org.apply_forced_rejection()
                if at in failed:
                    raise failed[at]
                results.append(self._write(write, context))
            except RecordError as error:
                self.org.store.execute("ROLLBACK TO record")
                results.append(WriteResult(error=error))
            self.org.store.execute("RELEASE record")

    def _log(self, writes: list[RecordWrite], results: list[WriteResult], context: WriteContext) -> None:
        if context.system:
            return
        for write, result in zip(writes, results, strict=True):
            operation = write.operation
            if operation == Operation.UPSERT:
                operation = Operation.CREATE if result.created else Operation.UPDATE
            code = result.error.code if result.error else None
            self.org.writes.add(operation, write.sobject.name, result.id, code, write.payload)

    def _touched(self, write: RecordWrite) -> set[str]:
        """Returns the ids to lock: the record and its parents, as known before the transaction."""
        rules = self.org.rules[write.sobject.name]
        references = {item.name: ids.canonical(value) for name, value in write.payload.items()
                      if (item := write.sobject.get(name)) and item.type == "reference"}  # fmt: skip
        wanted = [*rules.locked_with(references)]
        if write.record_id:
            current = self.org.store.get(write.sobject.name, write.record_id)
            wanted += [write.record_id, *(rules.locked_with(current) if current else [])]
        return {one for one in wanted if one}

    def _write(self, write: RecordWrite, context: WriteContext) -> WriteResult:
        if write.operation == Operation.UPSERT:
            return self._upsert(write, context)
        if write.operation == Operation.CREATE:
            return self._create(write, context)
        return self._update(write, context) if write.operation == Operation.UPDATE else self._delete(write, context)

    def _create(self, write: RecordWrite, context: WriteContext) -> WriteResult:
        sobject, org = write.sobject, self.org
        if not context.system and not context.user.rights.may(Access.CREATE, sobject):
            message = f"entity type cannot be inserted: {sobject.label}"
            raise RecordError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message)
        row = self.row_builder.row(sobject, write.payload, Operation.CREATE, context)
        self.row_builder.defaults(sobject, row, context)
        if not context.system:
            org.automation.before_save(sobject, row, row, Operation.CREATE)
        org.rules[sobject.name].before_create(row, context)
        self.row_builder.unique(sobject, row, None, context)
        if not context.system:
            org.policies.apply(sobject, row, row, Operation.CREATE, context)
        new_id = org.store.insert(sobject, [row])[0]
        self._mark_campaign(sobject, row, context)
        org.rules[sobject.name].after(new_id, row, Operation.CREATE, context)
        if not context.system:
            org.automation.after_save(sobject, new_id, Operation.CREATE, context.user)
        return WriteResult(new_id, True)

    def _update(self, write: RecordWrite, context: WriteContext) -> WriteResult:
        sobject, org = write.sobject, self.org
        current = self._current(write, context, Access.EDIT)
        changes = self.row_builder.row(sobject, write.payload, Operation.UPDATE, context)
        if not context.system:
            self.row_builder.require_on_update(sobject, changes)
            org.automation.before_save(sobject, {**current, **changes}, changes, Operation.UPDATE)
        org.rules[sobject.name].before_update(current, changes, context)
        self.row_builder.unique(sobject, changes, current["Id"], context)
        if not context.system:
            org.policies.apply(sobject, {**current, **changes}, changes, Operation.UPDATE, context)
        context.before = current
        stamps = {key: value for key, value in context.change_stamps().items() if sobject.get(key)}
        org.store.update(sobject, current["Id"], {**stamps, **changes})
        self._mark_campaign(sobject, current, context)
        org.rules[sobject.name].after(current["Id"], changes, Operation.UPDATE, context)
        if not context.system:
            org.automation.after_save(sobject, current["Id"], Operation.UPDATE, context.user)
        return WriteResult(current["Id"], False)

    def _current(self, write: RecordWrite, context: WriteContext, access: Access) -> Row:
        """Returns the row to change. Raises RecordError if it does not exist or the user may not change it."""
        current: Row | None = self.org.store.get(write.sobject.name, write.record_id)
        if current is None:
            raise RecordError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if current.get("IsDeleted"):
            raise RecordError("ENTITY_IS_DELETED", "entity is deleted")
        if not context.system and not context.user.rights.may(access, write.sobject):
            raise RecordError("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
        if not self._can_see(write.sobject, current, context):
            message = "insufficient access rights on cross-reference id"
            raise RecordError("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", message)
        return current

    def _can_see(self, sobject: SObject, row: Row, context: WriteContext) -> bool:
        return context.system or self.org.users.can_see(context.user, sobject, row)

    def _upsert(self, write: RecordWrite, context: WriteContext) -> WriteResult:
        if write.key is None:
            raise ValueError("an upsert needs a key field")
        found = [] if write.key_value is None else self.org.store.find(write.sobject, write.key, write.key_value)
        found = [row for row in found if self._can_see(write.sobject, row, context)]
        if len(found) > 1:
            listed = ", ".join(row["Id"] for row in found)
            message = f"{write.key.label}: more than one record found for external id field: [{listed}]"
            raise RecordError("DUPLICATE_EXTERNAL_ID", message, [write.key.name])
        if found:
            write.record_id = found[0]["Id"]
            return self._update(write, context)
        write.payload = {**write.payload, write.key.name: write.key_value}
        return self._create(write, context)

    def _delete(self, write: RecordWrite, context: WriteContext) -> WriteResult:
        sobject = write.sobject
        current = self._current(write, context, Access.DELETE)
        self.org.rules[sobject.name].before_delete(current, context)
        self._mark_deleted(sobject.name, current["Id"], context)
        self._mark_campaign(sobject, current, context)
        self.org.clear_status_cache()
        return WriteResult(current["Id"])

    def _mark_deleted(self, name: str, record_id: str, context: WriteContext) -> None:
        self.org.store.update(self.org.schema[name], record_id, {"IsDeleted": 1, "SystemModstamp": context.now})
        for child, column in CASCADES.get(name, ()):
            for row in self.org.store.select(
                f'SELECT * FROM "{child}" WHERE {column} = ? AND IsDeleted = 0', (record_id,)
            ):
                self._mark_deleted(child, row["Id"], context)
                self._mark_campaign(self.org.schema[child], row, context)

    @staticmethod
    def _mark_campaign(sobject: SObject, row: Row, context: WriteContext) -> None:
        if sobject.name == "CampaignMember":
            context.changed_campaigns.add(row["CampaignId"])
