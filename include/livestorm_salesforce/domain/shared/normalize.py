"""Normalised values of both services, so that equal values compare as equal.

Every value becomes text or null: trimmed text, `12.5`, `true`, `2026-11-23`, `2026-11-23T10:00:00Z`. Salesforce
stores a blank as null and trims text, so blank is null here too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from livestorm_salesforce.domain.shared.mail_domains import with_ascii_domains
from livestorm_salesforce.domain.shared.org_schema import FieldInfo

#: Control characters other than tab and line feed; Salesforce refuses or drops them. With them goes the carriage return
#: of a line end.
CONTROL = r"[\x00-\x08\x0b-\x1f\x7f]"
#: Values that are null. Bulk API 2.0 clears a field with #N/A (guide: Prepare CSV Files), so an answer #N/A would erase
#: the present value.
BLANK = ("", "#N/A")
_CONTROL = re.compile(CONTROL)
#: Whether a byte of UTF-8 is a control character.
_IS_CONTROL = np.array([bool(byte < 128 and _CONTROL.match(chr(byte))) for byte in range(256)])
DIGITS = 10  # decimals of a number in a text field; further ones are rounding errors
#: Field types that Salesforce compares without regard to case.
CASELESS = ("email", "picklist", "multipicklist", "combobox")
KEY_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def as_text(values: pd.Series) -> pd.Series:
    """Values as `str`, not cleaned, except half surrogate pairs.

    JSON may contain one, from a browser that cut a text within an emoji; it cannot be encoded elsewhere.
    """
    try:
        return _from_texts(values) if values.dtype == "object" else values.astype("str")
    except (pa.ArrowException, UnicodeEncodeError):
        pass
    try:
        return values.astype("str")
    except UnicodeEncodeError:
        return values.map(_without_halves, na_action="ignore").astype("str")


def column(values: list[Any]) -> pd.Series:
    """Values as `str` if all are text or null, else as Python objects."""
    objects = pd.Series(values, dtype="object")
    try:
        return _from_texts(objects)
    except (pa.ArrowException, UnicodeEncodeError):
        return objects


def _from_texts(values: pd.Series) -> pd.Series:
    """`as_text` of Python objects that are text or null, ten times as fast as `astype`.

    Raises:
        pa.ArrowException: a value of another type.
        UnicodeEncodeError: half a surrogate pair.
    """
    texts = pa.array(values.to_numpy(), pa.large_string(), from_pandas=True).to_pandas().astype("str")
    return pd.Series(texts.array, index=values.index, name=values.name)


def _without_halves(value: object) -> str:
    return str(value).encode("utf-8", "ignore").decode("utf-8")


def text(values: pd.Series) -> pd.Series:
    """Trimmed text with line feeds, blank as null. Numbers and booleans become their text."""
    trimmed = as_text(values).str.replace(CONTROL, "", regex=True).str.strip()
    return trimmed.mask(trimmed.isin(BLANK))


def trimmed(values: pa.Array) -> pa.Array:
    """`text` of an Arrow array of text. Control characters are looked for in the bytes: hardly any text has one."""
    if values.null_count == len(values):
        return values
    used = np.frombuffer(values.buffers()[2] or b"", dtype="uint8")
    if _IS_CONTROL[used].any():
        values = pc.replace_substring_regex(values, CONTROL, "")
    bare = pc.utf8_trim_whitespace(values)
    empty, not_applicable = (pc.equal(bare, pa.scalar(blank, bare.type)) for blank in BLANK)
    return pc.if_else(pc.or_(empty, not_applicable), None, bare)


def trimmed_word(word: str) -> str | None:
    """`text` of a single value."""
    bare = _CONTROL.sub("", word).strip()
    return None if bare in BLANK else bare


def key(addresses: pd.Series) -> pd.Series:
    """The matching key of an address: trimmed, lower case (Q15), the domain in ASCII. Null where there is no address.

    Lower case and not case folding: folding would make one person of `straße@…` and `strasse@…`.
    """
    keys = pa.array(text(addresses).str.lower(), pa.large_string(), from_pandas=True)
    return pd.Series(with_ascii_domains(keys).to_pandas().astype("str").array, index=addresses.index)


def number(values: pd.Series, scale: int) -> pd.Series:
    rounded = pd.to_numeric(values, errors="coerce").astype("float64").round(scale)
    rounded = rounded.mask(rounded.abs() == float("inf"))
    shown = rounded.astype("str").str.replace(r"\.0$", "", regex=True)
    powers = shown.str.contains("e", regex=False, na=False)  # 1e-05, 1e+16
    if powers.any():
        shown = shown.mask(powers, rounded.map(f"{{:.{scale}f}}".format, na_action="ignore").astype("str"))
        shown = shown.mask(powers & shown.str.contains(".", regex=False), shown.str.replace(r"\.?0+$", "", regex=True))
    return shown.replace("-0", "0")


def boolean(values: pd.Series) -> pd.Series:
    if pd.api.types.infer_dtype(values, skipna=True) == "boolean":
        return values.map({True: "true", False: "false"}).astype("str")
    words = text(values).str.lower()
    return words.map({"true": "true", "1": "true", "1.0": "true", "yes": "true",
                      "false": "false", "0": "false", "0.0": "false", "no": "false"}).astype("str")  # fmt: skip


def moment(values: pd.Series, form: str = "%Y-%m-%dT%H:%M:%SZ") -> pd.Series:
    times = pd.to_datetime(values, utc=True, errors="coerce", format=None if is_time(values) else "ISO8601")
    return times.dt.strftime(form).astype("str")


def local_dates(times: pd.Series, zones: pd.Series) -> pd.Series:
    """Dates in the session's time zone: in UTC the date of an evening session may differ. Unknown zone: UTC."""
    return _local(times, zones, "%Y-%m-%d")


