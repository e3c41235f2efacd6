"""JSON:API resources of Livestorm as Arrow columns.

Arrow converts a column whose values all have the documented type. Any other column is converted value by value as far
as possible. Times are epoch seconds, and `0` means never. They become UTC timestamps or null.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from livestorm_salesforce.domain.shared import normalize

MAX_SECONDS = 253_402_300_800  # the year 10000; larger values are not times
MAX_COUNT = 1_000_000_000  # larger values are no counts of people or seconds
MILLISECONDS = 1e11  # larger times (as seconds, after the year 5138) count milliseconds
#: Members of an object that hold the text of a choice or a name, the first one first.
TEXT_MEMBERS = ("value", "label", "name", "title", "text")
_NUMBER_TEXT = r"^\s*(-?\d+),(\d{1,2})\s*%?\s*$|\s*%\s*$"
TIME = pa.timestamp("ms", "UTC")
#: Arrow's errors for a value of another type, half a surrogate pair, and a number of more than 64 bits.
_OTHER_TYPE = (pa.ArrowException, UnicodeEncodeError, OverflowError)

Objects = Sequence[dict[str, Any]]
#: Values of one member: Python objects, or an Arrow array of the documented type.
Column: TypeAlias = list[Any] | pa.Array
Kind: TypeAlias = Callable[[Column], pa.Array]


def attributes_of(resources: Objects) -> list[dict[str, Any]]:
    """The attributes of each resource."""
    return [resource.get("attributes") or {} for resource in resources]


def ids_of(resources: Objects) -> pa.Array:
    """The id of each resource as text."""
    return pa.array([str(resource["id"]) for resource in resources], pa.large_string())


def members(objects: Objects, kinds: Mapping[str, Kind]) -> dict[str, pa.Array]:
    """Members of each object as columns, converted by `text`, `words`, `number`, `flag` or `time`; missing ones are
    null.

    Arrow converts all members at once, unless one of them has a value of another type.
    """
    types: dict[Kind, pa.DataType] = {text: pa.large_string(), words: pa.large_string(), flag: pa.bool_()}
    documented = pa.struct({name: types.get(kind, pa.float64()) for name, kind in kinds.items()})
    columns: Sequence[Column]
    try:
        columns = pa.array(objects, documented).flatten()
    except _OTHER_TYPE:
        columns = [values(objects, name) for name in kinds]
    return {name: kind(column) for (name, kind), column in zip(kinds.items(), columns, strict=True)}


def values(objects: Objects, name: str) -> list[Any]:
    """One member of each object, null where it is missing."""
    return [one.get(name) for one in objects]


def nested(objects: Objects, name: str) -> list[dict[str, Any]]:
    """A member that is an object; an empty one where it is missing or of another type."""
    return [value if type(value := one.get(name)) is dict else {} for one in objects]


def text(column: Column) -> pa.Array:
    """Trimmed text, blank as null (`normalize.text`). Values of other types as `plain`."""
    try:
        typed = pa.array(column, pa.large_string())
    except _OTHER_TYPE:
        plain_values = _objects([plain(value) for value in column])
        typed = pa.array(normalize.as_text(plain_values), pa.large_string(), from_pandas=True)
    return normalize.trimmed(typed)


def words(column: Column) -> pa.Array:
    """Values of an enumeration: `text` in lower case, with underscores between words."""
    return pc.replace_substring_regex(pc.utf8_lower(text(column)), r"[\s-]+", "_")


def plain(value: Any) -> Any:
    """A value of any type as it can be written to a record: several choices as one text with semicolons between them,
    an object as the text that it holds (`TEXT_MEMBERS`), booleans as `true` and `false`, whole numbers without
    decimals. An object without such a text is null."""
    if isinstance(value, dict):
        texts = (plain(value.get(name)) for name in TEXT_MEMBERS)
        return next((one for one in texts if one is not None), None)
    if isinstance(value, list):
        return ";".join(str(one).strip() for one in map(plain, value) if one is not None)
    if isinstance(value, bool):
        return str(value).lower()
    return int(value) if isinstance(value, float) and value.is_integer() else value


def reference(column: Sequence[Any]) -> pa.Array:
    """Ids of other resources as text: of an object its id; `0` and false are no ids."""
    ids = [value.get("id") if isinstance(value, dict) else value for value in column]
    return text([None if isinstance(one, dict | list) or not one or one == "0" else one for one in ids])


def number(column: Column) -> pa.Array:
    """Numbers as floats, also `82,5` and `82.5%`; null where a value is none."""
    try:
        return pa.array(column, pa.float64())
    except _OTHER_TYPE:
        written = _objects(column)
        texts = written.map(lambda value: isinstance(value, str)).astype(bool)
        written[texts] = written[texts].str.replace(_NUMBER_TEXT, _decimal, regex=True)
        return pa.array(_numbers(written), from_pandas=True)


def _decimal(found: re.Match[str]) -> str:
    return f"{found[1]}.{found[2]}" if found[1] else ""


def count(column: Column) -> pa.Array:
    """Numbers from 0 to `MAX_COUNT`; others are null."""
    numbers = number(column)
    return pc.if_else(pc.and_(pc.greater_equal(numbers, 0.0), pc.less_equal(numbers, float(MAX_COUNT))), numbers, None)


def flag(column: Column) -> pa.Array:
    """Booleans; a missing value or one of another type is false."""
    try:
        return pa.array(column, pa.bool_()).fill_null(False)
    except _OTHER_TYPE:
        return pa.array(normalize.boolean(_objects(column)) == "true")


def time(column: Column) -> pa.Array:
    """Epoch seconds (0 = never) or, leniently, milliseconds or ISO text, as UTC timestamps."""
    try:
        return _timestamps(pa.array(column, pa.float64()))
    except _OTHER_TYPE:
        pass
    written = _objects(column)
    seconds = _numbers(written)
    others = normalize.text(written.where(seconds.isna()))
    parsed = pd.to_datetime(others, utc=True, errors="coerce", format="ISO8601").dt.as_unit("ms")
    return pc.coalesce(_timestamps(pa.array(seconds, from_pandas=True)), pa.array(parsed, TIME, from_pandas=True))


def seconds(value: Any) -> float:
    """One time as epoch seconds, as `time` reads it; 0 for none."""
    if type(value) is int and 0 <= value < MILLISECONDS:  # the documented format
        return float(value)
    (moment,) = time([None if isinstance(value, dict | list | bool) else value]).cast(pa.int64()).to_pylist()
    return 0.0 if moment is None else moment / 1000


def _timestamps(seconds: pa.Array) -> pa.Array:
    seconds = pc.if_else(pc.greater(seconds, MILLISECONDS), pc.divide(seconds, 1000.0), seconds)
    known = pc.and_(pc.greater(seconds, 0.0), pc.less(seconds, float(MAX_SECONDS)))
    milliseconds = pc.round(pc.multiply(pc.if_else(known, seconds, None), 1000.0))
    return milliseconds.cast(pa.int64()).cast(TIME)


def _objects(column: Column) -> pd.Series:
    return pd.Series(column, dtype="object")


def _numbers(column: pd.Series) -> pd.Series:
    return pd.to_numeric(column, errors="coerce").astype("float64")
