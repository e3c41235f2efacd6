"""sObject Collections: up to 200 records in one call; answers 200 even when every record failed."""

from collections.abc import Callable
from typing import Any

from service_sandbox.salesforce import ids
from service_sandbox.salesforce.call import Call, Reply, Router
from service_sandbox.salesforce.describe import visible
from service_sandbox.salesforce.errors import ApiError, Refusal, bad_json, no_such_object
from service_sandbox.salesforce.queries import fetch
from service_sandbox.salesforce.records import key_field, write_context
from service_sandbox.salesforce.schema import Field, SObject
from service_sandbox.salesforce.values import convert
from service_sandbox.salesforce.writer import ROLLED_BACK, Job, Outcome

MOST_RECORDS = 200
MOST_READ = 2_000
MOST_CHUNKS = 10


def routes(router: Router) -> None:
    """Paths of this module."""
    one_path = {"POST": ("collections.create", create), "PATCH": ("collections.update", update)}
    router.add("/composite/sobjects", since=42, **one_path, DELETE=("collections.delete", delete))
    router.add(
        "/composite/sobjects/{name}", since=42, GET=("collections.read", read), POST=("collections.read", read_by_body)
    )
    router.add("/composite/sobjects/{name}/{key}", since=46, PATCH=("collections.upsert", upsert))


def too_many(most: int = MOST_RECORDS) -> ApiError:
    """More records than one call may carry."""
    message = f"record limit reached. cannot submit more than {most} records into this call"
    return ApiError(400, "EXCEEDED_ID_LIMIT", message)


def body(call: Call) -> tuple[list[dict[str, Any]], bool]:
    """Records and allOrNone of a request body."""
    data = call.json("records", "allOrNone")
    records, all_or_none = data.get("records"), data.get("allOrNone", False)
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise bad_json("The records property must be an array of sObjects")
    if not isinstance(all_or_none, bool):
        raise bad_json("Cannot deserialize instance of boolean for allOrNone")
    if len(records) > MOST_RECORDS:
        raise too_many()
    return records, all_or_none


def kind_of(service: Any, call: Call, record: dict[str, Any]) -> SObject:
    """The object that a record's `attributes` name."""
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not name:
        raise ApiError(400, "INVALID_FIELD", "The attributes.type of a record must be specified")
    found = service.org.schema.get(str(name))
    if found is None or not call.user.rights.may("read", found):
        raise ApiError(400, "INVALID_TYPE", no_such_object(str(name)))
    return found


def chunks_checked(kinds: list[SObject]) -> None:
    """Consecutive records of one type make a chunk, and there may be ten."""
    count = sum(1 for at, kind in enumerate(kinds) if at == 0 or kind is not kinds[at - 1])
    if count > MOST_CHUNKS:
        message = f"Cannot have more than {MOST_CHUNKS} chunks in a single operation. Please rearrange the records."
        raise ApiError(400, "LIMIT_EXCEEDED", message)


def fields_of(record: dict[str, Any], *leave: str) -> dict[str, Any]:
    """A record without `attributes` and the named keys, whatever their case."""
    skipped = {"attributes", *leave}
    return {key: value for key, value in record.items() if key.lower() not in skipped}


