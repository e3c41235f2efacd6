"""One Salesforce org: records, users, apps and rules, with a Python API for seeds and tests."""

# ruff: noqa: S608 - names of tables and columns come from the schema, not from a request

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from service_sandbox.control.clock import Clock
from service_sandbox.salesforce.model import ids
from service_sandbox.salesforce.model.errors import RecordError
from service_sandbox.salesforce.model.schema import Field, Schema, SObject, custom_field
from service_sandbox.salesforce.model.values import format_datetime
from service_sandbox.salesforce.org import lifecycle
from service_sandbox.salesforce.org.automation import Automation
from service_sandbox.salesforce.org.duplicates import Duplicates
from service_sandbox.salesforce.org.locks import Locks, lock_error
from service_sandbox.salesforce.org.member_rules import MemberRules, StatusRules
from service_sandbox.salesforce.org.operations import Operation
from service_sandbox.salesforce.org.permission_sets import PermissionSets
from service_sandbox.salesforce.org.policies import Policies
from service_sandbox.salesforce.org.record_types import RecordTypes
from service_sandbox.salesforce.org.rules import CampaignRules, ContactRules, LeadRules, Rules, update_rollups
from service_sandbox.salesforce.org.store import Store
from service_sandbox.salesforce.org.users import User, Users
from service_sandbox.salesforce.org.write_log import WriteLog
from service_sandbox.salesforce.org.writer import Writer
from service_sandbox.salesforce.org.writes import RecordWrite, WriteResult, new_write_context

Row = dict[str, Any]
RULES = {"Lead": LeadRules, "Contact": ContactRules, "Campaign": CampaignRules, "CampaignMember": MemberRules,
         "CampaignMemberStatus": StatusRules}  # fmt: skip
AUDIT = {"CreatedDate", "LastModifiedDate", "SystemModstamp", "CreatedById", "LastModifiedById"}
STANDARD_STATUSES = ({"Label": "Sent", "IsDefault": 1, "HasResponded": 0},
                     {"Label": "Responded", "IsDefault": 0, "HasResponded": 1})  # fmt: skip
NAME_FIELDS = ("Email", "Username", "Livestorm_Session_Id__c", "Name", "Label")
LOCKED = "UNABLE_TO_LOCK_ROW"


