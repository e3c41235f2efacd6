"""Cache of the org's describe: fields, types and permissions per object."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import delete, select

from livestorm_salesforce import config
from livestorm_salesforce.domain.plan import org_check
from livestorm_salesforce.domain.plan.filtered_fields import described_objects
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema, parse_describe
from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.state.database import DamagedValue
from livestorm_salesforce.state.frames import upsert_rows
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import OrgDescribe

TABLE: Any = OrgDescribe.__table__
log = logging.getLogger(__name__)
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
    schemas = _cached(state, hours, now)
    if schemas and not org_check.problems(schemas, mapping):
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
        stored = {"described": described, "sha256": _checksum(described)}
        upsert_rows(connection, TABLE, [{"pair_id": state.pair_id, "read_at": now, "objects": stored}])
    return schemas


def stored(state: PairState) -> tuple[dict[str, ObjectSchema], dict[str, dict[str, str]]] | None:
    """The cached schemas, and labels by object and field; None before the first read. Calls no service."""
    try:
        cached = _stored(state)
    except DamagedValue:  # the next run reads it again
        cached = None
    if cached is None:
        return None
    labels = {
        name: {field["name"]: field["label"] for field in document["fields"] if field.get("label")}
        for name, document in cached.described.items()
    }
    return _parsed(cached.described), labels


def _cached(state: PairState, hours: float, now: float) -> dict[str, ObjectSchema]:
    """The cached schemas; empty if the cache is missing, old or damaged, so that the org is described again."""
    try:
        cached = _stored(state)
    except DamagedValue:
        log.warning("The cached describe of the org is damaged. It was deleted and is read from Salesforce again.")
        _delete(state)
        return {}
    if cached is None or not -MAX_LEAD < now - cached.read_at < hours * 3600:
        return {}
    return _parsed(cached.described)


def _checksum(described: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(described, order="sorted")).hexdigest()


def discard(state: PairState, since: float) -> bool:
    """Empty the cache if it is older than `since` (epoch seconds); whether it was."""
    with state.reading() as connection:
        read_at = connection.scalar(select(TABLE.c.read_at).where(TABLE.c.pair_id == state.pair_id))
    if read_at is not None and read_at >= since:
        return False
    _delete(state)
    return True


def _delete(state: PairState) -> None:
    with state.transaction() as connection:
        connection.execute(delete(TABLE).where(TABLE.c.pair_id == state.pair_id))


class _Cached(NamedTuple):
    """The cache of a pair: when it was read (epoch seconds), and describes by object."""

    read_at: float
    described: dict[str, dict[str, Any]]


def _stored(state: PairState) -> _Cached | None:
    """The cache of this pair, or None.

    Raises:
        DamagedValue: the stored document is not the one that was written.
    """
    with state.reading() as connection:
        row = connection.execute(select(TABLE).where(TABLE.c.pair_id == state.pair_id)).first()
    if row is None:
        return None
    document = row.objects
    if not isinstance(document, dict) or document.get("sha256") != _checksum(document.get("described")):
        raise DamagedValue("The cached describe of the org is damaged.")
    return _Cached(row.read_at, document["described"])


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
