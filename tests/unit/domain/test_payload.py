"""Values in their JSON types, also where the type of a field has changed since the plan (field C8)."""

from __future__ import annotations

import pytest

from livestorm_salesforce.domain.plan.payload import json_types
from livestorm_salesforce.domain.shared.org_schema import FieldInfo, ObjectSchema


@pytest.mark.parametrize(
    ("info", "text", "expected"),
    [
        (FieldInfo("F", "boolean"), "true", True),
        (FieldInfo("F", "boolean"), "false", False),
        (FieldInfo("F", "boolean"), "Analyst", "Analyst"),
        (FieldInfo("F", "double", scale=2), "12.5", 12.5),
        (FieldInfo("F", "int"), "12", 12),
        (FieldInfo("F", "int"), "12.5", 12.5),
        (FieldInfo("F", "double"), "1e300", 1e300),
        (FieldInfo("F", "double"), "Analyst", "Analyst"),
        (FieldInfo("F", "double"), "nan", "nan"),
        (FieldInfo("F", "double"), "Infinity", "Infinity"),
        (FieldInfo("F", "string"), "12", "12"),
    ],
)
def test_a_value_that_does_not_fit_its_field_stays_text(info: FieldInfo, text: str, expected: object) -> None:
    converted = json_types(["F"], ObjectSchema("Lead", True, True, {"F": info}))["F"](text)
    assert converted == expected and type(converted) is type(expected)
