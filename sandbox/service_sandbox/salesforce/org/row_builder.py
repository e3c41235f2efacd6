"""Converts a record of a request to a row of stored values, and checks it."""

from typing import Any

from service_sandbox.salesforce.model.errors import RecordError
from service_sandbox.salesforce.model.schema import Field, SObject
from service_sandbox.salesforce.model.values import check, convert
from service_sandbox.salesforce.org.operations import Operation

Row = dict[str, Any]


class RowBuilder:
    """Creates rows for one org.

    The methods raise RecordError for a rejected record, and JsonTypeError for a JSON value of the wrong type.
    """

    def __init__(self, org: Any) -> None:
        self.org = org

    def row(self, sobject: SObject, payload: Row, operation: str, context: Any) -> Row:
        """Returns checked values for the fields of the payload."""
        row: Row = {}
        not_settable: list[str] = []
        for name, value in payload.items():
            item = sobject.get(name)
            if item is None and (parent := self._parent(sobject, name, value, context)):
                item, value = parent  # noqa: PLW2901 - reference field and id of the parent
            if item is None or not context.user.rights.can_see(sobject, item):
                raise unknown_field(sobject, name)
            if not self._is_writable(sobject, item, operation, context):
                not_settable.append(item.name)
                continue
            row[item.name] = self._value(item, value, context)
        if not_settable:
            raise not_writable(not_settable)
        return row

    def _value(self, item: Field, value: Any, context: Any) -> Any:
        converted = convert(item, value, csv=context.csv)
        if context.system:
            return converted
        checked = check(item, converted, self.org.text_units)
        if item.type == "reference" and checked is not None and item.to != ["RecordType"]:  # see record_types.py
            self._check_reference(item, checked)
        return checked

    @staticmethod
    def _is_writable(sobject: SObject, item: Field, operation: str, context: Any) -> bool:
        if context.system:
            return item.stored
        return item.has("C" if operation == Operation.CREATE else "U") and context.user.rights.can_write(sobject, item)

    def _check_reference(self, item: Field, record_id: str) -> None:
        target = self.org.schema.of_id(record_id)
        if target is None or target.name not in item.to:
            known = any(name in self.org.schema.objects for name in item.to)
            if target is None or not known:
                raise RecordError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
            message = f"{item.label}: id value of incorrect type: {record_id}"
            raise RecordError("FIELD_INTEGRITY_EXCEPTION", message, [item.name])
        deleted = self.org.deleted_flag(target, record_id)
        if deleted is None:
            raise RecordError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if deleted:
            raise RecordError("ENTITY_IS_DELETED", "entity is deleted")

    def _parent(self, sobject: SObject, name: str, value: Any, context: Any) -> tuple[Field, str | None] | None:
        """Returns reference field and id for a parent identified by its external id, or None.

        JSON: `{"Campaign": {"Key__c": "x"}}`; CSV: a column `Campaign.Key__c`.
        """
        key = None
        if context.csv and "." in name:
            name, key = name.split(".", 1)
            value = {key: value}
        item = sobject.relationship(name)
        if item is None or not isinstance(value, dict):
            return None
        keys = [one for one in value if one != "attributes"]
        target = self.org.schema.get(item.to[0])
        if len(keys) != 1 or target is None:
            raise RecordError("INVALID_FIELD", f"{name} needs one external id field")
        field = target.get(keys[0])
        if field is None or not (field.external_id or field.has("I")):
            message = f"Field name provided, {keys[0]} is not an External ID or indexed field for {target.name}"
            raise RecordError("INVALID_FIELD", message)
        found = self.org.store.find(target, field, value[keys[0]])
        if not found:
            message = (
                f"Foreign key external ID: {value[keys[0]]} not found for field {field.name} in entity {target.name}"
            )
            raise RecordError("INVALID_FIELD", message)
        return item, found[0]["Id"]

    def defaults(self, sobject: SObject, row: Row, context: Any) -> None:
        """Sets default values at creation, then checks required fields."""
        for item in sobject.fields.values():
            if item.default is not None and item.name not in row and item.stored:
                row[item.name] = int(item.default) if item.type == "boolean" else item.default
        if (owner := sobject.get("OwnerId")) and not row.get(owner.name):
            row["OwnerId"] = context.user.id
        if sobject.get("IsDeleted"):
            row.setdefault("IsDeleted", 0)
        stamps = context.creation_stamps()
        if "CreatedDate" in row:
            stamps |= dict.fromkeys(("LastModifiedDate", "SystemModstamp"), row["CreatedDate"])
        for column, value in stamps.items():
            row.setdefault(column, value)
        if not context.system:
            self.require(sobject, row)

    def require(self, sobject: SObject, row: Row) -> None:
        """Checks that every required field has a value."""
        missing = [item.name for item in self.org.required_fields(sobject) if row.get(item.name) is None]
        missing += [name for name, value in row.items() if value is None and self._rejects_null(sobject, name)]
        if missing:
            message = f"Required fields are missing: [{', '.join(missing)}]"
            raise RecordError("REQUIRED_FIELD_MISSING", message, missing)

    @staticmethod
    def _rejects_null(sobject: SObject, name: str) -> bool:
        """Returns whether an explicit null would replace the default of a field that must have a value."""
        item = sobject.fields[name]
        return item.has("C") and item.has("D") and not item.has("N")

    def require_on_update(self, sobject: SObject, changes: Row) -> None:
        """Checks that no required field is set to null, even if creation would set a default."""
        emptied = [
            name
            for name, value in changes.items()
            if value is None and sobject.fields[name].has("U") and not sobject.fields[name].has("N")
        ]
        if emptied:
            message = f"Required fields are missing: [{', '.join(emptied)}]"
            raise RecordError("REQUIRED_FIELD_MISSING", message, emptied)

    def unique(self, sobject: SObject, row: Row, own_id: str | None, context: Any) -> None:
        """Checks that no other record has the value of a unique field. Null is never a duplicate.

        Field and id of a record that the user cannot see are `<unknown>` in the message.
        """
        for name, value in row.items():
            item = sobject.fields[name]
            if not item.unique or value is None:
                continue
            others = [one for one in self.org.store.find(sobject, item, value) if one["Id"] != own_id]
            if others:
                shown = context.system or self.org.users.can_see(context.user, sobject, others[0])
                field, record = (name, others[0]["Id"][:15]) if shown else ("<unknown>", "<unknown>")
                message = f"duplicate value found: {field} duplicates value on record with id: {record}"
                raise RecordError("DUPLICATE_VALUE", message)


def unknown_field(sobject: SObject, name: str) -> RecordError:
    """Returns the error for an unknown field, or for one hidden by field-level security: they are identical."""
    return RecordError("INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject.name}")


def not_writable(names: list[str]) -> RecordError:
    """Returns the error for fields that exist, but that the user or the operation cannot set."""
    message = (f"Unable to create/update fields: {', '.join(names)}. Please check the security settings of this field "
               "and verify that it is read/write for your profile or permission set.")  # fmt: skip
    return RecordError("INVALID_FIELD_FOR_INSERT_UPDATE", message, names)
