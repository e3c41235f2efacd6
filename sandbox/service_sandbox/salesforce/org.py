"""One Salesforce org: its records, users, apps and rules, with a plain Python door for seeds and tests."""

# ruff: noqa: S608 - names of tables and columns come from the schema, never from a request

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from service_sandbox.salesforce import ids
from service_sandbox.salesforce.duplicates import Duplicates
from service_sandbox.salesforce.errors import Refusal
from service_sandbox.salesforce.journal import Writes
from service_sandbox.salesforce.locks import Locks, unable_to_lock
from service_sandbox.salesforce.member_rules import MemberRules, StatusRules
from service_sandbox.salesforce.policies import Policies
from service_sandbox.salesforce.rules import CampaignRules, ContactRules, LeadRules, Rules, recount
from service_sandbox.salesforce.schema import Field, Schema, SObject, custom_field
from service_sandbox.salesforce.store import Store
from service_sandbox.salesforce.users import Users
from service_sandbox.salesforce.values import stamp
from service_sandbox.salesforce.writer import Job, Writer, new_context

RULES = {"Lead": LeadRules, "Contact": ContactRules, "Campaign": CampaignRules, "CampaignMember": MemberRules,
         "CampaignMemberStatus": StatusRules}  # fmt: skip
AUDIT = {"CreatedDate", "LastModifiedDate", "SystemModstamp", "CreatedById", "LastModifiedById"}
FRESH_STATUSES = (
    {"Label": "Sent", "IsDefault": 1, "HasResponded": 0},
    {"Label": "Responded", "IsDefault": 0, "HasResponded": 1},
)


