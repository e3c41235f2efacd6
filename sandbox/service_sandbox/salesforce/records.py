"""Single records: create, read, update, delete, upsert by external id."""

from typing import Any

from service_sandbox.salesforce import ids
from service_sandbox.salesforce.call import Call, Reply, Router
from service_sandbox.salesforce.describe import summary, visible
from service_sandbox.salesforce.errors import ApiError, Refusal, not_found
from service_sandbox.salesforce.queries import fetch
from service_sandbox.salesforce.schema import Field, SObject
from service_sandbox.salesforce.writer import Context, Job, Outcome, new_context


def routes(router: Router) -> None:
    """Paths of this module."""
    router.add("/sobjects/{name}", GET=("sobject", metadata), POST=("record.create", create))
    router.add("/sobjects/{name}/{record_id}", GET=("record.read", read), PATCH=("record.update", update),
               DELETE=("record.delete", delete))  # fmt: skip
    router.add("/sobjects/{name}/{key}/{value:rest}", GET=("record.read", read_by_key),
               PATCH=("record.upsert", upsert), DELETE=("record.delete", delete_by_key))  # fmt: skip


def write_context(service: Any, call: Call, **more_settings: Any) -> Context:
    """Who writes, with the request headers that change what a write does."""
    rules = "Sforce-Duplicate-Rule-Header"
    return new_context(
        service.org,
        call.user,
        auto_assign=call.headers.get("sforce-auto-assign", "TRUE").strip().lower() != "false",
        allow_save=call.truth(rules, "allowSave"),
        record_details=call.truth(rules, "includeRecordDetails"),
        version=call.version,
        **more_settings,
    )


def metadata(service: Any, call: Call, name: str) -> Reply:
    """An object in short, with the user's recent records (none here)."""
    call.params()
    return Reply(200, {"objectDescribe": summary(call, visible(service, call, name)), "recentItems": []})


def one(outcome: Outcome) -> str:
    """The id of a written record, or its refusal."""
    if outcome.refusal:
        raise outcome.refusal
    return str(outcome.id)


def payload(call: Call) -> dict[str, Any]:
    """The record in the body, without `attributes`."""
    return {key: value for key, value in call.json().items() if key != "attributes"}


def location(call: Call, sobject: SObject, record_id: str) -> dict[str, str]:
    """The header that names a new record."""
    return {"Location": f"/services/data/{call.version}/sobjects/{sobject.name}/{record_id}"}


def create(service: Any, call: Call, name: str) -> Reply:
    """201 with the new id."""
    call.params()
    sobject, record = visible(service, call, name), payload(call)
    if any(key.lower() == "id" for key in record):
        raise ApiError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ["Id"])
    new_id = one(service.org.writer.run([Job("create", sobject, record)], write_context(service, call))[0])
    return Reply(201, {"id": new_id, "success": True, "errors": []}, location(call, sobject, new_id))


def known_id(sobject: SObject, record_id: str) -> str:
    """The id in its long form; one that could not belong to the object is not found."""
    found = ids.canonical(record_id)
    if found is None or found[:3] != sobject.prefix:
        message = f"Provided external ID field does not exist or is not accessible: {record_id}"
        raise ApiError(404, "NOT_FOUND", message)
    return found


def existing(service: Any, sobject: SObject, record_id: str) -> str:
    """The id of a record that lives; 404 for one that never did or was deleted."""
    found = known_id(sobject, record_id)
    deleted = service.org.deleted_flag(sobject, found)
    if deleted is None:
        raise not_found()
    if deleted:
        raise Refusal("ENTITY_IS_DELETED", "entity is deleted")
    return found


def read(service: Any, call: Call, name: str, record_id: str) -> Reply:
    """One record, all its fields or those that `fields` names."""
    sobject = visible(service, call, name)
    wanted = call.params("fields").get("fields")
    found = existing(service, sobject, record_id)
    records = fetch(service, call, sobject, wanted.split(",") if wanted else None, [found])
    if not records:
        raise not_found()
    return Reply(200, records[0])


def update(service: Any, call: Call, name: str, record_id: str) -> Reply:
    """204 without a body."""
    call.params()
    sobject, record = visible(service, call, name), payload(call)
    if any(key.lower() == "id" for key in record):
        raise ApiError(400, "INVALID_FIELD", "The Id field should not be specified in the sobject data.", ["Id"])
    found = existing(service, sobject, record_id)
    one(service.org.writer.run([Job("update", sobject, record, found)], write_context(service, call))[0])
    return Reply(204)


def delete(service: Any, call: Call, name: str, record_id: str) -> Reply:
    """204 without a body."""
    call.params()
    sobject = visible(service, call, name)
    found = existing(service, sobject, record_id)
    one(service.org.writer.run([Job("delete", sobject, {}, found)], write_context(service, call))[0])
    return Reply(204)


def key_field(call: Call, sobject: SObject, key: str) -> Field:
    """The external id (or idLookup) field of a path."""
    item = sobject.get(key)
    if item is None or not (item.external_id or item.has("I")) or not call.user.rights.sees(sobject, item):
        message = f"Provided external ID field does not exist or is not accessible: {key}"
        raise ApiError(404, "NOT_FOUND", message)
    return item


def _matches(service: Any, call: Call, sobject: SObject, key: str, value: str) -> list[str]:
    item = key_field(call, sobject, key)
    wanted = known_id(sobject, value) if item.name == "Id" else value.strip()
    return [row["Id"] for row in service.org.store.find(sobject, item, wanted)]


def _several(call: Call, sobject: SObject, found: list[str]) -> Reply:
    return Reply(300, [f"/services/data/{call.version}/sobjects/{sobject.name}/{record_id}" for record_id in found])


def read_by_key(service: Any, call: Call, name: str, key: str, value: str) -> Reply:
    """One record by its external id; 300 with a list when there are several."""
    sobject = visible(service, call, name)
    found = _matches(service, call, sobject, key, value)
    if len(found) > 1:
        return _several(call, sobject, found)
    if not found:
        raise not_found()
    return read(service, call, name, found[0])


def upsert(service: Any, call: Call, name: str, key: str, value: str) -> Reply:
    """201 created, 200 updated (204 without a body before v46), 300 when several records match."""
    call.params()
    sobject, record = visible(service, call, name), payload(call)
    item = key_field(call, sobject, key)
    if any(field.lower() in ("id", item.name.lower()) for field in record):
        message = f"The {item.name} field should not be specified in the sobject data."
        raise ApiError(400, "INVALID_FIELD", message, [item.name])
    found = _matches(service, call, sobject, key, value)
    if len(found) > 1:
        return _several(call, sobject, found)
    if item.name == "Id" and not found:
        raise not_found()
    job = Job("upsert", sobject, record, key=item, key_value=found[0] if item.name == "Id" else value.strip())
    outcome = service.org.writer.run([job], write_context(service, call))[0]
    body = {"id": one(outcome), "success": True, "errors": [], "created": bool(outcome.created)}
    if outcome.created:
        return Reply(201, body, location(call, sobject, body["id"]))
    return Reply(200, body) if call.number >= 46 else Reply(204)


def delete_by_key(service: Any, call: Call, name: str, key: str, value: str) -> Reply:
    """204 without a body."""
    sobject = visible(service, call, name)
    found = _matches(service, call, sobject, key, value)
    if len(found) > 1:
        return _several(call, sobject, found)
    if not found:
        raise not_found()
    return delete(service, call, name, found[0])
