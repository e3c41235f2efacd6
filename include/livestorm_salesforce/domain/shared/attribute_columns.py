"""Columns of frames that hold the attributes which a mapping names."""

from __future__ import annotations

from livestorm_salesforce.config import attributes as attrs
from livestorm_salesforce.config.mapping import Fields

ZONE = "zone"  # of the session
MOMENTS = {name for name, attribute in attrs.FOR_MEMBERS.items() if attribute.kind == "datetime"}


def attribute_column(attribute: str) -> str:
    """Form answers live in `form.<slug>`; what Livestorm knows of a registration under its own name.

    A word of sessions is none of registrations: a form may well ask for the `language`.
    """
    own = attribute in attrs.FOR_MEMBERS and attribute not in attrs.PERSON
    return attribute if own else f"form.{attribute}"


def attributes_of(*levels: Fields) -> list[str]:
    """The frame columns that levels of a mapping need, in order, once each. Two levels may name one field."""
    rules = [rule for fields in levels for rule in fields.values()]
    return list(dict.fromkeys(attribute_column(rule.attribute) for rule in rules if rule.attribute))


def zoned(columns: list[str]) -> list[str]:
    """With the session's time zone where a moment is among the columns: a date field takes the day there (Q6)."""
    return columns if MOMENTS.isdisjoint(columns) else [*columns, ZONE]
