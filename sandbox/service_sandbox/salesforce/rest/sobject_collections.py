"""sObject Collections: up to 200 records in one call. The response is 200 even if every record failed."""

from collections.abc import Callable
from typing import Any

from service_sandbox.salesforce.model import ids
from service_sandbox.salesforce.model.errors import ApiError, RecordError, bad_json, unknown_object_message
from service_sandbox.salesforce.model.schema import Field, SObject
from service_sandbox.salesforce.model.values import convert
from service_sandbox.salesforce.org.operations import Operation
from service_sandbox.salesforce.org.writes import ROLLED_BACK, RecordWrite, WriteResult
from service_sandbox.salesforce.rest.call import Call, Reply, Router
from service_sandbox.salesforce.rest.describe import visible
from service_sandbox.salesforce.rest.queries import fetch
from service_sandbox.salesforce.rest.records import key_field, write_context

MOST_RECORDS = 200
MOST_READ = 2_000
MOST_CHUNKS = 10


def routes(router: Router) -> None:
    """Adds the routes of this module."""
    writes = {"POST": ("collections.create", create), "PATCH": ("collections.update", update)}
    router.add("/composite/sobjects", since=42, **writes, DELETE=("collections.delete", delete))
    router.add(
        "/composite/sobjects/{name}", since=42, GET=("collections.read", read), POST=("collections.read", read_by_body)
    )
    router.add("/composite/sobjects/{name}/{key}", since=46, PATCH=("collections.upsert", upsert))


def too_many(most: int = MOST_RECORDS) -> ApiError:
    """Returns the error for more records than one call may contain."""
    message = f"record limit reached. cannot submit more than {most} records into this call"
    return ApiError(400, "EXCEEDED_ID_LIMIT", message)


def body(call: Call) -> tuple[list[dict[str, Any]], bool]:
    """Returns records and allOrNone of the request body. Raises ApiError."""
    data = call.json("records", "allOrNone")
    records, all_or_none = data.get("records"), data.get("allOrNone", False)
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise bad_json("The records property must be an array of sObjects")
    if not isinstance(all_or_none, bool):
        raise bad_json("Cannot deserialize instance of boolean for allOrNone")
    if len(records) > MOST_RECORDS:
        raise too_many()
    return records, all_or_none


def object_of(service: Any, call: Call, record: dict[str, Any]) -> SObject:
    """Returns the object in the `attributes` of a record. Raises ApiError."""
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not name:
        raise ApiError(400, "INVALID_FIELD", "The attributes.type of a record must be specified")
    found: SObject | None = service.org.schema.get(str(name))
    if found is None or not call.user.rights.may("read", found):
        raise ApiError(400, "INVALID_TYPE", unknown_object_message(str(name)))
    return found


def check_chunks(kinds: list[SObject]) -> None:
    """Checks the number of chunks, which are consecutive records of one object: at most ten. Raises ApiError."""
    count = sum(1 for at, kind in enumerate(kinds) if at == 0 or kind is not kinds[at - 1])
    if count > MOST_CHUNKS:
        message = f"Cannot have more than {MOST_CHUNKS} chunks in a single operation. Please rearrange the records."
        raise ApiError(400, "LIMIT_EXCEEDED", message)


def fields_of(record: dict[str, Any], *leave: str) -> dict[str, Any]:
    """Returns a record without `attributes` and the given keys (case-insensitive)."""
    skipped = {"attributes", *leave}
    return {key: value for key, value in record.items() if key.lower() not in skipped}


