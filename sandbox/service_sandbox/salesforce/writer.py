"""Writes records the way Salesforce does: locks, one transaction with partial success, rules, roll-ups, a journal."""

# ruff: noqa: S608 - names of tables and columns come from the schema, never from a request

import time
from dataclasses import dataclass, field
from typing import Any

from service_sandbox.salesforce import ids
from service_sandbox.salesforce.errors import Refusal
from service_sandbox.salesforce.locks import unable_to_lock
from service_sandbox.salesforce.prepare import Preparer
from service_sandbox.salesforce.rules import recount
from service_sandbox.salesforce.schema import Field, SObject
from service_sandbox.salesforce.values import stamp

ROLLED_BACK = Refusal(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)
CASCADES = {"Lead": (("CampaignMember", "LeadId"),), "Contact": (("CampaignMember", "ContactId"),),
            "Campaign": (("CampaignMember", "CampaignId"), ("CampaignMemberStatus", "CampaignId")),
            "Account": (("Contact", "AccountId"),)}  # fmt: skip


@dataclass
class Context:
    """Who writes, when, and with which request headers."""

    user: Any
    now: str
    csv: bool = False
    system: bool = False
    auto_assign: bool = True
    allow_save: bool = False
    record_details: bool = False
    version: str = "v67.0"
    before: dict[str, Any] = field(default_factory=dict)
    recount: set[str] = field(default_factory=set)

    def stamps(self) -> dict[str, str]:
        """Audit columns of a new record."""
        return {"CreatedDate": self.now, "CreatedById": self.user.id, **self.touched()}

    def touched(self) -> dict[str, str]:
        """Audit columns of a changed record."""
        return {"LastModifiedDate": self.now, "LastModifiedById": self.user.id, "SystemModstamp": self.now}


@dataclass
class Job:
    """One record to write. `verb` is create, update, upsert or delete; `key` and `key_value` are for upsert."""

    verb: str
    sobject: SObject
    payload: dict[str, Any] = field(default_factory=dict)
    record_id: str | None = None
    key: Field | None = None
    key_value: Any = None


@dataclass
class Outcome:
    """What became of a job."""

    id: str | None = None
    created: bool | None = None
    refusal: Refusal | None = None


class _Undo(Exception):
    pass


