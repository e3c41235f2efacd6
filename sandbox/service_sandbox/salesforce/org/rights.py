"""Permissions of a user: object permissions, field-level security, Marketing User and View All."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from service_sandbox.salesforce.model.schema import Field, SObject


class Access(StrEnum):
    """Object permissions."""

    READ = "read"
    CREATE = "create"
    EDIT = "edit"
    DELETE = "delete"


SETTINGS = {"objects", "fields", "marketing_user", "view_all", "api_enabled", "modify_metadata"}
#: Objects of Setup, and what a user with Modify Metadata may do with their records.
SETUP_OBJECTS = {"PermissionSet": (Access.READ,), "PermissionSetAssignment": (Access.READ, Access.CREATE),
                 "FieldPermissions": (Access.READ, Access.CREATE),
                 "ObjectPermissions": (Access.READ, Access.CREATE)}  # fmt: skip


@dataclass
class Grants:
    """What one permission set grants; as the attributes of `Rights`."""

    objects: dict[str, list[str]] = field(default_factory=dict)
    fields: dict[str, dict[str, str]] = field(default_factory=dict)
    view_all: set[str] = field(default_factory=set)
    api_enabled: bool = False


@dataclass
class Rights:
    """The permissions of a user: those of the profile, and those of the assigned permission sets.

    Attributes:
        objects: object to permissions; None means all permissions (a System Administrator).
        fields: object to {field: "read" | "edit"}; None means every field. Applies to permissionable fields only, as in
            Salesforce: Id and required standard fields are always accessible.
        marketing_user: the user may write campaigns and read member statuses.
        view_all: objects with View All; None means all objects.
        api_enabled: the user may log in through the API.
        modify_metadata: Modify Metadata Through Metadata API Functions, View Setup and Configuration, and Manage
            Profiles and Permission Sets; None means a System Administrator only.
        sets: of the assigned permission sets.
    """

    objects: dict[str, list[str]] | None = None
    fields: dict[str, dict[str, str]] | None = None
    marketing_user: bool = True
    view_all: set[str] | None = None
    api_enabled: bool = True
    modify_metadata: bool | None = None
    sets: list[Grants] = field(default_factory=list)

    @classmethod
    def from_settings(cls, settings: dict[str, Any]) -> Rights:
        """Returns the rights described in a seed file.

        Example: `objects: {Lead: read create edit}`, `fields: {Lead: {Phone: edit}}`, `marketing_user: false`,
        `view_all: [Lead]`, `api_enabled: false`, `modify_metadata: true`.

        Raises:
            ValueError: a key is unknown.
        """
        if unknown := sorted(set(settings) - SETTINGS):
            raise ValueError(f"rights: unknown keys {unknown}; known are {sorted(SETTINGS)}")
        given = dict(settings)
        if given.get("objects") is not None:
            lists = given["objects"].items()
            given["objects"] = {name: one.split() if isinstance(one, str) else list(one) for name, one in lists}
        if given.get("view_all") is not None:
            given["view_all"] = set(given["view_all"])
        return cls(**given)

    def may(self, access: str, sobject: SObject) -> bool:
        """Returns whether the user may read, create, edit or delete records of this object.

        Only Marketing Users may write campaigns and read member statuses. Campaign members require only permission to
        read campaigns (Object Reference, CampaignMember).
        """
        if sobject.read_only:
            return access == Access.READ
        if sobject.name in SETUP_OBJECTS:
            return self.may_modify_metadata and access in SETUP_OBJECTS[sobject.name]
        if sobject.name == "CampaignMember":
            return self._is_listed("Campaign", Access.EDIT if access == Access.DELETE else Access.READ)
        if sobject.name == "CampaignMemberStatus":
            needed = Access.READ if access == Access.READ else Access.EDIT
            return self.marketing_user and self._is_listed("Campaign", needed)
        if sobject.name == "Campaign" and access != Access.READ and not self.marketing_user:
            return False
        return self._is_listed(sobject.name, access)

    @property
    def may_modify_metadata(self) -> bool:
        """Whether the user may deploy metadata and grant permissions."""
        return self.objects is None if self.modify_metadata is None else self.modify_metadata

    @property
    def may_use_api(self) -> bool:
        """Whether the profile or a permission set has API Enabled."""
        return self.api_enabled or any(one.api_enabled for one in self.sets)

    def _is_listed(self, name: str, access: str) -> bool:
        if self.objects is None or access in self.objects.get(name, ()):
            return True
        return any(access in one.objects.get(name, ()) for one in self.sets)

    def can_see(self, sobject: SObject, item: Field) -> bool:
        """Returns whether the field is visible to the user."""
        return self._field_access(sobject, item) is not None

    def can_write(self, sobject: SObject, item: Field) -> bool:
        """Returns whether the user may set the field, if the field itself can be set."""
        return self._field_access(sobject, item) == Access.EDIT

    def _field_access(self, sobject: SObject, item: Field) -> str | None:
        if not item.has("P") or (self.fields is None and not item.deployed):
            return Access.EDIT
        granted = [one.fields.get(sobject.name, {}).get(item.name) for one in self.sets]
        granted.append((self.fields or {}).get(sobject.name, {}).get(item.name))
        return Access.EDIT if Access.EDIT in granted else next(filter(None, granted), None)

    def can_view_all(self, name: str) -> bool:
        """Returns whether the user has View All on an object; otherwise private contacts of others are hidden."""
        return self.view_all is None or name in self.view_all or any(name in one.view_all for one in self.sets)
