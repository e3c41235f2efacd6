"""Single records: create, read, update, delete and upsert by external id."""

from typing import Any

from service_sandbox.salesforce.model import ids
from service_sandbox.salesforce.model.errors import ApiError, RecordError, not_found
from service_sandbox.salesforce.model.schema import Field, SObject
from service_sandbox.salesforce.org.operations import Operation
from service_sandbox.salesforce.org.writes import RecordWrite, WriteContext, WriteResult, new_write_context
from service_sandbox.salesforce.rest.call import Call, Reply, Router
from service_sandbox.salesforce.rest.describe import summary, visible
from service_sandbox.salesforce.rest.queries import fetch


def routes(router: Router) -> None:
    """Adds the routes of this module."""
    router.add("/sobjects/{name}", GET=("sobject", metadata), POST=("record.create", create))
    router.add("/sobjects/{name}/{record_id}", GET=("record.read", read), PATCH=("record.update", update),
               DELETE=("record.delete", delete))  # fmt: skip
    router.add("/sobjects/{name}/{key}/{value:rest}", GET=("record.read", read_by_key),
               PATCH=("record.upsert", upsert), DELETE=("record.delete", delete_by_key))  # fmt: skip


def write_context(service: Any, call: Call, **options: Any) -> WriteContext:
    """Returns the write context of a call, with the options of its headers."""
    rules = "Sforce-Duplicate-Rule-Header"
    return new_write_context(
        service.org,
        call.user,
        auto_assign=call.headers.get("sforce-auto-assign", "TRUE").strip().lower() != "false",
        allow_save=call.truth(rules, "allowSave"),
        record_details=call.truth(rules, "includeRecordDetails"),
        version=call.version,
        **options,
    )


def metadata(service: Any, call: Call, name: str) -> Reply:
    """`GET /sobjects/{name}`; recent records are not emulated."""
    call.params()
    return Reply(200, {"objectDescribe": summary(call, visible(service, call, name)), "recentItems": []})


def write_one(service: Any, call: Call, write: RecordWrite) -> WriteResult:
    """Writes one record and returns the result. Raises RecordError."""
    result: WriteResult = service.org.writer.run([write], write_context(service, call))[0]
    if result.error:
        raise result.error
    return result


def payload(call: Call) -> dict[str, Any]:
    """Returns the record in the body, without `attributes`."""
    return {key: value for key, value in call.json().items() if key != "attributes"}


def location(call: Call, sobject: SObject, record_id: str) -> dict[str, str]:
    """Returns the `Location` header of a new record."""
    return {"Location": f"/services/data/{call.version}/sobjects/{sobject.name}/{record_id}"}


def create(service: Any, call: Call, name: str) -> Reply:
    """`POST /sobjects/{name}`: 201 with the new id."""
    call.params()
    sobject, record = visible(service, call, name), payload(call)
    if any(key.lower() == "id" for key in record):
        raise ApiError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ["Id"])
    new_id = str(write_one(service, call, RecordWrite(Operation.CREATE, sobject, record)).id)
    return Reply(201, {"id": new_id, "success": True, "errors": []}, location(call, sobject, new_id))


def known_id(sobject: SObject, record_id: str) -> str:
    """Returns the 18-character id. Raises ApiError 404 if it is not an id of the object."""
    found = ids.canonical(record_id)
    if found is None or found[:3] != sobject.prefix:
        message = f"Provided external ID field does not exist or is not accessible: {record_id}"
        raise ApiError(404, "NOT_FOUND", message)
    return found


def existing(service: Any, sobject: SObject, record_id: str) -> str:
    """Returns the 18-character id of an existing record. Raises ApiError 404 or ENTITY_IS_DELETED."""
    found = known_id(sobject, record_id)
    deleted = service.org.deleted_flag(sobject, found)
    if deleted is None:
        raise not_found()
    if deleted:
        raise RecordError("ENTITY_IS_DELETED", "entity is deleted")
    return found