def create(service: Any, call: Call) -> Reply:
    """New records, mixed types allowed."""
    call.params()
    records, all_or_none = body(call)
    kinds = [kind_of(service, call, one) for one in records]
    chunks_checked(kinds)

    def job(at: int) -> Job:
        if any(key.lower() == "id" for key in records[at]):
            raise Refusal("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ["Id"])
        return Job("create", kinds[at], fields_of(records[at]))

    return answer(run(service, call, len(records), job, all_or_none))


def record_id(sobject: SObject, given: Any) -> str:
    """The id of a record to change or delete."""
    if given is None:
        raise Refusal("MISSING_ARGUMENT", "Id not specified in an update call", ["Id"])
    found = ids.canonical(given)
    if found is None or found[:3] != sobject.prefix:
        raise Refusal("MALFORMED_ID", f"{sobject.fields['Id'].label}: id value of incorrect type: {given}", ["Id"])
    return found


def update(service: Any, call: Call) -> Reply:
    """Changes by id, mixed types allowed."""
    call.params()
    records, all_or_none = body(call)
    kinds = [kind_of(service, call, one) for one in records]
    chunks_checked(kinds)
    seen: set[str] = set()

    def job(at: int) -> Job:
        given = next((value for key, value in records[at].items() if key.lower() == "id"), None)
        found = record_id(kinds[at], given)
        if found in seen:
            raise Refusal("DUPLICATE_VALUE", f"Duplicate id in list: {found}", ["Id"])
        seen.add(found)
        return Job("update", kinds[at], fields_of(records[at], "id"), found)

    return answer(run(service, call, len(records), job, all_or_none))


def upsert(service: Any, call: Call, name: str, key: str) -> Reply:
    """New or changed records of one type, by an external id field."""
    call.params()
    sobject = visible(service, call, name)
    item = key_field(call, sobject, key)
    records, all_or_none = body(call)
    for one in records:
        if kind_of(service, call, one) is not sobject:
            raise ApiError(400, "INVALID_TYPE", f"All records must be of type {sobject.name}")
    values = [_key_value(item, one) for one in records]

    def job(at: int) -> Job:
        value = values[at]
        if value is None:
            raise Refusal("MISSING_ARGUMENT", f"{item.name} not specified", [item.name])
        if [_same(one) for one in values].count(_same(value)) > 1:
            raise Refusal("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", [item.name])
        return Job("upsert", sobject, fields_of(records[at], item.name.lower()), key=item, key_value=value)

    return answer(run(service, call, len(records), job, all_or_none), created=True)


def _key_value(item: Field, record: dict[str, Any]) -> Any:
    return convert(item, next((value for name, value in record.items() if name.lower() == item.name.lower()), None))


def _same(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def delete(service: Any, call: Call) -> Reply:
    """Records by `ids`, mixed types allowed."""
    params = call.params("ids", "allOrNone")
    wanted = [one for one in params.get("ids", "").split(",") if one]
    if len(wanted) > MOST_RECORDS:
        raise too_many()

    def job(at: int) -> Job:
        found = ids.canonical(wanted[at])
        sobject = service.org.schema.of_id(found) if found else None
        if sobject is None:
            raise Refusal("MALFORMED_ID", f"malformed id {wanted[at]}")
        return Job("delete", sobject, {}, found)

    return answer(run(service, call, len(wanted), job, params.get("allOrNone", "").lower() == "true"))


def run(service: Any, call: Call, count: int, job: Callable[[int], Job], all_or_none: bool) -> list[Outcome]:
    """Build the jobs and write them together; a record that makes no job is refused in its place."""
    outcomes: list[Outcome | None] = [None] * count
    jobs: list[tuple[int, Job]] = []
    for at in range(count):
        try:
            jobs.append((at, job(at)))
        except Refusal as refusal:
            outcomes[at] = Outcome(refusal=refusal)
    if all_or_none and len(jobs) < count:
        return [one or Outcome(refusal=ROLLED_BACK) for one in outcomes]
    context = write_context(service, call)
    written = service.org.writer.run([one for _, one in jobs], context, all_or_none=all_or_none)
    for (at, _), outcome in zip(jobs, written, strict=True):
        outcomes[at] = outcome
    return [one for one in outcomes if one is not None]


def answer(outcomes: list[Outcome], *, created: bool = False) -> Reply:
    """One entry per record, in order; only an upsert says `created`, and only of what it wrote."""
    listed: list[dict[str, Any]] = []
    for one in outcomes:
        if one.refusal:
            listed.append({"success": False, "errors": [one.refusal.in_collection()]})
        else:
            listed.append({"id": one.id, "success": True, "errors": []} | ({"created": one.created} if created else {}))
    return Reply(200, listed)


def read(service: Any, call: Call, name: str) -> Reply:
    """Records by `ids` and `fields`; null in the place of one that is not there."""
    params = call.params("ids", "fields")
    return _read(service, call, name, params.get("ids", "").split(","), params.get("fields", "").split(","))


def read_by_body(service: Any, call: Call, name: str) -> Reply:
    """The same with a body, for longer lists."""
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
