"""Permissions of a user: object permissions, field-level security, Marketing User and View All."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from service_sandbox.salesforce.model.schema import Field, SObject


class Access(StrEnum):
    """Object permissions."""

    READ = "read"
    CREATE = "create"
    EDIT = "edit"
    DELETE = "delete"


SETTINGS = {"objects", "fields", "marketing_user", "view_all", "api_enabled"}


@dataclass
class Rights:
    """The permissions of all permission sets of a user.

    Attributes:
        objects: object to permissions; None means all permissions (a System Administrator).
        fields: object to {field: "read" | "edit"}; None means every field. Applies to permissionable fields only, as in
            Salesforce: Id and required standard fields are always accessible.
        marketing_user: the user may write campaigns and read member statuses.
        view_all: objects with View All; None means all objects.
        api_enabled: the user may log in through the API.
    """

    objects: dict[str, list[str]] | None = None
    fields: dict[str, dict[str, str]] | None = None
    marketing_user: bool = True
    view_all: set[str] | None = None
    api_enabled: bool = True

    @classmethod
    def from_settings(cls, settings: dict[str, Any]) -> Rights:
        """Returns the rights described in a seed file.

        Example: `objects: {Lead: read create edit}`, `fields: {Lead: {Phone: edit}}`, `marketing_user: false`,
        `view_all: [Lead]`, `api_enabled: false`.

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
        if sobject.name == "CampaignMember":
            return self._is_listed("Campaign", Access.EDIT if access == Access.DELETE else Access.READ)
        if sobject.name == "CampaignMemberStatus":
            needed = Access.READ if access == Access.READ else Access.EDIT
            return self.marketing_user and self._is_listed("Campaign", needed)
        if sobject.name == "Campaign" and access != Access.READ and not self.marketing_user:
            return False
        return self._is_listed(sobject.name, access)

    def _is_listed(self, name: str, access: str) -> bool:
        return self.objects is None or access in self.objects.get(name, ())

    def can_see(self, sobject: SObject, item: Field) -> bool:
        """Returns whether the field is visible to the user."""
        return self._field_access(sobject, item) is not None

    def can_write(self, sobject: SObject, item: Field) -> bool:
        """Returns whether the user may set the field, if the field itself can be set."""
        return self._field_access(sobject, item) == Access.EDIT

    def _field_access(self, sobject: SObject, item: Field) -> str | None:
        if self.fields is None or not item.has("P"):
            return Access.EDIT
        return self.fields.get(sobject.name, {}).get(item.name)

    def can_view_all(self, name: str) -> bool:
        """Returns whether the user has View All on an object; otherwise private contacts of others are hidden."""
        return self.view_all is None or name in self.view_all