class Org:
    """The org's state. `path` is an SQLite file (None: in memory), `clock` anything with `now()` in UTC.

    Public for tests: `insert`, `rows`, `snapshot`, `edit`, `delete`, `convert_lead`, `merge`, `add_field`, `statuses`,
    `writes` (what came in through the API), `users`, `policies`, `locks`, `seconds_per_record`, `lock_next`.
    """

    def __init__(self, path: Path | str | None, clock: Any):
        self.clock = clock
        self.schema = Schema()
        self.store = Store(path, self.schema)
        self.locks = Locks()
        self.writes = Writes(clock)
        self.rules: dict[str, Rules] = {one.name: RULES.get(one.name, Rules)(self) for one in self.schema}
        self.writer = Writer(self)
        self.default_statuses: list[dict[str, Any]] = [dict(one) for one in FRESH_STATUSES]
        self.seconds_per_record = 0.0
        self._forced: list[Refusal] = []
        self._statuses: dict[str, list[dict[str, Any]]] = {}
        self._required: dict[str, list[Field]] = {}
        self.users = Users(self)
        self.policies = Policies(self)
        self.duplicates = Duplicates(self)
        self.daily_calls = 115_000

    # --- the plain door -------------------------------------------------------------------------------------------

    def insert(self, sobject: str, rows: Iterable[dict[str, Any]], *, as_system: bool = True) -> list[str]:
        """New records, as `{field: value}`; returns their ids.

        As system, read-only fields (CreatedDate, IsConverted, ConvertedContactId, IsDeleted...) may be set and only
        the rules that keep data in shape apply, as in a migrated org; otherwise the rows pass every rule of the API and
        a Refusal is raised.
        """
        context = new_context(self, self.users.admin, system=as_system)
        jobs = [Job("create", self.schema[sobject], dict(row)) for row in rows]
        return [self._id(outcome) for outcome in self.writer.run(jobs, context, all_or_none=True)]

    def edit(self, record_id: str, **fields: Any) -> None:
        """Change a record as a person with all rights would, read-only fields included."""
        self._write("update", record_id, fields)

    def delete(self, record_id: str) -> None:
        """Move a record and what hangs on it to the recycle bin."""
        self._write("delete", record_id, {})

    def _write(self, verb: str, record_id: str, fields: dict[str, Any]) -> None:
        found = self.schema.of_id(record_id)
        if found is None:
            raise ValueError(f"no object has the key prefix {record_id[:3]}")
        context = new_context(self, self.users.admin, system=True)
        job = Job(verb, found, fields, ids.canonical(record_id))
        self._id(self.writer.run([job], context, all_or_none=True)[0])

    @staticmethod
    def _id(outcome: Any) -> str:
        if outcome.refusal:
            raise outcome.refusal
        return outcome.id

    def rows(self, sobject: str, include_deleted: bool = False) -> list[dict[str, Any]]:
        """All records of an object as the API would return their fields (booleans as such), oldest first."""
        kind = self.schema[sobject]
        alive = "" if include_deleted or not kind.get("IsDeleted") else " WHERE IsDeleted = 0"
        found = self.store.select(f'SELECT * FROM "{kind.name}_view"{alive} ORDER BY _n')
        flags = [item.name for item in kind.fields.values() if item.type == "boolean"]
        for row in found:
            del row["_n"]
            row.update({name: bool(row[name]) for name in flags if name in row})
        return found

    def snapshot(self) -> dict[str, list[dict[str, Any]]]:
        """Every record, deleted ones included, without the stamps and audit users; equal if nothing changed."""
        return {kind.name: [_content(row) for row in self.rows(kind.name, True)] for kind in self.schema}

    def content(self) -> dict[str, list[dict[str, Any]]]:
        """Living records as a person would compare them: no ids, references by name, sorted.

        Two orgs that hold the same are equal even if their records were made in another order.
        """
        names = {row["Id"]: _key(row) for kind in self.schema for row in self.rows(kind.name, True)}
        return {
            kind.name: sorted(
                ({k: names.get(v, v) for k, v in _content(row).items() if k != "Id"} for row in self.rows(kind.name)),
                key=repr,
            )
            for kind in self.schema
        }

    def add_field(self, sobject: str, name: str, **definition: Any) -> Field:
        """A custom field (see `schema.custom_field` for the words); visible to every user without a field list."""
        kind = self.schema[sobject]
        item = custom_field(name, definition)
        kind.add(item)
        self.store.add_column(kind, item)
        self.forget_required()
        return item

    def remove_field(self, sobject: str, name: str) -> None:
        """Take a custom field out of the org; its data go with it."""
        self.schema[sobject].remove(name)
        self.forget_required()

    def convert_lead(self, lead_id: str, contact_id: str | None = None, account_id: str | None = None) -> str:
        """Convert a lead, to a given contact or a new one (with a new account for its company); returns the contact.

        Members of the lead pass to the contact and then carry both ids, except where the contact is one already.
        """
        from service_sandbox.salesforce.lifecycle import convert

        return convert(self, lead_id, contact_id, account_id)

    def merge(self, master: str, loser: str) -> None:
        """Merge two records of one object: the loser is deleted with MasterRecordId, its members move to the master."""
        from service_sandbox.salesforce.lifecycle import merge

        merge(self, master, loser)

    # --- for the rules --------------------------------------------------------------------------------------------

    def statuses(self, campaign_id: str) -> list[dict[str, Any]]:
        """The member statuses of a campaign, in sort order."""
        if campaign_id not in self._statuses:
            self._statuses[campaign_id] = self.store.select(
                'SELECT * FROM "CampaignMemberStatus" WHERE CampaignId = ? AND IsDeleted = 0 ORDER BY SortOrder, _n',
                (campaign_id,),
            )
        return self._statuses[campaign_id]

    def forget_statuses(self) -> None:
        """Statuses may have changed."""
        self._statuses.clear()

    def required_fields(self, sobject: SObject) -> list[Field]:
        """Fields that must have a value at creation."""
        if sobject.name not in self._required:
            self._required[sobject.name] = [item for item in sobject.fields.values() if item.required]
        return self._required[sobject.name]

    def picklist(self, sobject: SObject, item: Field) -> list[str]:
        """The values that describe offers; for a member's Status the union over all campaigns of the org."""
        if sobject.name == "CampaignMember" and item.name == "Status":
            used = self.store.select('SELECT DISTINCT Label FROM "CampaignMemberStatus" WHERE IsDeleted = 0 ORDER BY 1')
            defaults = [one["Label"] for one in self.default_statuses]
            return list(dict.fromkeys([*defaults, *(row["Label"] for row in used)]))
        return item.values

    def forget_required(self) -> None:
        """A field's flags have changed."""
        self._required.clear()

    def deleted_flag(self, sobject: SObject, record_id: str) -> bool | None:
        """Whether a record is deleted; None when there is no such record."""
        column = "IsDeleted" if sobject.get("IsDeleted") else "0"
        found = self.store.scalar(f'SELECT {column} FROM "{sobject.name}" WHERE Id = ?', (record_id,))
        return None if found is None else bool(found)

    def recount(self, campaign_ids: set[str]) -> None:
        """Recompute the roll-ups of these campaigns."""
        recount(self.store, campaign_ids, stamp(self.clock.now()))

    # --- faults ---------------------------------------------------------------------------------------------------

    def lock_next(self, n: int, code: str = "UNABLE_TO_LOCK_ROW") -> None:
        """Refuse the next `n` records that the API writes with this code."""
        refusal = (
            unable_to_lock() if code == "UNABLE_TO_LOCK_ROW" else Refusal(code, "refused by the sandbox on request")
        )
        self._forced += [refusal] * n

    def lock_no_more(self) -> None:
        """Take back what `lock_next` asked for and no write has met."""
        self._forced.clear()

    def refuse_if_forced(self) -> None:
        """Use up one refusal asked for by `lock_next`."""
        if self._forced:
            raise self._forced.pop()

    def close(self) -> None:
        """Close the database."""
        self.store.close()


def _content(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in AUDIT}


def _key(row: dict[str, Any]) -> str:
    """A name for a record that does not depend on when it was made."""
    known = (row.get(name) for name in ("Email", "Username", "Livestorm_Session_Id__c", "Name", "Label"))
    return next((str(one) for one in known if one), row["Id"])
