"""SOQL queries as objects: names are checked, values are escaped (SOQL and SOSL Reference)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

LITERAL_LIMIT = 4_000  # characters of a string literal in a WHERE (App Limits Cheat Sheet)
#: Characters of the first list of a query and of each further one. A statement may have 100,000 (App Limits Cheat
#: Sheet); the rest is for the fields and keeps clear of QUERY_TOO_COMPLICATED.
LIST_CHARACTERS = 60_000
FURTHER_LIST_CHARACTERS = 20_000
#: A page of a query holds 2,000 records, so a list of this length is usually answered in one call.
LIST_VALUES = 2_000
#: LIKE with a leading wildcard cannot use an index: a list of this length stays within the time limit of a query.
LIST_PATTERNS = 200

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*){0,5}")
_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
#: Characters that a literal must escape: quote, backslash, control characters, line separators, lone surrogates.
_UNSAFE = re.compile("[\\\\'\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def quote(text: str) -> str:
    r"""A string literal. The only way a value enters a statement.

    >>> quote("O'Neill")
    "'O\\'Neill'"
    """
    return "'" + _UNSAFE.sub(lambda match: _ESCAPES.get(match[0]) or f"\\u{ord(match[0]):04X}", text) + "'"


def name(text: str) -> str:
    """The name of an object or a field of its own, checked.

    Raises:
        ValueError: it is not an identifier.
    """
    if not _NAME.fullmatch(text):
        raise ValueError("not the name of an object or a field")
    return text


def field(text: str) -> str:
    """A field, or a path to a parent's field (`Lead.Email`), checked.

    Raises:
        ValueError: it is neither.
    """
    if not _FIELD.fullmatch(text):
        raise ValueError("not the name of a field")
    return text


@dataclass(frozen=True)
class AnyOf:
    """A condition that holds for each value of a list: `Email IN ('a','b')`, or LIKE patterns joined by OR.

    Attributes:
        opening: text before the first term, with the opening bracket.
        terms: escaped terms, distinct.
        separator: text between two terms.
        most: terms of one query.
    """

    opening: str
    terms: tuple[str, ...]
    separator: str
    most: int

    def __str__(self) -> str:
        return f"{self.opening}{self.separator.join(self.terms)})"

    def chunks(self, max_chars: int) -> Iterator[AnyOf]:
        """Conditions of at most `max_chars` characters that together hold every term once; none without a term.

        A single term may pass the limit: terms are not cut.
        """
        chunk: list[str] = []
        empty = length = len(self.opening) + 1
        for term in self.terms:
            size = len(term) + len(self.separator)
            if chunk and (length + size > max_chars or len(chunk) >= self.most):
                yield replace(self, terms=tuple(chunk))
                chunk, length = [], empty
            chunk.append(term)
            length += size
        if chunk:
            yield replace(self, terms=tuple(chunk))

    def halves(self) -> tuple[AnyOf, AnyOf]:
        """The first and the second half of the list."""
        middle = len(self.terms) // 2
        return replace(self, terms=self.terms[:middle]), replace(self, terms=self.terms[middle:])


Condition = AnyOf | str


def in_list(field_name: str, values: Iterable[object]) -> AnyOf:
    """The condition `field IN (...)` for the distinct values.

    Nulls and empty texts are left out (`IN ('')` finds every blank), and so are texts past Salesforce's limit for a
    literal: no field that can be filtered holds a text of 4,000 characters.
    """
    literals = _within_limit(quote(value) for value in _texts(values))
    return AnyOf(f"{field(field_name)} IN (", literals, ",", LIST_VALUES)


def containing(field_name: str, texts: Iterable[object]) -> AnyOf:
    """The condition `(field LIKE '%one%' OR field LIKE '%other%')` for the distinct texts."""
    patterns = _within_limit(like_pattern(text) for text in _texts(texts))
    return AnyOf("(", tuple(f"{field(field_name)} LIKE {pattern}" for pattern in patterns), " OR ", LIST_PATTERNS)


def equals(field_name: str, value: str | bool) -> str:
    """The condition that a field has a value."""
    return f"{field(field_name)} = {_literal(value)}"


def not_equals(field_name: str, value: str | bool) -> str:
    """The condition that a field has another value."""
    return f"{field(field_name)} != {_literal(value)}"


def like_pattern(text: str) -> str:
    r"""The LIKE pattern for fields that contain a text: `%` and `_` of the text are escaped.

    >>> like_pattern("50%_'")
    "'%50\\%\\_\\'%'"
    """
    inner = quote(text)[1:-1].replace("%", r"\%").replace("_", r"\_")
    return f"'%{inner}%'"


@dataclass(frozen=True)
class Query:
    """The records of one object that meet all conditions, from all pages of the answer.

    Attributes:
        deleted: also records in the recycle bin, and those that were merged into another (REST API guide: QueryAll).

    A query that is too long for one statement is sent as several, and so is one that Salesforce answers with
    "too long", "too complicated" or "timed out". A query with an empty list is not sent: it finds no record.

    Raises:
        ValueError: an object or a field is not an identifier, or there is no field.
    """

    object: str
    fields: Sequence[str]
    where: Sequence[Condition] = ()
    deleted: bool = False

    def __post_init__(self) -> None:
        name(self.object)
        if not [field(item) for item in self.fields]:
            raise ValueError("a query needs a field")

    @property
    def resource(self) -> str:
        """The resource of the REST API."""
        return "queryAll" if self.deleted else "query"

    def __str__(self) -> str:
        statement = f"SELECT {', '.join(self.fields)} FROM {self.object}"  # noqa: S608 - names and values are checked
        return f"{statement} WHERE {' AND '.join(map(str, self.where))}" if self.where else statement

    def chunks(self) -> Iterator[Query]:
        """Queries that each fit a statement and together find the same records; none if a list is empty."""
        choices: list[list[Condition]] = []
        limit = LIST_CHARACTERS
        for condition in self.where:
            if isinstance(condition, AnyOf):
                choices.append([*condition.chunks(limit)])
                limit = FURTHER_LIST_CHARACTERS
            else:
                choices.append([condition])
        for where in product(*choices):
            yield replace(self, where=where)

    def halves(self) -> list[Query]:
        """Two queries that together find the same records: the longest list is cut in the middle.

        Both may find a record: comparisons ignore case, and a text may contain two of the texts looked for. The list
        is empty if no condition has two values.
        """
        lists = [one for one in self.where if isinstance(one, AnyOf) and len(one.terms) > 1]
        if not lists:
            return []
        longest = max(lists, key=lambda one: len(str(one)))
        return [
            replace(self, where=[half if one is longest else one for one in self.where]) for half in longest.halves()
        ]


def _texts(values: Iterable[object]) -> Iterator[str]:
    yield from (value for value in dict.fromkeys(values) if isinstance(value, str) and value)


def _within_limit(literals: Iterable[str]) -> tuple[str, ...]:
    return tuple(literal for literal in literals if len(literal) <= LITERAL_LIMIT)


def _literal(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else quote(value)
