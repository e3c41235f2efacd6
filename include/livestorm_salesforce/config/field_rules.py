"""How one Salesforce field gets its value."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from livestorm_salesforce.enums import WritePolicy

FieldName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,79}$")]


class Section(BaseModel):
    """A section of the mapping: immutable, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class FieldRule(Section):
    """How one Salesforce field gets its value: from an attribute or a constant, with a write policy."""

    attribute: str | None = Field(None, alias="from")
    value: str | int | float | bool | None = None
    fallback: str | int | float | bool | None = None
    policy: WritePolicy = WritePolicy.OVERWRITE
    protect_edits: bool = False

    @model_validator(mode="after")
    def _one_source(self) -> FieldRule:
        if (self.attribute is None) == (self.value is None):
            raise PydanticCustomError("one_source", "give either 'from' (an attribute) or 'value' (a constant)")
        return self


def expand_short_form(rule: Any) -> Any:
    """`Title: job_title` is short for `Title: {from: job_title}`."""
    return {"from": rule} if isinstance(rule, str) else rule


Rule = Annotated[FieldRule, BeforeValidator(expand_short_form)]
Fields = dict[FieldName, Rule]
