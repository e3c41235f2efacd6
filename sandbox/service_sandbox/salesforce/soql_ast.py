"""A parsed SOQL query as plain data; `at` is the offset in the text, for error messages."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Path:
    """A field, possibly of a parent: `Lead.Email` is ("Lead", "Email")."""

    names: tuple[str, ...]
    at: int

    @property
    def text(self) -> str:
        """As written."""
        return ".".join(self.names)


@dataclass(frozen=True)
class Function:
    """`COUNT()` or `MAX(CreatedDate)`."""

    name: str
    path: Path | None
    at: int


@dataclass(frozen=True)
class Literal:
    """A constant: kind is string, number, date, datetime, boolean, null or word (TODAY, LAST_N_DAYS:3)."""

    kind: str
    value: Any
    at: int
    pattern: str | None = None
    """A string for LIKE: `\\%` and `\\_` still escaped."""


@dataclass(frozen=True)
class Compare:
    """operand operator literal; operators are = != < <= > >= and LIKE."""

    operand: Path | Function
    operator: str
    literal: Literal


@dataclass(frozen=True)
class Among:
    """operand [NOT] IN (...), or INCLUDES and EXCLUDES on a multi-select picklist."""

    operand: Path | Function
    operator: str
    literals: tuple[Literal, ...]


@dataclass(frozen=True)
class InQuery:
    """operand [NOT] IN (SELECT ...): a semi-join or anti-join."""

    operand: Path | Function
    negated: bool
    query: "Query"


@dataclass(frozen=True)
class Logic:
    """AND, OR (several parts) or NOT (one)."""

    operator: str
    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Column:
    """One entry of the SELECT list: a field, a function or a child query."""

    what: "Path | Function | Query"
    alias: str | None
    at: int


@dataclass(frozen=True)
class Ordering:
    """One entry of ORDER BY."""

    operand: Path | Function
    descending: bool
    nulls_last: bool


@dataclass
class Query:
    """A whole statement."""

    columns: list[Column]
    source: str
    source_at: int
    alias: str | None = None
    where: Any = None
    group: list[Path] = field(default_factory=list)
    having: Any = None
    order: list[Ordering] = field(default_factory=list)
    limit: int | None = None
    offset: int | None = None
    at: int = 0
    text: str = ""

    @property
    def counts_only(self) -> bool:
        """`SELECT COUNT() FROM ...`, which answers a number and no records."""
        only = self.columns[0].what
        return isinstance(only, Function) and only.path is None

    @property
    def aggregate(self) -> bool:
        """Whether the answer consists of AggregateResult rows."""
        return bool(self.group) or any(isinstance(one.what, Function) for one in self.columns)
