"""What a deployment would add to the org: fields, permission set, permissions and assignment that are missing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from livestorm_salesforce.config import org_source
from livestorm_salesforce.config.metadata_package import Package
from livestorm_salesforce.config.org_source import PERMISSION_SET


@dataclass(frozen=True)
class DeploymentPlan:
    """What is missing. Everything else in the org is left as it is.

    Attributes:
        org_id: of the org, 15 characters.
        connection: id of the connection that deploys.
        fields: full names of the custom fields to create.
        permission_set: whether the permission set is created.
        field_permissions, object_permissions: what is added to an existing permission set.
        assign: whether the permission set is assigned to the integration user.
        left_out: fields of the source that the org lacks and the mapping does not use; the permission set omits them.
        kept: what exists and differs from the source, with the difference; it is never changed.
    """

    org_id: str
    connection: str
    fields: tuple[str, ...] = ()
    permission_set: bool = False
    field_permissions: tuple[str, ...] = ()
    object_permissions: tuple[str, ...] = ()
    assign: bool = False
    left_out: tuple[str, ...] = ()
    kept: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is missing."""
        return not (self.has_components or self.field_permissions or self.object_permissions or self.assign)

    @property
    def has_components(self) -> bool:
        """Whether metadata is deployed."""
        return bool(self.fields or self.permission_set)

    @property
    def package(self) -> Package:
        """The components to deploy, from the files of the source."""
        own = {one.full_name: one.xml for one in org_source.source_fields() if one.full_name in self.fields}
        text = org_source.permission_set(frozenset(self.left_out))
        return Package(own, {PERMISSION_SET: text} if self.permission_set else {})

    @property
    def hash(self) -> str:
        """Identifies the plan in the question and with the answer."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]

    def document(self) -> dict[str, Any]:
        """The plan as JSON values."""
        return {**asdict(self), "kept": dict(self.kept)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> DeploymentPlan:
        """The plan of a `document`."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in document.items()
        }
        return cls(**values)

    def limited_to(self, approved: DeploymentPlan) -> DeploymentPlan:
        """What is missing now and was approved: a deployment may add less than was approved, never more."""
        return replace(
            self,
            fields=_common(self.fields, approved.fields),
            permission_set=self.permission_set and approved.permission_set,
            field_permissions=_common(self.field_permissions, approved.field_permissions),
            object_permissions=_common(self.object_permissions, approved.object_permissions),
            assign=self.assign and approved.assign,
        )


def _common(names: tuple[str, ...], approved: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name in approved)
