"""Writes to Salesforce, and the result of a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from livestorm_salesforce.clients.salesforce.soql import Query

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Create:
    """New records of one object, field names in Salesforce's spelling."""

    object: str
    records: Sequence[Record] = field(repr=False)


@dataclass(frozen=True)
class Update:
    """Changed fields of existing records; each holds `Id`. None empties a field, a missing key leaves it alone."""

    object: str
    records: Sequence[Record] = field(repr=False)


@dataclass(frozen=True)
class Upsert:
    """Records that are matched or created by a unique external id. Each holds that id; none holds `Id`."""

    object: str
    external_id_field: str
    records: Sequence[Record] = field(repr=False)


@dataclass(frozen=True)
class Delete:
    """Records to delete, by id. Only an undo deletes."""

    ids: Sequence[str]


Write = Create | Update | Upsert | Delete
Request = Query | Write


@dataclass(frozen=True)
class RowResult:
    """Salesforce's answer to one row of a write.

    Attributes:
        success: True if the row was written.
        id: record id, None if the row was rejected.
        created: True if the row made a new record.
        code: Salesforce's error code, such as `DUPLICATE_VALUE`; `UNPROCESSED` if a bulk job ended before the row.
        message: Salesforce's message. It may quote personal data: for the run folder only, never for a log.
        fields: fields that the error names.
    """

    success: bool
    id: str | None = None
    created: bool = False
    code: str | None = None
    message: str | None = field(default=None, repr=False)
    fields: tuple[str, ...] = ()


ROW_LOCKED = "UNABLE_TO_LOCK_ROW"
UNPROCESSED = "UNPROCESSED"


def code_of(code: str, message: str) -> str:
    """The code of a row's error: a lock that a trigger or flow of the org met is named in its message only."""
    return ROW_LOCKED if ROW_LOCKED in message else code


def rows_of(request: Write) -> Sequence[Any]:
    """The rows of a write: its records, or the ids of a deletion."""
    return request.ids if isinstance(request, Delete) else request.records