class Org:
    """State of the org.

    Args:
        path: SQLite file; None for a database in memory.

    Attributes:
        writes: log of the writes through the API.
        users, permission_sets: users, queues and apps; permission sets.
        policies: validation rules, checks and the assignment rule.
        record_types: record types that restrict picklists.
        automation: flows, transaction limits, apps and fields that are removed.
        text_units: units of a text's length, `characters` or `utf16`.
        locks: record locks.
        seconds_per_record: duration of a write per record, in real time.
        daily_calls: API calls per 24 hours; 100,000 plus 1,000 per licence in an Enterprise org.
        deployments: see `org_config.py`.
    """

    def __init__(self, path: Path | str | None, clock: Clock) -> None:
        self.clock = clock
        self.schema = Schema()
        self.store = Store(path, self.schema)
        self.locks = Locks()
        self.writes = WriteLog(clock)
        self.rules: dict[str, Rules] = {one.name: RULES.get(one.name, Rules)(self) for one in self.schema}
        self.writer = Writer(self)
        self.default_statuses: list[Row] = [dict(one) for one in STANDARD_STATUSES]
        self.seconds_per_record = 0.0
        self._forced_rejections: list[RecordError] = []
        self._statuses: dict[str, list[Row]] = {}
        self._required: dict[str, list[Field]] = {}
        self.users = Users(self)
        self.permission_sets = PermissionSets(self)
        self.policies = Policies()
        self.record_types = RecordTypes(self)
        self.policies.checks.append(self.record_types.check)
        self.duplicates = Duplicates(self)
        self.automation = Automation(self)
        self.text_units = "characters"
        self.daily_calls = 115_000
        self.deployments: dict[str, Any] = {}

    # --- Python API -------------------------------------------------------------------------------------------------

    def insert(self, sobject: str, rows: Iterable[Row], *, as_system: bool = True) -> list[str]:
        """Creates records from `{field: value}`; returns their ids.

        Args:
            as_system: read-only fields (CreatedDate, IsConverted, IsDeleted, ...) can be set and only the rules that
                keep data consistent apply, as in a data migration. Otherwise all rules of the API apply.

        Raises:
            RecordError: a record is rejected; no record is created.
        """
        context = new_write_context(self, self.users.admin, system=as_system)
        writes = [RecordWrite(Operation.CREATE, self.schema[sobject], dict(row)) for row in rows]
        return [_id(result) for result in self.writer.run(writes, context, all_or_none=True)]

    def edit(self, record_id: str, **fields: Any) -> None:
        """Changes a record as the colleague, including read-only fields. Raises RecordError if a rule rejects it."""
        self._write(Operation.UPDATE, record_id, fields, self.users.colleague)

    def edit_as(self, user: User, record_id: str, fields: Row) -> None:
        """Changes a record as a user, without the rights and rules of the API."""
        self._write(Operation.UPDATE, record_id, fields, user)

    def delete(self, record_id: str) -> None:
        """Moves a record and its dependent records to the recycle bin."""
        self._write(Operation.DELETE, record_id, {})

    def _write(self, operation: Operation, record_id: str, fields: Row, user: User | None = None) -> None:
        found = self.schema.of_id(record_id)
        if found is None:
            raise ValueError(f"no object has the key prefix {record_id[:3]}")
        context = new_write_context(self, user or self.users.admin, system=True)
        write = RecordWrite(operation, found, fields, ids.canonical(record_id))
        _id(self.writer.run([write], context, all_or_none=True)[0])

    def rows(self, sobject: str, include_deleted: bool = False) -> list[Row]:
        """Returns all records of an object, oldest first, with values as in the API (booleans as such)."""
        kind = self.schema[sobject]
        alive = "" if include_deleted or not kind.get("IsDeleted") else " WHERE IsDeleted = 0"
        found = self.store.select(f'SELECT * FROM "{kind.name}_view"{alive} ORDER BY _n')
        flags = [item.name for item in kind.fields.values() if item.type == "boolean"]
        for row in found:
            del row["_n"]
            row.update({name: bool(row[name]) for name in flags if name in row})
        return found

    def snapshot(self) -> dict[str, list[Row]]:
        """Returns all records, including deleted ones, without audit fields; equal if nothing was changed."""
        return {kind.name: [_without_audit(row) for row in self.rows(kind.name, True)] for kind in self.schema}

    def content(self) -> dict[str, list[Row]]:
        """Returns all existing records without ids, with names instead of references, sorted.

        The contents of two orgs are equal if they have the same records, created in any order.
        """
        names = {row["Id"]: _name(row) for kind in self.schema for row in self.rows(kind.name, True)}
        return {
            kind.name: sorted(
                (
                    {key: names.get(value, value) for key, value in _without_audit(row).items() if key != "Id"}
                    for row in self.rows(kind.name)
                ),
                key=repr,
            )
            for kind in self.schema
        }

    def add_field(self, sobject: str, name: str, **definition: Any) -> Field:
        """Adds a custom field (see `schema.custom_field`); visible to every user without field-level security."""
        kind = self.schema[sobject]
        item = custom_field(name, definition)
        kind.add(item)
        self.store.add_column(kind, item)
        self.clear_required_cache()
        return item

    def remove_field(self, sobject: str, name: str) -> None:
        """Removes a custom field with its values."""
        self.schema[sobject].remove(name)
        self.clear_required_cache()

    def convert_lead(self, lead_id: str, contact_id: str | None = None, account_id: str | None = None) -> str:
        """Converts a lead to a given contact, or to a new contact and account; returns the id of the contact.

        Campaign members of the lead move to the contact and keep both ids, unless the contact is already a member.

        Raises:
            ValueError: the lead does not exist or is already converted.
        """
        return lifecycle.convert(self, lead_id, contact_id, account_id)

    def merge(self, master: str, loser: str) -> None:
        """Merges two records: deletes the loser with MasterRecordId, and moves its campaign members to the master."""
        lifecycle.merge(self, master, loser)

    # --- used by rules ---
    def statuses(self, campaign_id: str) -> list[Row]:
        """Returns the member statuses of a campaign in sort order."""
        if campaign_id not in self._statuses:
            self._statuses[campaign_id] = self.store.select(
                'SELECT * FROM "CampaignMemberStatus" WHERE CampaignId = ? AND IsDeleted = 0 ORDER BY SortOrder, _n',
                (campaign_id,),
            )
        return self._statuses[campaign_id]

    def clear_status_cache(self) -> None:
        """Clears the cached statuses after a change."""
        self._statuses.clear()

    def required_fields(self, sobject: SObject) -> list[Field]:
        """Returns the fields that must have a value at creation."""
        if sobject.name not in self._required:
            self._required[sobject.name] = [item for item in sobject.fields.values() if item.required]
        return self._required[sobject.name]

    def clear_required_cache(self) -> None:
        """Clears the cached required fields after a change of fields."""
        self._required.clear()

    def picklist(self, sobject: SObject, item: Field) -> list[str]:
        """Returns the values in describe; for a member's Status the statuses of all campaigns of the org."""
        if sobject.name == "CampaignMember" and item.name == "Status":
            used = self.store.select('SELECT DISTINCT Label FROM "CampaignMemberStatus" WHERE IsDeleted = 0 ORDER BY 1')
            defaults = [one["Label"] for one in self.default_statuses]
            return list(dict.fromkeys([*defaults, *(row["Label"] for row in used)]))
        return item.values

    def deleted_flag(self, sobject: SObject, record_id: str) -> bool | None:
        """Returns whether a record is deleted; None if it does not exist."""
        column = "IsDeleted" if sobject.get("IsDeleted") else "0"
        found = self.store.scalar(f'SELECT {column} FROM "{sobject.name}" WHERE Id = ?', (record_id,))
        return None if found is None else bool(found)

    def update_rollups(self, campaign_ids: set[str]) -> None:
        """Computes the roll-up fields of campaigns."""
        update_rollups(self.store, campaign_ids, format_datetime(self.clock.now()))

    # --- faults ---
    def reject_next_writes(self, count: int, code: str = LOCKED) -> None:
        """Rejects the next `count` records that the API writes, with this error code."""
        error = lock_error() if code == LOCKED else RecordError(code, "rejected by the sandbox on request")
        self._forced_rejections += [error] * count

    def clear_rejections(self) -> None:
        """Cancels rejections requested by `reject_next_writes`."""
        self._forced_rejections.clear()

    def apply_forced_rejection(self) -> None:
        """Raises the next error requested by `reject_next_writes`."""
        if self._forced_rejections:
            raise self._forced_rejections.pop()

    def close(self) -> None:
        """Closes the database."""
        self.store.close()


def _id(result: WriteResult) -> str:
    if result.error:
        raise result.error
    return str(result.id)


def _without_audit(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in AUDIT}


def _name(row: Row) -> str:
    """Returns a name that does not depend on the order in which records were created."""
    known = (row.get(name) for name in NAME_FIELDS)
    return next((str(one) for one in known if one), row["Id"])
