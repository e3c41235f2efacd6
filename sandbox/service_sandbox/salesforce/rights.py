"""What the user behind a session may see and do: object rights, field-level security, Marketing User, View All."""

from dataclasses import dataclass
from typing import Any

from service_sandbox.salesforce.schema import Field, SObject


@dataclass
class Rights:
    """A permission set, flattened.

    `objects` maps an object to deeds out of read, create, edit, delete; None means all (a System Administrator).
    `fields` maps an object to {field: "read" | "edit"}; None means every field. Only permissionable fields obey it,
    as in Salesforce: Id, required standard fields and the like are always there.
    """

    objects: dict[str, list[str]] | None = None
    fields: dict[str, dict[str, str]] | None = None
    marketing_user: bool = True
    view_all: set[str] | None = None
    api_enabled: bool = True

    @classmethod
    def from_settings(cls, settings: dict[str, Any]) -> "Rights":
        """From a seed file's words.

        `objects: {Lead: read create edit}`, `fields: {Lead: {Phone: edit}}`, `marketing_user: false`,
        `view_all: [Lead]`, `api_enabled: false`. Raises ValueError for another word.
        """
        known = {"objects", "fields", "marketing_user", "view_all", "api_enabled"}
        if set(settings) - known:
            raise ValueError(f"rights: unknown words {sorted(set(settings) - known)}, known are {sorted(known)}")
        objects = settings.get("objects")
        listed = (
            None if objects is None else {k: v.split() if isinstance(v, str) else list(v) for k, v in objects.items()}
        )
        view_all = settings.get("view_all")
        return cls(
            objects=listed,
            fields=settings.get("fields"),
            marketing_user=settings.get("marketing_user", True),
            view_all=None if view_all is None else set(view_all),
            api_enabled=settings.get("api_enabled", True),
        )

    def may(self, deed: str, sobject: SObject) -> bool:
        """Whether the user may read, create, edit or delete records of this object.

        Campaigns are written, and their statuses seen, by Marketing Users only. Members need no right but reading
        campaigns (Object Reference, CampaignMember).
        """
        if sobject.read_only:
            return deed == "read"
        if sobject.name == "CampaignMember":
            return self._listed("Campaign", "read" if deed != "delete" else "edit")
        if sobject.name == "CampaignMemberStatus":
            return self.marketing_user and self._listed("Campaign", "read" if deed == "read" else "edit")
        if sobject.name == "Campaign" and deed != "read" and not self.marketing_user:
            return False
        return self._listed(sobject.name, deed)

    def _listed(self, name: str, deed: str) -> bool:
        return self.objects is None or deed in self.objects.get(name, ())

    def sees(self, sobject: SObject, item: Field) -> bool:
        """Whether the field exists for this user."""
        return self._field(sobject, item) is not None

    def writes(self, sobject: SObject, item: Field) -> bool:
        """Whether the user may set the field where the field itself allows it."""
        return self._field(sobject, item) == "edit"

    def _field(self, sobject: SObject, item: Field) -> str | None:
        if self.fields is None or not item.has("P"):
            return "edit"
        return self.fields.get(sobject.name, {}).get(item.name)

    def sees_all(self, name: str) -> bool:
        """View All on the object (without it private contacts of others are hidden)."""
        return self.view_all is None or name in self.view_all