def create(service: Any, call: Call) -> Reply:
    """`POST /composite/sobjects`: creates records of any objects."""
    call.params()
    records, all_or_none = body(call)
    kinds = [object_of(service, call, one) for one in records]
    check_chunks(kinds)

    def write(at: int) -> RecordWrite:
        if any(key.lower() == "id" for key in records[at]):
            raise RecordError("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ["Id"])
        return RecordWrite(Operation.CREATE, kinds[at], fields_of(records[at]))

    return reply(run(service, call, len(records), write, all_or_none))


def record_id(sobject: SObject, given: Any) -> str:
    """Returns the 18-character id of a record to update. Raises RecordError."""
    if given is None:
        raise RecordError("MISSING_ARGUMENT", "Id not specified in an update call", ["Id"])
    found = ids.canonical(given)
    if found is None or found[:3] != sobject.prefix:
        raise RecordError("MALFORMED_ID", f"{sobject.fields['Id'].label}: id value of incorrect type: {given}", ["Id"])
    return found


def update(service: Any, call: Call) -> Reply:
    """`PATCH /composite/sobjects`: updates records of any objects by id."""
    call.params()
    records, all_or_none = body(call)
    kinds = [object_of(service, call, one) for one in records]
    check_chunks(kinds)
    seen: set[str] = set()

    def write(at: int) -> RecordWrite:
        given = next((value for key, value in records[at].items() if key.lower() == "id"), None)
        found = record_id(kinds[at], given)
        if found in seen:
            raise RecordError("DUPLICATE_VALUE", f"Duplicate id in list: {found}", ["Id"])
        seen.add(found)
        return RecordWrite(Operation.UPDATE, kinds[at], fields_of(records[at], "id"), found)

    return reply(run(service, call, len(records), write, all_or_none))


def upsert(service: Any, call: Call, name: str, key: str) -> Reply:
    """`PATCH /composite/sobjects/{name}/{key}`: upserts records of one object by an external id."""
    call.params()
    sobject = visible(service, call, name)
    item = key_field(call, sobject, key)
    records, all_or_none = body(call)
    for one in records:
        if object_of(service, call, one) is not sobject:
            raise ApiError(400, "INVALID_TYPE", f"All records must be of type {sobject.name}")
    values = [_key_value(item, one) for one in records]

    def write(at: int) -> RecordWrite:
        value = values[at]
        if value is None:
            raise RecordError("MISSING_ARGUMENT", f"{item.name} not specified", [item.name])
        if [_comparable(one) for one in values].count(_comparable(value)) > 1:
            raise RecordError("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", [item.name])
        return RecordWrite(
            Operation.UPSERT, sobject, fields_of(records[at], item.name.lower()), key=item, key_value=value
        )

    return reply(run(service, call, len(records), write, all_or_none), created=True)


def _key_value(item: Field, record: dict[str, Any]) -> Any:
    return convert(item, next((value for name, value in record.items() if name.lower() == item.name.lower()), None))


def _comparable(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def delete(service: Any, call: Call) -> Reply:
    """`DELETE /composite/sobjects?ids=`: deletes records of any objects."""
    params = call.params("ids", "allOrNone")
    wanted = [one for one in params.get("ids", "").split(",") if one]
    if len(wanted) > MOST_RECORDS:
        raise too_many()

    def write(at: int) -> RecordWrite:
        found = ids.canonical(wanted[at])
        sobject = service.org.schema.of_id(found) if found else None
        if sobject is None:
            raise RecordError("MALFORMED_ID", f"malformed id {wanted[at]}")
        return RecordWrite(Operation.DELETE, sobject, {}, found)

    return reply(run(service, call, len(wanted), write, params.get("allOrNone", "").lower() == "true"))


def run(
    service: Any, call: Call, count: int, write: Callable[[int], RecordWrite], all_or_none: bool
) -> list[WriteResult]:
    """Writes the records that `write` creates for each index; returns one result per record."""
    results: list[WriteResult | None] = [None] * count
    writes: list[tuple[int, RecordWrite]] = []
    for at in range(count):
        try:
            writes.append((at, write(at)))
        except RecordError as error:
            results[at] = WriteResult(error=error)
    if all_or_none and len(writes) < count:
        return [one or WriteResult(error=ROLLED_BACK) for one in results]
    context = write_context(service, call)
    written = service.org.writer.run([one for _, one in writes], context, all_or_none=all_or_none)
    for (at, _), result in zip(writes, written, strict=True):
        results[at] = result
    return [one for one in results if one is not None]


def reply(results: list[WriteResult], *, created: bool = False) -> Reply:
    """Returns one entry per record. `created` is present for successful upserts only."""
    listed: list[dict[str, Any]] = []
    for one in results:
        if one.error:
            listed.append({"success": False, "errors": [one.error.in_collection()]})
        else:
            listed.append({"id": one.id, "success": True, "errors": []} | ({"created": one.created} if created else {}))
    return Reply(200, listed)


def read(service: Any, call: Call, name: str) -> Reply:
    """`GET /composite/sobjects/{name}`: records by `ids` and `fields`; null for a missing record."""
    params = call.params("ids", "fields")
    return _read(service, call, name, params.get("ids", "").split(","), params.get("fields", "").split(","))


def read_by_body(service: Any, call: Call, name: str) -> Reply:
    """`POST /composite/sobjects/{name}`: the same with a body, for long lists."""
    data = call.json("ids", "fields")
    return _read(service, call, name, data.get("ids") or [], data.get("fields") or [])


def _read(service: Any, call: Call, name: str, wanted: list[str], fields: list[str]) -> Reply:
    sobject = visible(service, call, name)
    if len(wanted) > MOST_READ:
        raise too_many(MOST_READ)
    if not any(fields):
        raise ApiError(400, "MISSING_ARGUMENT", "The fields parameter must be specified")
    known = [ids.canonical(one) for one in wanted]
    found = fetch(service, call, sobject, fields, [one for one in dict.fromkeys(known) if one])
    by_id = {record["attributes"]["url"].rsplit("/", 1)[1]: record for record in found}
    return Reply(200, [by_id.get(one) if one else None for one in known])
