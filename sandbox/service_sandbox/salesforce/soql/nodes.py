"""Syntax tree of a SOQL query. `at` is the offset in the text, for error messages."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class LiteralType(StrEnum):
    """Types of literals; `word` is a date literal such as TODAY or LAST_N_DAYS:3."""

    STRING = "string"
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"
    NULL = "null"
    WORD = "word"


@dataclass(frozen=True)
class Path:
    """A field, possibly of a parent: `Lead.Email` is ("Lead", "Email")."""

    names: tuple[str, ...]
    at: int

    @property
    def text(self) -> str:
        """The path as written."""
        return ".".join(self.names)


@dataclass(frozen=True)
class Function:
    """`COUNT()` or `MAX(CreatedDate)`."""

    name: str
    path: Path | None
    at: int


@dataclass(frozen=True)
class Literal:
    r"""A literal. `pattern` is a string for LIKE, in which `\%` and `\_` are still escaped."""

    type: LiteralType
    value: Any
    at: int
    pattern: str | None = None


@dataclass(frozen=True)
class Compare:
    """A comparison with the operator = != < <= > >= or LIKE."""

    operand: Path | Function
    operator: str
    literal: Literal


@dataclass(frozen=True)
class InList:
    """A comparison with a list: [NOT] IN, or INCLUDES and EXCLUDES on a multi-select picklist."""

    operand: Path | Function
    operator: str
    literals: tuple[Literal, ...]


@dataclass(frozen=True)
class InQuery:
    """A semi-join or anti-join: operand [NOT] IN (SELECT ...)."""

    operand: Path | Function
    negated: bool
    query: "Query"


@dataclass(frozen=True)
class Logic:
    """Conditions combined by AND or OR, or one condition with NOT."""

    operator: str
    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Column:
    """One entry of the SELECT list: a field, a function or a child query."""

    expression: "Path | Function | Query"
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
    """A complete statement."""

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
        """Whether the query is `SELECT COUNT() FROM ...`, which returns a number and no records."""
        only = self.columns[0].expression
        return isinstance(only, Function) and only.path is None

    @property
    def aggregate(self) -> bool:
        """Whether the result consists of AggregateResult rows."""
        return bool(self.group) or any(isinstance(one.expression, Function) for one in self.columns)
