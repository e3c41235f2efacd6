"""Shortens text values that an org rejects as too long (field A10).

The plan cuts values to the field's length in UTF-16 code units. An org may still count otherwise (bytes, line ends as
two) or have a shorter field than the cached describe: `STRING_TOO_LONG` rejects a value, not the record.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from livestorm_salesforce import config
from livestorm_salesforce.domain.plan.campaign_names import cut_name
from livestorm_salesforce.domain.plan.campaigns import ruled_fields
from livestorm_salesforce.domain.plan.desired_state import is_divisible
from livestorm_salesforce.domain.plan.rejected_fields import IDENTIFYING_FIELDS, REQUIRED_FIELDS, fields_in_message
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema
from livestorm_salesforce.domain.shared.text_length import cut, utf16_units
from livestorm_salesforce.enums import SObject

TOO_LONG = "STRING_TOO_LONG"
#: End of the message: `First Name: data value too large: ... (max length=40)`; its words are in the user's language.
LIMIT = re.compile(r"\s*\([^()=]*=\s*(\d{1,6})\)\s*$")


@dataclass(frozen=True)
class Shortened:
    """A record with shorter values.

    Attributes:
        lengths: UTF-16 code units of each value that was cut.
        dropped: fields whose value cannot be cut.
    """

    record: dict[str, Any]
    lengths: dict[str, int]
    dropped: list[str]


def divisible_fields(mapping: config.Mapping, schemas: Mapping[str, ObjectSchema]) -> dict[str, frozenset[str]]:
    """Per object the fields whose values may be cut."""
    rules = {name: mapping.fields_of(name) for name in (SObject.LEAD, SObject.CONTACT, SObject.CAMPAIGN_MEMBER)}
    return {
        str(sobject): frozenset(
            name for name, rule in fields.items() if schemas[sobject].has(name)
            and is_divisible(rule, schemas[sobject].fields[name])
        )
        for sobject, fields in (rules | {SObject.CAMPAIGN: ruled_fields(mapping)}).items()
    }  # fmt: skip


def shorten(
    record: Mapping[str, Any], message: str, fields: Collection[str], divisible: Collection[str]
) -> Shortened | None:
    """The record with shorter values in the fields that are too long; None if it cannot be sent.

    Values that must not be cut are left out; a required one makes the record impossible.

    Args:
        message: of the rejection.
        fields: the fields that the rejection names; Salesforce may name none.
    """
    shorter, lengths, dropped = dict(record), {}, []
    for name in _too_long(record, message, fields):
        text = cut_value(name, record[name], _next_length(record[name], message)) if name in divisible else ""
        if not text and name in REQUIRED_FIELDS:
            return None
        if text:
            shorter[name], lengths[name] = text, utf16_units(text)
        else:
            del shorter[name]
            dropped.append(name)
    return Shortened(shorter, lengths, dropped) if lengths or dropped else None


def _too_long(record: Mapping[str, Any], message: str, fields: Collection[str]) -> list[str]:
    texts = [name for name, value in record.items() if isinstance(value, str) and name not in IDENTIFYING_FIELDS]
    return [name for name in texts if name in fields] if fields else fields_in_message(
        LIMIT.sub("", message), texts, record
    )  # fmt: skip


def _next_length(text: str, message: str) -> int:
    """UTF-16 code units to cut a rejected text to: the limit in the message, then as many bytes, then the half."""
    match, units = LIMIT.search(message), utf16_units(text)
    if match is None:
        return units // 2
    limit = int(match[1])
    if units > limit:
        return limit
    within = utf16_units(text.encode()[:limit].decode("utf-8", "ignore"))
    return within if within < units else units // 2


def cut_value(field: str, text: str, limit: int) -> str:
    """A value of at most `limit` UTF-16 code units; the name of a Campaign keeps its date."""
    return cut_name(text, limit) if field == "Name" else cut(text, limit)


def lengths_text(lengths: Mapping[str, int]) -> str | None:
    """Lengths as `Company:200 FirstName:38`; None if there are none. It contains no value."""
    return " ".join(f"{name}:{length}" for name, length in sorted(lengths.items())) or None


def shortened_fields(results: pd.DataFrame) -> pd.DataFrame:
    """One row per shortened value: change_id, field, length.

    Args:
        results: change_id and `shortened` (`lengths_text`, or null).
    """
    few = results.dropna(subset="shortened")
    rows = [
        (change, *part.rsplit(":", 1))
        for change, text in zip(few["change_id"], few["shortened"], strict=True)
        for part in text.split()
    ]
    kinds = {"change_id": "int64", "field": "str", "length": "int64"}
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)


def as_sent(fields: pd.DataFrame, shortened: pd.DataFrame) -> pd.DataFrame:
    """Planned fields with the values that were sent.

    Args:
        fields: change_id, field, after.
        shortened: rows of `shortened_fields`.
    """
    if shortened.empty:
        return fields
    rows = fields.merge(shortened, on=["change_id", "field"], how="left", validate="many_to_one")
    values = zip(rows["field"], rows["after"], rows["length"], strict=True)
    after = [text if pd.isna(length) else cut_value(field, text, int(length)) for field, text, length in values]
    return rows.assign(after=pd.Series(after, index=rows.index, dtype="str")).drop(columns="length")