def read(service: Any, call: Call, name: str, record_id: str) -> Reply:
    """`GET /sobjects/{name}/{id}`: all fields, or those in `fields`."""
    sobject = visible(service, call, name)
    wanted = call.params("fields").get("fields")
    found = existing(service, sobject, record_id)
    records = fetch(service, call, sobject, wanted.split(",") if wanted else None, [found])
    if not records:
        raise not_found()
    return Reply(200, records[0])


def update(service: Any, call: Call, name: str, record_id: str) -> Reply:
    """`PATCH /sobjects/{name}/{id}`: 204 without a body."""
    call.params()
    sobject, record = visible(service, call, name), payload(call)
    if any(key.lower() == "id" for key in record):
        raise ApiError(400, "INVALID_FIELD", "The Id field should not be specified in the sobject data.", ["Id"])
    found = existing(service, sobject, record_id)
    write_one(service, call, RecordWrite(Operation.UPDATE, sobject, record, found))
    return Reply(204)


def delete(service: Any, call: Call, name: str, record_id: str) -> Reply:
    """`DELETE /sobjects/{name}/{id}`: 204 without a body."""
    call.params()
    sobject = visible(service, call, name)
    found = existing(service, sobject, record_id)
    write_one(service, call, RecordWrite(Operation.DELETE, sobject, {}, found))
    return Reply(204)


def key_field(call: Call, sobject: SObject, key: str) -> Field:
    """Returns the external id (or idLookup) field of a path. Raises ApiError 404."""
    item = sobject.get(key)
    if item is None or not (item.external_id or item.has("I")) or not call.user.rights.can_see(sobject, item):
        message = f"Provided external ID field does not exist or is not accessible: {key}"
        raise ApiError(404, "NOT_FOUND", message)
    return item


def _matches(service: Any, call: Call, sobject: SObject, key: str, value: str) -> list[str]:
    item = key_field(call, sobject, key)
    wanted = known_id(sobject, value) if item.name == "Id" else value.strip()
    return [row["Id"] for row in service.org.store.find(sobject, item, wanted)]


def _multiple_matches(call: Call, sobject: SObject, found: list[str]) -> Reply:
    return Reply(300, [f"/services/data/{call.version}/sobjects/{sobject.name}/{record_id}" for record_id in found])


def read_by_key(service: Any, call: Call, name: str, key: str, value: str) -> Reply:
    """`GET /sobjects/{name}/{key}/{value}`: 300 with a list if several records match."""
    sobject = visible(service, call, name)
    found = _matches(service, call, sobject, key, value)
    if len(found) > 1:
        return _multiple_matches(call, sobject, found)
    if not found:
        raise not_found()
    return read(service, call, name, found[0])


def upsert(service: Any, call: Call, name: str, key: str, value: str) -> Reply:
    """`PATCH` by key: 201 created, 200 updated (before v46: 204 without a body), 300 if several records match."""
    call.params()
    sobject, record = visible(service, call, name), payload(call)
    item = key_field(call, sobject, key)
    if any(field.lower() in ("id", item.name.lower()) for field in record):
        message = f"The {item.name} field should not be specified in the sobject data."
        raise ApiError(400, "INVALID_FIELD", message, [item.name])
    found = _matches(service, call, sobject, key, value)
    if len(found) > 1:
        return _multiple_matches(call, sobject, found)
    if item.name == "Id" and not found:
        raise not_found()
    write = RecordWrite(
        Operation.UPSERT, sobject, record, key=item, key_value=found[0] if item.name == "Id" else value.strip()
    )
    result = write_one(service, call, write)
    record_id = str(result.id)
    body = {"id": record_id, "success": True, "errors": [], "created": bool(result.created)}
    if result.created:
        return Reply(201, body, location(call, sobject, record_id))
    return Reply(200, body) if call.number >= 46 else Reply(204)


def delete_by_key(service: Any, call: Call, name: str, key: str, value: str) -> Reply:
    """`DELETE` by key: 204 without a body, 300 if several records match."""
    sobject = visible(service, call, name)
    found = _matches(service, call, sobject, key, value)
    if len(found) > 1:
        return _multiple_matches(call, sobject, found)
    if not found:
        raise not_found()
    return delete(service, call, name, found[0])
