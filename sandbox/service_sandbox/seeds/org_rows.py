"""The `salesforce` part of a seed file: literal records, which may refer to each other by label."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from service_sandbox.control.moments import parse_moment
from service_sandbox.salesforce import Org
from service_sandbox.salesforce.model.values import format_datetime

Labels = dict[str, str]


def insert_org_rows(org: Org, part: Mapping[str, Any], start: datetime, labels: Labels) -> None:
    """Inserts the `records` in the order of the file, then deletes the records listed in `deleted`.

    Raises:
        ValueError: a `$label` is not defined before, or the org has no such object.
    """
    for name, rows in part.get("records", {}).items():
        if org.schema.get(name) is None:
            raise ValueError(f"salesforce.records: the org has no object {name}")
        for row in rows:
            values = {key: _value(org, name, key, value, start, labels) for key, value in row.items() if key != "label"}
            (record_id,) = org.insert(name, [values])
            if "label" in row:
                labels[row["label"]] = record_id
    for label in part.get("deleted", ()):
        org.delete(_resolve(label, labels))


def _value(org: Org, name: str, key: str, value: Any, start: datetime, labels: Labels) -> Any:
    item = org.schema[name].get(key)
    if item is not None and item.type == "datetime" and value is not None:
        return format_datetime(parse_moment(value, start))
    if isinstance(value, str) and value.startswith("$"):
        return _resolve(value, labels)
    return value


def _resolve(value: str, labels: Labels) -> str:
    label = value.removeprefix("$")
    if label not in labels:
        raise ValueError(f"salesforce: no record or session above has the label {label}")
    return labels[label]
