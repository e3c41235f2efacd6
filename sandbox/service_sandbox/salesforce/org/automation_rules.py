r"""Rules of the automation of an org: flows, limits of a transaction, apps that own member statuses, removed fields.

Settings of a seed file (all lists; every rule applies to writes through the API only):

flows:                [{object: Lead, field: Email, pattern: '\+[^@]*', replace: ''}]           before-save by default
                      [{object: CampaignMember, where: {Status: Attended}, set: {Status: Attended - MQL}, when: after}]
                      [{object: Lead, when: after, on: create, add_to_campaign: Newsletter}]    (or: newest)
                      [{object: Lead, when: after, on: create, convert: true}]
transaction_limits:   [{object: Lead, rows: 50, error: soql}]        also cpu, flow, unknown; or cpu_ms_per_row: 150
                      [{object: Lead, field: LastName, pattern: '^X', error: trigger}]   one such row fails all rows
status_apps:          [{type: Webinar, statuses: [{Label: Invited, IsDefault: true}, ...], after_seconds: 0}]
frozen_members:       [{field: IsActive, value: false}]              members of such Campaigns cannot be changed
disappearing_fields:  [{object: Lead, field: Region__c, after_calls: 12}]
"""

import dataclasses
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from service_sandbox.salesforce.model.errors import RecordError
from service_sandbox.salesforce.model.schema import SObject
from service_sandbox.salesforce.model.values import convert

Row = dict[str, Any]
CPU_MS = 10_000
"""CPU time of a synchronous transaction (Apex Developer Guide: Execution Governors and Limits)."""
TRIGGER = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
FAILURES = {
    "soql": (TRIGGER, "{0}Trigger: System.LimitException: Too many SOQL queries: 101"),
    "cpu": (TRIGGER, "{0}Trigger: System.LimitException: Apex CPU time limit exceeded"),
    "flow": (
        "CANNOT_EXECUTE_FLOW_TRIGGER",
        'We can\'t save this record because the "{0} Handler" process failed. Give your Salesforce admin these '
        "details. "
        "This error occurred when the flow tried to update records: LIMIT_EXCEEDED: System.LimitException: Too many "
        "queueable jobs added to the queue: 51.",
    ),
    "unknown": ("UNKNOWN_EXCEPTION", "System.LimitException: Apex CPU time limit exceeded"),
    "trigger": (TRIGGER, "{0}Trigger: execution of BeforeInsert\n\ncaused by: System.NullPointerException: Attempt to "
                "de-reference a null object\n\nTrigger.{0}Trigger: line 12, column 1"),
}  # fmt: skip
"""Code and message of a failed transaction; every row has the same. The texts are recorded in public issue trackers."""


class When(StrEnum):
    """`before`: changes the record that is saved. `after`: saves the record, or other records, once more."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True)
class Flow:
    """A record-triggered flow or trigger.

    Attributes:
        on: `create`, `update` or `save` (both).
        field, pattern, replace: a regular expression that rewrites a text value.
        where: values that the record must have.
        set: values that it gets.
        add_to_campaign: name of the Campaign to which the person is added, or `newest`; after only.
        convert: a new lead is converted; after only.
    """

    object: str
    when: str = When.BEFORE
    on: str = "save"
    field: str = ""
    pattern: str = ""
    replace: str = ""
    where: Row = dataclasses.field(default_factory=dict)
    set: Row = dataclasses.field(default_factory=dict)
    add_to_campaign: str = ""
    convert: bool = False

    def __post_init__(self) -> None:
        if self.when not in list(When) or self.on not in ("create", "update", "save"):
            raise ValueError(f"flow of {self.object}: when must be before or after, on create, update or save")
        if (self.add_to_campaign or self.convert) and self.when == When.BEFORE:
            raise ValueError(f"flow of {self.object}: add_to_campaign and convert need when: after")

    def runs(self, sobject: SObject, row: Row, when: When, operation: str) -> bool:
        """Returns whether the flow starts for a record that is saved."""
        starts = self.object == sobject.name and self.when == when and self.on in ("save", operation)
        return starts and all(row.get(name) == value for name, value in self.where.items())

    def changes(self, sobject: SObject, row: Row) -> Row:
        """Returns the values that differ from those of the record."""
        wanted = {name: convert(sobject.fields[name], value) for name, value in self.set.items()}
        if self.field and row.get(self.field) is not None:
            wanted[self.field] = re.sub(self.pattern, self.replace, str(row[self.field])) or None
        return {name: value for name, value in wanted.items() if row.get(name) != value}


@dataclass(frozen=True)
class TransactionLimit:
    """Every row of `object` fails in a transaction with more than `rows` of them, or with a row that matches."""

    object: str
    rows: int | None = None
    cpu_ms_per_row: int | None = None
    field: str = ""
    pattern: str = ""
    error: str = "soql"

    def __post_init__(self) -> None:
        if self.error not in FAILURES:
            raise ValueError(f"transaction limit of {self.object}: error must be one of {sorted(FAILURES)}")

    def is_exceeded(self, payloads: list[Row]) -> bool:
        """Returns whether a transaction with these rows fails."""
        most = CPU_MS // self.cpu_ms_per_row if self.cpu_ms_per_row else self.rows
        if most is not None and len(payloads) > most:
            return True
        return bool(self.field) and any(re.search(self.pattern, str(one.get(self.field) or "")) for one in payloads)

    def failure(self) -> RecordError:
        """Returns the error of every row."""
        code, message = FAILURES[self.error]
        return RecordError(code, message.format(self.object))


@dataclass(frozen=True)
class StatusApp:
    """An app that gives every new Campaign of a type its own member statuses, at once or some seconds later."""

    type: str
    statuses: list[Row]
    after_seconds: float = 0


@dataclass(frozen=True)
class FrozenMembers:
    """Members of Campaigns with this value can neither be created nor changed."""

    field: str = "IsActive"
    value: Any = False
    message: str = "Members of a closed campaign cannot be changed."


@dataclass(frozen=True)
class DisappearingField:
    """A field that an admin removes after a number of API calls, not counting logins."""

    object: str
    field: str
    after_calls: int = 0
