"""SOQL statements, built in one place: names are checked, values are escaped (SOQL and SOSL Reference)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

STATEMENT_LIMIT = 100_000  # characters of a statement (App Limits Cheat Sheet)
LITERAL_LIMIT = 4_000  # characters of a string literal in a WHERE (App Limits Cheat Sheet)
#: Share of a statement for one IN list: leaves room for the fields and stays clear of QUERY_TOO_COMPLICATED.
CHUNK_CHARACTERS = 60_000
#: A page of a query holds 2,000 records: so many distinct values mostly answer in one call.
CHUNK_VALUES = 2_000
#: A search inside of texts is work for the org: so many at once answer well within the time of a query.
CHUNK_PATTERNS = 200

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*){0,5}")
_ORDER = re.compile(rf"(?:{_FIELD.pattern})(?: (?:ASC|DESC))?(?: NULLS (?:FIRST|LAST))?")
_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
#: What may not stand in a literal as it is: quote, backslash, control characters, line separators, half a character.
_UNSAFE = re.compile("[\\\\'\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


_LITERAL = r"'(?:[^'\\]|\\.)*+'"
_PATTERN = rf"(?:{_FIELD.pattern}) LIKE {_LITERAL}"
#: The lists that conditions of this module hold, or else a literal: what looks like a list in it is none.
_LISTS = re.compile(
    rf"\((?P<list>(?<= IN \(){_LITERAL}(?:,{_LITERAL})*|{_PATTERN}(?: OR {_PATTERN})*)\)|{_LITERAL}", re.DOTALL
)
_TERMS = re.compile(rf"(?:{_FIELD.pattern} LIKE )?{_LITERAL}", re.DOTALL)
#: What is left of a statement without lists and literals if it finds what the parts of a list find, put together.
_CONDITION = rf"(?:\(\)|(?:{_FIELD.pattern}) \S+ \S+)"
_CUTTABLE = re.compile(
    rf"SELECT [\w., ]+ FROM \w+ WHERE {_CONDITION}(?: AND {_CONDITION})*"  # noqa: S608 - reads a statement
)


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
    """A field, or a path to a parent's field (`Lead.Email`), checked."""
    if not _FIELD.fullmatch(text):
        raise ValueError("not the name of a field")
    return text


def select(
    object_name: str, fields: Iterable[str], where: str | None = None, order_by: Sequence[str] | str | None = None
) -> str:
    """A SELECT statement.

    Args:
        where: conditions, made with the functions of this module.
        order_by: fields, each may end in ` ASC` or ` DESC`.

    Raises:
        ValueError: a name is not one, no field, or more than 100,000 characters.
    """
    columns = ", ".join(field(item) for item in fields)
    if not columns:
        raise ValueError("a SELECT needs a field")
    statement = f"SELECT {columns} FROM {name(object_name)}"  # noqa: S608 - names are checked, values come from quote()
    if where:
        statement += f" WHERE {where}"
    terms = [order_by] if isinstance(order_by, str) else list(order_by or ())
    if not all(_ORDER.fullmatch(term) for term in terms):
        raise ValueError("ORDER BY takes field names, each with ASC or DESC")
    if terms:
        statement += f" ORDER BY {', '.join(terms)}"
    if len(statement) > STATEMENT_LIMIT:
        raise ValueError(f"a statement of {len(statement)} characters; Salesforce takes {STATEMENT_LIMIT}")
    return statement


def in_list(field_name: str, values: Iterable[str]) -> str:
    """The condition `field IN (...)` for the distinct values.

    Raises:
        ValueError: no value is left; `IN ()` is a syntax error in SOQL, so the query must be left out.
    """
    literals = list(_literals(values))
    if not literals:
        raise ValueError("IN needs a value: leave the query out instead")
    return f"{field(field_name)} IN ({','.join(literals)})"


def chunks(
    field_name: str, values: Iterable[str], max_chars: int = CHUNK_CHARACTERS, max_values: int = CHUNK_VALUES
) -> Iterator[str]:
    """Conditions `field IN (...)` that together hold every distinct value once; none if there is no value.

    Args:
        max_chars: characters of one condition; values are never cut, a single one may pass it.
        max_values: values of one condition.
    """
    yield from _packed(_literals(values), f"{field(field_name)} IN (", ",", max_chars, max_values)


def like_text(text: str) -> str:
    r"""The pattern of LIKE for fields that contain the text: `%` and `_` of the text stand for themselves.

    >>> like_text("50%_'")
    "'%50\\%\\_\\'%'"
    """
    inner = quote(text)[1:-1].replace("%", r"\%").replace("_", r"\_")
    return f"'%{inner}%'"


def containing(
    field_name: str, texts: Iterable[str], max_chars: int = CHUNK_CHARACTERS, max_values: int = CHUNK_PATTERNS
) -> Iterator[str]:
    """Conditions `(field LIKE '%one%' OR field LIKE '%other%')` that together hold every distinct text once."""
    patterns = (like_text(text) for text in dict.fromkeys(texts) if text)
    terms = (f"{field(field_name)} LIKE {pattern}" for pattern in patterns if len(pattern) <= LITERAL_LIMIT)
    yield from _packed(terms, "(", " OR ", max_chars, max_values)


def halves(statement: str) -> list[str]:
    """Two statements that together find what one statement of this module finds, its longest list cut in the middle.

    A record may be found by both: comparisons ignore case, and a text may hold two of the texts looked for.

    Returns:
        none if no list holds two values, or where parts do not add up to the whole: with OR between conditions, NOT,
        an order, a limit, or an aggregate.

    >>> halves("SELECT Id FROM Lead WHERE Email IN ('a','b','c') AND IsConverted = false")[0]
    "SELECT Id FROM Lead WHERE Email IN ('a') AND IsConverted = false"
    """
    lists = {
        found.span("list"): [term[0] for term in _TERMS.finditer(found["list"])]
        for found in _LISTS.finditer(statement)
        if found["list"]
    }
    spans = [span for span, terms in lists.items() if len(terms) > 1]
    if not spans or not _CUTTABLE.fullmatch(_LISTS.sub(lambda found: "()" if found["list"] else "''", statement)):
        return []
    start, end = max(spans, key=lambda span: span[1] - span[0])
    terms = lists[start, end]
    middle, separator = len(terms) // 2, "," if terms[0].startswith("'") else " OR "
    parts = (terms[:middle], terms[middle:])
    return [f"{statement[:start]}{separator.join(part)}{statement[end:]}" for part in parts]


def _packed(terms: Iterable[str], opening: str, separator: str, max_chars: int, max_values: int) -> Iterator[str]:
    """The terms in groups that are within both bounds, each group in its brackets."""
    part: list[str] = []
    length = len(opening) + 1
    for term in terms:
        if part and (length + len(term) + len(separator) > max_chars or len(part) >= max_values):
            yield f"{opening}{separator.join(part)})"
            part, length = [], len(opening) + 1
        part.append(term)
        length += len(term) + len(separator)
    if part:
        yield f"{opening}{separator.join(part)})"


def _literals(values: Iterable[str]) -> Iterator[str]:
    """Literals of the distinct values.

    Empty ones are left out (`IN ('')` would find every blank), and so are those past Salesforce's limit for a literal:
    no field that can be filtered holds a text of 4,000 characters.
    """
    for value in dict.fromkeys(values):
        if value:
            literal = quote(value)
            if len(literal) <= LITERAL_LIMIT:
                yield literal
