"""Permission sets and their assignments: records of Setup that change the permissions of users."""

# ruff: noqa: S608 - names of tables are constants

from typing import Any

from service_sandbox.salesforce.model.errors import RecordError
from service_sandbox.salesforce.org.rights import SETUP_OBJECTS, Access, Grants
from service_sandbox.salesforce.org.rules import Rules

Row = dict[str, Any]
ACCESSES = {Access.READ: "PermissionsRead", Access.CREATE: "PermissionsCreate", Access.EDIT: "PermissionsEdit",
            Access.DELETE: "PermissionsDelete"}  # fmt: skip
UNIQUE = {
    "FieldPermissions": ("ParentId", "Field"),
    "ObjectPermissions": ("ParentId", "SobjectType"),
    "PermissionSetAssignment": ("PermissionSetId", "AssigneeId"),
}
#: Permissions on an object require these on another one.
DEPENDENCIES = {"Contact": "Account"}


class PermissionSets:
    """The permission sets of one org."""

    def __init__(self, org: Any) -> None:
        self.org = org
        for name in SETUP_OBJECTS:
            org.rules[name] = SetupRules(org, name)

    def find(self, name: str) -> str | None:
        """Returns the id of the permission set with this API name, or None."""
        found: str | None = self.org.store.scalar('SELECT Id FROM "PermissionSet" WHERE Name = ?', (name,))
        return found

    def put(self, row: Row, fields: list[Row], objects: list[Row]) -> str:
        """Creates a permission set, or replaces its whole content as a deployment does since version 40.

        Args:
            row: values of the PermissionSet. fields, objects: rows without `ParentId`.
        """
        org, found = self.org, self.find(row["Name"])
        if found:
            org.store.update(org.schema["PermissionSet"], found, row)
            for name in ("FieldPermissions", "ObjectPermissions"):
                org.store.execute(f'DELETE FROM "{name}" WHERE ParentId = ?', (found,))
        else:
            found = org.store.insert(org.schema["PermissionSet"], [row])[0]
        for name, rows in (("FieldPermissions", fields), ("ObjectPermissions", objects)):
            org.store.insert(org.schema[name], [{**one, "ParentId": found} for one in rows])
        self.refresh()
        return str(found)

    def refresh(self) -> None:
        """Gives users what the records grant."""
        grants = {row["Id"]: self._grants(row) for row in self._rows("PermissionSet")}
        assigned: dict[str, list[Grants]] = {}
        for row in self._rows("PermissionSetAssignment"):
            assigned.setdefault(row["AssigneeId"], []).append(grants[row["PermissionSetId"]])
        for user in self.org.users.by_username.values():
            user.rights.sets = assigned.get(user.id, [])

    def _grants(self, permission_set: Row) -> Grants:
        grants = Grants(api_enabled=bool(permission_set["PermissionsApiEnabled"]))
        for row in self._rows("ObjectPermissions", permission_set["Id"]):
            grants.objects[row["SobjectType"]] = [access for access, column in ACCESSES.items() if row[column]]
            if row["PermissionsViewAllRecords"]:
                grants.view_all.add(row["SobjectType"])
        for row in self._rows("FieldPermissions", permission_set["Id"]):
            sobject, name = row["Field"].split(".", 1)
            access = Access.EDIT if row["PermissionsEdit"] else Access.READ
            grants.fields.setdefault(sobject, {}).update(dict.fromkeys(self._parts(sobject, name), access))
        return grants

    def _parts(self, sobject: str, name: str) -> list[str]:
        """The field, and the parts of a compound field such as an address."""
        fields = self.org.schema[sobject].fields.values()
        return [name, *(item.name for item in fields if item.part_of == name)]

    def _rows(self, name: str, parent: str | None = None) -> list[Row]:
        where, values = (" WHERE ParentId = ?", (parent,)) if parent else ("", ())
        found: list[Row] = self.org.store.select(f'SELECT * FROM "{name}"{where} ORDER BY _n', values)
        return found


class SetupRules(Rules):
    """Rules of the records of Setup that the REST API creates."""

    def __init__(self, org: Any, name: str) -> None:
        super().__init__(org)
        self.name = name

    def before_create(self, row: Row, context: Any) -> None:
        if self.name == "FieldPermissions" and (problem := field_problem(self.org, row["Field"])):
            raise RecordError("FIELD_INTEGRITY_EXCEPTION", problem, ["Field"])
        if self.name == "ObjectPermissions":
            others = [one for one in self.store.select('SELECT * FROM "ObjectPermissions"')
                      if one["ParentId"] == row["ParentId"]]  # fmt: skip
            if problem := object_problem(row, [*others, row]):
                raise RecordError("FIELD_INTEGRITY_EXCEPTION", problem)
        if columns := UNIQUE.get(self.name):
            where = " AND ".join(f"{column} = ?" for column in columns)
            values = tuple(row.get(column) for column in columns)
            if found := self.store.scalar(f'SELECT Id FROM "{self.name}" WHERE {where}', values):
                message = f"duplicate value found: {columns[1]} duplicates value on record with id: {found[:15]}"
                raise RecordError("DUPLICATE_VALUE", message)

    def after(self, row_id: str, row: Row, operation: str, context: Any) -> None:
        self.org.permission_sets.refresh()


def field_problem(org: Any, full_name: str) -> str | None:
    """Returns why a permission set cannot grant a field, or None."""
    sobject, _, name = full_name.partition(".")
    found = org.schema.get(sobject)
    item = found.get(name) if found else None
    if item is None:
        return f"In field: field - no CustomField named {full_name} found"
    if not item.has("P") and item.type != "address":
        return f"You cannot deploy to a required field: {full_name}"
    return None


def object_problem(row: Row, rows: list[Row]) -> str | None:
    """Returns which permission an object's permissions lack, or None.

    Args:
        rows: the object permissions of the whole permission set.
    """
    name = row["SobjectType"]
    for verb in ("Create", "Edit", "Delete", "ViewAllRecords"):
        if row.get(f"Permissions{verb}") and not row.get("PermissionsRead"):
            return f"Permission {verb} {name} depends on permission(s): Read {name}"
    needed = DEPENDENCIES.get(name)
    readable = {one["SobjectType"] for one in rows if one.get("PermissionsRead")}
    if needed and row.get("PermissionsRead") and needed not in readable:
        return f"Permission Read {name} depends on permission(s): Read {needed}"
    return None