def local_times(times: pd.Series, zones: pd.Series) -> pd.Series:
    """Hours and minutes in the session's time zone. Unknown zone: UTC."""
    return _local(times, zones, "%H:%M")


def _local(times: pd.Series, zones: pd.Series, form: str) -> pd.Series:
    texts = pd.Series(None, index=times.index, dtype="str")
    known = zones.fillna("UTC")
    for zone in known.unique():
        rows = known == zone
        try:
            local = times[rows].dt.tz_convert(zone)
        except (KeyError, ValueError, OSError):
            local = times[rows]
        texts[rows] = local.dt.strftime(form).astype("str")
    return texts


def is_time(values: pd.Series) -> bool:
    return pd.api.types.is_datetime64_any_dtype(values)


def choices(values: pd.Series) -> pd.Series:
    """Multi-select values in alphabetical order: Salesforce returns them in the order of the picklist."""
    parts = text(text(values).str.split(";").explode()).dropna()
    joined = parts.groupby(level=0).agg(one_order)
    return joined.reindex(values.index).astype("str")


def one_order(parts: Iterable[str]) -> str:
    """Choices joined in alphabetical order, each once: Salesforce ignores the case of a choice."""
    spelled = {part.lower(): part for part in sorted(parts, reverse=True)}
    return ";".join(spelled[part] for part in sorted(spelled))


def is_plain(info: FieldInfo) -> bool:
    """Whether the normalised value of the field is its trimmed text."""
    others = ("boolean", "date", "datetime", "multipicklist", "id", "reference")
    return not info.is_number and info.type not in others


def canonical(values: pd.Series, info: FieldInfo) -> pd.Series:
    """Normalised values of one field, as `str` with nulls; values that cannot be converted are null."""
    if info.is_number:
        return number(values, info.scale)
    if info.type == "boolean":
        return boolean(values)
    if info.type == "datetime":
        return moment(values)
    if info.type == "date":
        return moment(values if is_time(values) else text(values).str.slice(0, 10), "%Y-%m-%d")
    if info.type == "multipicklist" and len(values):
        return choices(values)
    if info.type in ("id", "reference"):
        return long_id(values)
    return _shown(values)


def _shown(values: pd.Series) -> pd.Series:
    """The text of values of any kind: a number, a yes or no and a moment as in fields of their own."""
    if values.dtype == "str":
        return text(values)
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if is_time(values) or kind == "datetime":
        return moment(values)
    if kind == "boolean":
        return boolean(values)
    return number(values, DIGITS) if kind in ("integer", "floating", "mixed-integer-float") else text(values)


def comparable(values: pd.Series, info: FieldInfo) -> pd.Series:
    """What counts as different. What differs only in case does not: an address (Q11), nor a listed value, for which
    Salesforce stores its own spelling (Help: picklist fields are not case sensitive)."""
    if info.type == "multipicklist" and len(values):
        return choices(values.str.lower())
    return values.str.lower() if info.type in CASELESS or info.values else values


def is_empty(values: pd.Series, info: FieldInfo) -> pd.Series:
    """Whether a canonical value is the empty state of its field: false for a checkbox, which has no null, else null.

    A number 0 is a value: Salesforce stores an empty number as null (field A7).
    """
    return values.isna() | (values == "false") if info.type == "boolean" else values.isna()


def long_id(values: pd.Series) -> pd.Series:
    """Record ids with 18 characters. A 15-character id is case-sensitive; the suffix is a checksum of its capitals."""
    ids = text(values)
    short = ids.str.len() == 15
    if not short.any():
        return ids
    return ids.mask(short, ids[short] + ids[short].map(_suffix))


def _suffix(short: str) -> str:
    blocks = (short[start : start + 5] for start in (0, 5, 10))
    return "".join(KEY_SUFFIX[sum(1 << bit for bit, char in enumerate(block) if char.isupper())] for block in blocks)
