"""Lines of the page Mapping, from a literal schema and literal registrations."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.config.loader import parse_mapping
from livestorm_salesforce.domain.shared.org_schema import FieldInfo, ObjectSchema
from livestorm_salesforce.web.mapping_table import FieldLine, field_lines

TEXT = """
lead:
  Email: email
  Title: job_title
  Ctiy: city
  Phone: phone
  Kind__c: {value: Guest}
"""
FIELDS = [
    FieldInfo("Email", "email", 80), FieldInfo("Title", length=5), FieldInfo("City", length=40),
    FieldInfo("Phone", "phone", 40, createable=False), FieldInfo("Kind__c", "picklist", restricted=True, values=("A",)),
]  # fmt: skip
LEAD = ObjectSchema("Lead", createable=True, updateable=True, fields={info.name: info for info in FIELDS})
SAMPLE = pd.DataFrame(
    {"form.email": ["a@x.example", None], "form.job_title": ["Developer", "CEO"], "form.city": [" ", None]}
)


def lines(sample: pd.DataFrame = SAMPLE) -> dict[str, FieldLine]:
    found = field_lines(parse_mapping(TEXT, "m"), {"Lead": LEAD}, {"Lead": {"Title": "Job title"}}, sample)
    return {line.name: line for line in found if line.sobject == "Lead"}


def kinds(line: FieldLine) -> list[str]:
    return [problem.kind for problem in line.problems]


def test_problems_of_fields() -> None:
    found = lines()
    assert found["Email"].problems == ()
    assert dict(found["Title"].problems[0].values) == {"count": 1, "longest": 9, "length": 5}
    assert (kinds(found["Ctiy"]), found["Ctiy"].problems[0].values["nearest"]) == (["unknown"], "City")
    assert kinds(found["Phone"]) == ["read-only"] and kinds(found["Kind__c"]) == ["constant"]


def test_fill_rates_and_examples() -> None:
    found = lines()
    assert (found["Email"].filled, found["Title"].filled, found["Ctiy"].filled) == (0.5, 1.0, 0.0)
    assert (found["Email"].example, found["Ctiy"].example, found["Title"].label) == ("a@x.example", "", "Job title")
    assert found["Phone"].filled == 0.0, "nobody answered the question"
    assert (found["Kind__c"].filled, found["Kind__c"].source_kind, found["Kind__c"].source) == (
        None,
        "constant",
        "Guest",
    )
    assert lines(pd.DataFrame())["Email"].filled is None
