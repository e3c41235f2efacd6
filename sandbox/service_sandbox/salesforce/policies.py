"""Rules that an admin of the org made: validation rules, duplicate rules, the lead assignment rule."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from service_sandbox.salesforce.errors import Refusal
from service_sandbox.salesforce.schema import SObject


@dataclass
class ValidationRule:
    """Refuses a record of `object` when `field` is blank (`blank`) or matches the regular expression `pattern`."""

    object: str
    field: str
    message: str
    blank: bool = False
    pattern: str | None = None

    def check(self, row: dict[str, Any]) -> None:
        """Raise the admin's text if the rule fires."""
        value = row.get(self.field)
        fires = (
            value is None if self.blank else value is not None and bool(re.search(self.pattern or "(?!)", str(value)))
        )
        if fires:
            raise Refusal("FIELD_CUSTOM_VALIDATION_EXCEPTION", self.message, [self.field])


@dataclass
class AssignmentRule:
    """The active lead assignment rule: every lead it runs on goes to `owner_id`."""

    owner_id: str


@dataclass(frozen=True)
class OwnerChange:
    """A lead that the assignment rule gave away."""

    verb: str
    email: str | None
    owner_before: str
    owner_after: str


class Policies:
    """Called by the writer for every record that comes through the API."""

    def __init__(self, org: Any):
        self.org = org
        self.validations: list[ValidationRule] = []
        self.checks: list[Callable[[SObject, dict[str, Any], dict[str, Any], str, Any], None]] = []
        self.assignment: AssignmentRule | None = None
        self.owner_changes: list[OwnerChange] = []

    def __call__(self, sobject: SObject, row: dict[str, Any], changes: dict[str, Any], verb: str, context: Any) -> None:
        """Run validation and duplicate rules on the row as it would be, then assign; `changes` may be added to."""
        for rule in self.validations:
            if rule.object == sobject.name:
                rule.check(row)
        for check in self.checks:
            check(sobject, row, changes, verb, context)
        if sobject.name == "Lead" and self.assignment and context.auto_assign:
            self._assign(self.assignment.owner_id, row, changes, verb)

    def _assign(self, owner_id: str, row: dict[str, Any], changes: dict[str, Any], verb: str) -> None:
        before = row["OwnerId"]
        changes["OwnerId"] = owner_id
        if before != owner_id:
            self.owner_changes.append(OwnerChange(verb, row.get("Email"), before, owner_id))
