"""Rules that an admin of the org configured: validation rules, duplicate rules and the lead assignment rule."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from service_sandbox.salesforce.model.errors import RecordError
from service_sandbox.salesforce.model.schema import SObject

Row = dict[str, Any]


@dataclass
class ValidationRule:
    """Rejects a record of `object` if `field` is blank (`blank`) or matches the regular expression `pattern`."""

    object: str
    field: str
    message: str
    blank: bool = False
    pattern: str | None = None

    def check(self, row: Row) -> None:
        """Raises a RecordError with the admin's message if the rule applies."""
        value = row.get(self.field)
        rejected = value is None if self.blank else self._matches(value)
        if rejected:
            raise RecordError("FIELD_CUSTOM_VALIDATION_EXCEPTION", self.message, [self.field])

    def _matches(self, value: Any) -> bool:
        return value is not None and self.pattern is not None and re.search(self.pattern, str(value)) is not None


@dataclass
class AssignmentRule:
    """The active lead assignment rule: it assigns every lead to `owner_id`."""

    owner_id: str


@dataclass(frozen=True)
class OwnerChange:
    """A lead whose owner was changed by the assignment rule."""

    operation: str
    email: str | None
    owner_before: str
    owner_after: str


Check = Callable[[SObject, Row, Row, str, Any], None]
"""Called with object, resulting row, changed values, operation and write context."""


class Policies:
    """The admin's rules of an org. The writer calls them for every record that is written through the API."""

    def __init__(self) -> None:
        self.validations: list[ValidationRule] = []
        self.checks: list[Check] = []
        self.assignment: AssignmentRule | None = None
        self.owner_changes: list[OwnerChange] = []

    def apply(self, sobject: SObject, row: Row, changes: Row, operation: str, context: Any) -> None:
        """Runs validation and duplicate rules on the resulting row, then the assignment rule.

        Args:
            changes: values to be written; the rules may add values.

        Raises:
            RecordError: a rule rejects the record.
        """
        for rule in self.validations:
            if rule.object == sobject.name:
                rule.check(row)
        for check in self.checks:
            check(sobject, row, changes, operation, context)
        if sobject.name == "Lead" and self.assignment and context.auto_assign:
            self._assign(self.assignment.owner_id, row, changes, operation)

    def _assign(self, owner_id: str, row: Row, changes: Row, operation: str) -> None:
        before = row["OwnerId"]
        changes["OwnerId"] = owner_id
        if before != owner_id:
            self.owner_changes.append(OwnerChange(operation, row.get("Email"), before, owner_id))
