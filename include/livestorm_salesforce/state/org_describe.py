"""Cache of the org's describe: fields, types and permissions per object."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select

from livestorm_salesforce import config
from livestorm_salesforce.domain.plan import org_check
from livestorm_salesforce.domain.plan.filtered_fields import described_objects
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema, parse_describe
from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.state.frames import upsert_rows
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import OrgDescribe

TABLE: Any = OrgDescribe.__table__
#: Seconds by which a stored time may be ahead of the clock: a host with a wrong clock wrote it.
MAX_LEAD = 300
Describe = Callable[[Sequence[str]], Mapping[str, dict[str, Any]]]


def load(
    describe: Describe, state: PairState, mapping: config.Mapping, hours: float, now: float
) -> dict[str, ObjectSchema]:
    """Schemas of `described_objects`: from the cache while it is young and satisfies the mapping, else described again.

    Args:
        describe: reads the describe of the named objects from the org.
        hours: age up to which the cache is used.
        now: epoch seconds.

    Raises:
        ConfigError: permissions or fields are missing; the message lists all of them.
    """
    cached = _stored(state)
    if cached and -MAX_LEAD < now - cached.read_at < hours * 3600:
        schemas = _parsed(cached.objects)
        if not org_check.problems(schemas, mapping):
            return schemas
    described = {name: _reduced(document) for name, document in describe(described_objects(mapping)).items()}
    schemas = _parsed(described)
    problems = org_check.problems(schemas, mapping)
    if problems:
        raise ConfigError(
            f"{len(problems)} problem(s) with this Salesforce org: " + " ".join(problems),
            remedy="settle them with the Salesforce admin, then clear the failed task",
        )
    with state.transaction() as connection:
        upsert_rows(connection, TABLE, [{"pair_id": state.pair_id, "read_at": now, "objects": described}])
    return schemas


def stored(state: PairState) -> tuple[dict[str, ObjectSchema], dict[str, dict[str, str]]] | None:
    """The cached schemas, and labels by object and field; None before the first read. Calls no service."""
    cached = _stored(state)
    if cached is None:
        return None
    labels = {
        name: {field["name"]: field["label"] for field in document["fields"] if field.get("label")}
        for name, document in cached.objects.items()
    }
    return _parsed(cached.objects), labels


def discard(state: PairState, since: float) -> bool:
    """Empty the cache if it is older than `since` (epoch seconds); whether it was."""
    cached = _stored(state)
    if cached and cached.read_at >= since:
        return False
    with state.transaction() as connection:
        connection.execute(delete(TABLE).where(TABLE.c.pair_id == state.pair_id))
    return True


def _stored(state: PairState) -> Any:
    """The row of this pair, or None."""
    with state.reading() as connection:
        return connection.execute(select(TABLE).where(TABLE.c.pair_id == state.pair_id)).first()


def _parsed(documents: Mapping[str, dict[str, Any]]) -> dict[str, ObjectSchema]:
    return {name: parse_describe(document) for name, document in documents.items()}


def _reduced(describe: dict[str, Any]) -> dict[str, Any]:
    """The part that decisions use; a whole describe is some hundred kilobytes."""
    keep = (
        "name",
        "label",
        "type",
        "length",
        "scale",
        "precision",
        "digits",
        "nillable",
        "defaultedOnCreate",
        "createable",
        "updateable",
        "custom",
        "restrictedPicklist",
        "externalId",
        "unique",
        "filterable",
    )
    fields = [
        {key: field[key] for key in keep if key in field}
        | {
            "picklistValues": [
                {k: v.get(k) for k in ("value", "label", "active")} for v in field.get("picklistValues") or []
            ]
        }
        for field in describe["fields"]
    ]
    return {**{key: describe[key] for key in ("name", "createable", "updateable") if key in describe}, "fields": fields}
