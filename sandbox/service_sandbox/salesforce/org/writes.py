"""A write of one record: its context, its description and its result."""

from dataclasses import dataclass, field
from typing import Any

from service_sandbox.salesforce.model.errors import RecordError
from service_sandbox.salesforce.model.schema import Field, SObject
from service_sandbox.salesforce.model.values import format_datetime
from service_sandbox.salesforce.org.operations import Operation
from service_sandbox.salesforce.org.users import User

Row = dict[str, Any]
ROLLED_BACK = RecordError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)


@dataclass
class WriteContext:
    """User, time and options of a write.

    Attributes:
        csv: values are text of a CSV file.
        system: seeds and edits: read-only fields can be set; permissions, policies and the log do not apply.
        auto_assign: the assignment rule runs.
        allow_save: alerting duplicate rules do not reject records.
        record_details: errors of duplicate rules contain all fields of the matching records.
        before: the row before an update, for rules.
        changed_campaigns: ids of campaigns whose roll-ups must be computed.
    """

    user: User
    now: str
    csv: bool = False
    system: bool = False
    auto_assign: bool = True
    allow_save: bool = False
    record_details: bool = False
    version: str = "v67.0"
    before: Row = field(default_factory=dict)
    changed_campaigns: set[str] = field(default_factory=set)

    def creation_stamps(self) -> dict[str, str]:
        """Returns the audit columns of a new record."""
        return {"CreatedDate": self.now, "CreatedById": self.user.id, **self.change_stamps()}

    def change_stamps(self) -> dict[str, str]:
        """Returns the audit columns of a changed record."""
        return {"LastModifiedDate": self.now, "LastModifiedById": self.user.id, "SystemModstamp": self.now}


@dataclass
class RecordWrite:
    """One record to write; `key` and `key_value` identify the record of an upsert."""

    operation: Operation
    sobject: SObject
    payload: Row = field(default_factory=dict)
    record_id: str | None = None
    key: Field | None = None
    key_value: Any = None


@dataclass
class WriteResult:
    """Result of one `RecordWrite`: an id, or an error."""

    id: str | None = None
    created: bool | None = None
    error: RecordError | None = None


def new_write_context(org: Any, user: User, **settings: Any) -> WriteContext:
    """Returns a context with the current time of the org's clock."""
    return WriteContext(user=user, now=format_datetime(org.clock.now()), **settings)