class Writer:
    """The one way in which records of an org change."""

    def __init__(self, org: Any):
        self.org = org
        self.preparer = Preparer(org)

    def run(self, jobs: list[Job], context: Context, *, all_or_none: bool = False) -> list[Outcome]:
        """Write all jobs in one transaction; refused ones do not stop the others unless `all_or_none`.

        Raises WrongType when a JSON value has a type that its field cannot read; nothing is written then.
        """
        touched = [set() if self.org.store.mine else self._touched(job) for job in jobs]
        with self.org.locks.hold(one for ids_ in touched for one in ids_) as busy:
            if self.org.seconds_per_record:
                time.sleep(self.org.seconds_per_record * len(jobs))
            outcomes: list[Outcome] = []
            try:
                with self.org.store.transaction():
                    self._all(jobs, touched, busy, context, outcomes)
                    if all_or_none and any(one.refusal for one in outcomes):
                        raise _Undo
                    recount(self.org.store, context.recount, context.now)
            except _Undo:
                self.org.forget_statuses()
                return [one if one.refusal else Outcome(refusal=ROLLED_BACK) for one in outcomes]
            except BaseException:
                self.org.forget_statuses()
                raise
        self._log(jobs, outcomes, context)
        return outcomes

    def _all(self, jobs: list[Job], touched: list[set[str]], busy: set[str], context: Context, out: list) -> None:
        for job, locks in zip(jobs, touched, strict=True):
            self.org.store.execute("SAVEPOINT record")
            try:
                if taken := locks & busy:
                    raise unable_to_lock(min(taken))
                if not context.system:
                    self.org.refuse_if_forced()
                out.append(self._one(job, context))
            except Refusal as refusal:
                self.org.store.execute("ROLLBACK TO record")
                out.append(Outcome(refusal=refusal))
            self.org.store.execute("RELEASE record")

    def _log(self, jobs: list[Job], outcomes: list[Outcome], context: Context) -> None:
        for job, outcome in zip(jobs, outcomes, strict=True):
            verb = job.verb if job.verb != "upsert" else ("create" if outcome.created else "update")
            code = outcome.refusal.code if outcome.refusal else None
            if not context.system:
                self.org.writes.add(verb, job.sobject.name, outcome.id, code, job.payload)

    def _touched(self, job: Job) -> set[str]:
        """The record itself and the parents whose locks it needs; best known before the transaction."""
        rules = self.org.rules[job.sobject.name]
        given = {item.name: ids.canonical(value) for name, value in job.payload.items()
                 if (item := job.sobject.get(name)) and item.type == "reference"}  # fmt: skip
        wanted = [*rules.touches(given)]
        if job.record_id:
            current = self.org.store.get(job.sobject.name, job.record_id)
            wanted += [job.record_id, *(rules.touches(current) if current else [])]
        return {one for one in wanted if one}

    def _one(self, job: Job, context: Context) -> Outcome:
        if job.verb == "upsert":
            return self._upsert(job, context)
        deed = {"create": self._create, "update": self._update, "delete": self._delete}[job.verb]
        return deed(job, context)

    def _create(self, job: Job, context: Context) -> Outcome:
        sobject, org = job.sobject, self.org
        if not context.system and not context.user.rights.may("create", sobject):
            message = f"entity type cannot be inserted: {sobject.label}"
            raise Refusal("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message)
        row = self.preparer.row(sobject, job.payload, "create", context)
        self.preparer.defaults(sobject, row, context)
        org.rules[sobject.name].before_create(row, context)
        self.preparer.unique(sobject, row, None)
        if not context.system:
            org.policies(sobject, row, row, "create", context)
        new_id = org.store.insert(sobject, [row])[0]
        self._campaign_changed(sobject, row, context)
        org.rules[sobject.name].after(new_id, row, "create", context)
        return Outcome(new_id, True)

    def _update(self, job: Job, context: Context) -> Outcome:
        sobject, org = job.sobject, self.org
        current = self._living(job)
        if not context.system and not context.user.rights.may("edit", sobject):
            raise Refusal("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
        changes = self.preparer.row(sobject, job.payload, "update", context)
        if not context.system:
            self.preparer.require_on_update(sobject, changes)
        org.rules[sobject.name].before_update(current, changes, context)
        self.preparer.unique(sobject, changes, current["Id"])
        if not context.system:
            org.policies(sobject, {**current, **changes}, changes, "update", context)
        context.before = current
        stamps = {key: value for key, value in context.touched().items() if sobject.get(key)}
        org.store.update(sobject, current["Id"], {**stamps, **changes})
        self._campaign_changed(sobject, current, context)
        org.rules[sobject.name].after(current["Id"], changes, "update", context)
        return Outcome(current["Id"], False)

    def _living(self, job: Job) -> dict[str, Any]:
        current = self.org.store.get(job.sobject.name, job.record_id)
        if current is None:
            raise Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if current.get("IsDeleted"):
            raise Refusal("ENTITY_IS_DELETED", "entity is deleted")
        return current

    def _upsert(self, job: Job, context: Context) -> Outcome:
        if job.key is None:
            raise ValueError("an upsert needs a key field")
        found = [] if job.key_value is None else self.org.store.find(job.sobject, job.key, job.key_value)
        if len(found) > 1:
            listed = ", ".join(row["Id"] for row in found)
            message = f"{job.key.label}: more than one record found for external id field: [{listed}]"
            raise Refusal("DUPLICATE_EXTERNAL_ID", message, [job.key.name])
        if found:
            job.record_id = found[0]["Id"]
            return self._update(job, context)
        job.payload = {**job.payload, job.key.name: job.key_value}
        return self._create(job, context)

    def _delete(self, job: Job, context: Context) -> Outcome:
        sobject = job.sobject
        current = self._living(job)
        if not context.system and not context.user.rights.may("delete", sobject):
            raise Refusal("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
        self.org.rules[sobject.name].before_delete(current, context)
        self._bury(sobject.name, current["Id"], context)
        self._campaign_changed(sobject, current, context)
        self.org.forget_statuses()
        return Outcome(current["Id"])

    def _bury(self, name: str, record_id: str, context: Context) -> None:
        self.org.store.update(self.org.schema[name], record_id, {"IsDeleted": 1, "SystemModstamp": context.now})
        for child, column in CASCADES.get(name, ()):
            for row in self.org.store.select(
                f'SELECT * FROM "{child}" WHERE {column} = ? AND IsDeleted = 0', (record_id,)
            ):
                self._bury(child, row["Id"], context)
                self._campaign_changed(self.org.schema[child], row, context)

    @staticmethod
    def _campaign_changed(sobject: SObject, row: dict[str, Any], context: Context) -> None:
        if sobject.name == "CampaignMember":
            context.recount.add(row["CampaignId"])


def new_context(org: Any, user: Any, **settings: Any) -> Context:
    """A context for a write that starts now, by the org's clock."""
    return Context(user=user, now=stamp(org.clock.now()), **settings)
