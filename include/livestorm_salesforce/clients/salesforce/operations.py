"""What Salesforce is asked, and what it says about a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Query:
    """A SOQL statement; all its pages are read. What Salesforce finds too long, too complicated or too slow is asked in
    parts, as far as `soql.halves` can cut it."""

    soql: str


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
    """Records found or made by a unique external id, which each holds; none holds `Id`."""

    object: str
    external_id_field: str
    records: Sequence[Record] = field(repr=False)


@dataclass(frozen=True)
class Delete:
    """Records to delete, by id. Only an undo asks for it."""

    ids: Sequence[str]


Write = Create | Update | Upsert | Delete
Request = Query | Write


@dataclass(frozen=True)
class RowResult:
    """What became of one row.

    Attributes:
        success: whether Salesforce took it.
        id: record id, None if refused.
        created: whether the row made a new record.
        code: Salesforce's error code, such as `DUPLICATE_VALUE`; `UNPROCESSED` if a bulk job ended before the row.
        message: Salesforce's own words. They may quote the person's data: for the run folder only, never for a log.
        fields: fields to blame, if told.
    """

    success: bool
    id: str | None = None
    created: bool = False
    code: str | None = None
    message: str | None = field(default=None, repr=False)
    fields: tuple[str, ...] = ()


LOCKED = "UNABLE_TO_LOCK_ROW"
UNPROCESSED = "UNPROCESSED"


def rows_of(request: Write) -> Sequence[Any]:
    """The rows of a write: its records, or the ids of a deletion."""
    return request.ids if isinstance(request, Delete) else request.records
