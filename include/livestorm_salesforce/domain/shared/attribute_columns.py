"""Frame columns of the attributes that a mapping names."""

from __future__ import annotations

from livestorm_salesforce.config import attributes as attrs
from livestorm_salesforce.config.field_rules import Fields

ZONE = "zone"  # of the session
LANGUAGE = "language"  # of the registration form; as an attribute of sessions it is a Campaign column
TIMES = {name for name, attribute in attrs.FOR_MEMBERS.items() if attribute.kind == "datetime"}


def attribute_column(attribute: str) -> str:
    """The column of an attribute: `form.<slug>` for form answers, else the attribute's own name.

    Attributes of sessions are not attributes of registrations: a form may contain a question `language`.
    """
    own = attribute in attrs.FOR_MEMBERS and attribute not in attrs.PERSON
    return attribute if own else f"form.{attribute}"


def attributes_of(*levels: Fields) -> list[str]:
    """The columns that these sections of a mapping read, in order, each once."""
    rules = [rule for fields in levels for rule in fields.values()]
    return list(dict.fromkeys(attribute_column(rule.attribute) for rule in rules if rule.attribute))


def zoned(columns: list[str]) -> list[str]:
    """The columns, with the session's time zone if one is a time: date fields take the day in that zone (Q6)."""
    return columns if TIMES.isdisjoint(columns) else [*columns, ZONE]
