"""The Salesforce part of a seed file: literal records, which may point to each other by label."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from service_sandbox.salesforce import Org
from service_sandbox.salesforce.values import stamp
from service_sandbox.seeds.moments import moment

Labels = dict[str, str]


def plant_org(org: Org, part: Mapping[str, Any], start: datetime, labels: Labels) -> None:
    """Insert the `records` of a seed file's `salesforce` part in the file's order, then delete its `deleted`.

    Raises:
        ValueError: a `$label` that nothing before it has, or an object that the org does not have.
    """
    for name, rows in part.get("records", {}).items():
        if org.schema.get(name) is None:
            raise ValueError(f"salesforce.records: the org has no object {name}")
        for row in rows:
            given = {key: _value(org, name, key, value, start, labels) for key, value in row.items() if key != "label"}
            (identity,) = org.insert(name, [given])
            if "label" in row:
                labels[row["label"]] = identity
    for label in part.get("deleted", ()):
        org.delete(_resolve(label, labels))


def _value(org: Org, name: str, key: str, value: Any, start: datetime, labels: Labels) -> Any:
    item = org.schema[name].get(key)
    if item is not None and item.type == "datetime" and value is not None:
        return stamp(moment(value, start))
    if isinstance(value, str) and value.startswith("$"):
        return _resolve(value, labels)
    return value


def _resolve(value: str, labels: Labels) -> str:
    label = value.removeprefix("$")
    if label not in labels:
        raise ValueError(f"salesforce: no record or session above has the label {label}")
    return labels[label]
