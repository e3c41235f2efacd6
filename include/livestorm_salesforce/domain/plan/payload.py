"""The planned changes as records in the form that Salesforce's REST API expects."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pandas as pd

from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema

BOOLEANS = {"true": True, "false": False}
#: An integer of JSON that no type of Salesforce holds makes the whole call unreadable; as a float it concerns its row.
BEYOND_LONG = 2**63


def to_records(plan: Plan, changes: pd.DataFrame, schema: ObjectSchema) -> Iterator[tuple[int, dict[str, Any]]]:
    """Change id and record of each change: the fields with a value, in their JSON types."""
    fields = plan.fields[plan.fields["change_id"].isin(changes["change_id"])]
    wide = fields.pivot(index="change_id", columns="field", values="after").reindex(changes["change_id"])
    names = list(wide.columns)
    types = list(json_types(names, schema).values())
    for change_id, *values in wide.itertuples(name=None):
        present = zip(names, types, values, strict=True)
        yield change_id, {name: convert(value) for name, convert, value in present if isinstance(value, str)}


def to_updates(plan: Plan, changes: pd.DataFrame, schema: ObjectSchema) -> list[tuple[int, dict[str, Any]]]:
    """`to_records` of existing records, each with its `Id`."""
    ids = dict(zip(changes["change_id"], changes["record_id"], strict=True))
    return [(change, {"Id": ids[change]} | record) for change, record in to_records(plan, changes, schema)]


def json_types(names: Iterable[str], schema: ObjectSchema) -> dict[str, Callable[[str], Any]]:
    """Per field the function that converts a normalised value to its JSON type.

    A value that does not fit, because the type was changed since the plan, stays text: Salesforce rejects it, and the
    row is reported (field C8).
    """
    return {name: _json_type(name, schema) for name in names}


def _json_type(name: str, schema: ObjectSchema) -> Callable[[str], Any]:
    info = schema.fields.get(name)
    if info is None:
        return str
    if info.type == "boolean":
        return lambda text: BOOLEANS.get(text, text)
    return _number if info.is_number else str


def _number(text: str) -> int | float | str:
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return int(number) if number.is_integer() and abs(number) < BEYOND_LONG else number
