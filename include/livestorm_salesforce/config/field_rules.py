"""How one Salesforce field gets its value."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from livestorm_salesforce.enums import WritePolicy

FieldName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,79}$")]


#: In the file every constant is text, as written (`yaml_text`).
Constant = str | int | float | bool


class Section(BaseModel):
    """A section of the mapping: immutable, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)


def _distinct(values: dict[str, Constant]) -> dict[str, Constant]:
    if len({" ".join(answer.split()).casefold() for answer in values}) < len(values):
        raise PydanticCustomError("same_answer", "two answers differ in case or blanks only")
    return values


class FieldRule(Section):
    """How one Salesforce field gets its value: from an attribute or a constant, with a write policy.

    Attributes:
        values: answers to the values that are written instead of them.
        language: of numbers and dates in the answers; None: the language of the event.
    """

    attribute: str | None = Field(None, alias="from")
    value: Constant | None = None
    fallback: Constant | None = None
    values: Annotated[dict[str, Constant], AfterValidator(_distinct)] = Field(default_factory=dict)
    language: Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")] | None = None
    policy: WritePolicy = WritePolicy.OVERWRITE
    protect_edits: bool = False

    @model_validator(mode="after")
    def _one_source(self) -> FieldRule:
        if (self.attribute is None) == (self.value is None):
            raise PydanticCustomError("one_source", "give either 'from' (an attribute) or 'value' (a constant)")
        if self.attribute is None and (self.values or self.language):
            raise PydanticCustomError("one_source", "'values' and 'language' apply to answers, not to a constant")
        return self


def expand_short_form(rule: Any) -> Any:
    """`Title: job_title` is short for `Title: {from: job_title}`."""
    return {"from": rule} if isinstance(rule, str) else rule


Rule = Annotated[FieldRule, BeforeValidator(expand_short_form)]
Fields = dict[FieldName, Rule]
