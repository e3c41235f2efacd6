"""Fields that are looked at after the plan, all at once: what people edited, and what the org did not take."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

from livestorm_salesforce.config import Mapping
from livestorm_salesforce.domain.audit import entries
from livestorm_salesforce.domain.plan import edit_protection
from livestorm_salesforce.domain.plan.model import Plan, no_members
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.org_schema import FieldInfo, ObjectSchema

FIELDS = {"Title": FieldInfo("Title"), "LeadSource": FieldInfo("LeadSource", "picklist", values=("Web",))}
SCHEMAS = {"Lead": ObjectSchema("Lead", True, True, FIELDS)}
RULES = {name: SimpleNamespace(protect_edits=True) for name in FIELDS}
MAPPING = SimpleNamespace(lead=RULES, contact={}, campaign_member={}, campaign=SimpleNamespace(fields={}))
EMPTY = pd.DataFrame()


def plan_of(rows: list[tuple[int, str, str | None]]) -> Plan:
    """Updates of Leads: change, field, before."""
    fields = pd.DataFrame(rows, columns=["change_id", "field", "before"]).assign(after="new", field_reason=None)
    fields = fields.astype({"field": "str", "before": "str", "after": "str"})
    ids = fields["change_id"].drop_duplicates()
    changes = pd.DataFrame({"change_id": ids, "action": "update", "object": "Lead", "campaign_ref": None,
                            "source_key": ids.map("k{}".format), "reason": "changed",
                            "record_id": ids.map("00Q{}".format)})  # fmt: skip
    return Plan(changes, fields, EMPTY, EMPTY, EMPTY, pd.DataFrame())


def written_of(rows: list[tuple[int, str, str | None, bool]]) -> pd.DataFrame:
    """What was last written: change, field, value, whether a conversion carries it over."""
    frame = pd.DataFrame(rows, columns=["record_id", "field", "after", "carried"])
    return frame.assign(record_id=frame["record_id"].map("00Q{}".format)).astype({"after": "str", "carried": "object"})


@pytest.fixture
def comparisons(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many values were compared at a time."""
    seen: list[int] = []
    kept = normalize.comparable

    def watched(values: pd.Series, info: FieldInfo) -> pd.Series:
        seen.append(len(values))
        return kept(values, info)

    monkeypatch.setattr(normalize, "comparable", watched)
    return seen


def test_edits_of_many_are_found_with_one_comparison_per_field(comparisons: list[int]) -> None:
    rows = [(0, "Title", "ours"), (1, "Title", "theirs"), (2, "Title", "Ours"), (3, "Title", None), (4, "Title", None),
            (5, "LeadSource", "WEB"), (6, "LeadSource", "Fair"), (7, "Title", "never written")]  # fmt: skip
    written = [(0, "Title", "ours", True), (1, "Title", "ours", True), (2, "Title", "ours", True),
               (3, "Title", "ours", True), (4, "Title", "ours", False), (5, "LeadSource", "Web", True),
               (6, "LeadSource", "Web", True)]  # fmt: skip
    made = edit_protection.keep_edits(plan_of(rows), written_of(written), MAPPING, SCHEMAS)
    assert made.fields["change_id"].tolist() == [0, 4, 5, 7]  # a listed value's case is no edit, a title's is
    assert made.changes["change_id"].tolist() == [0, 4, 5, 7]
    assert made.notes["source_key"].tolist() == ["k1", "k2", "k3", "k6"]
    assert comparisons == [2, 2, 5, 5]


def test_a_value_that_is_one_of_two_that_we_wrote_is_no_edit() -> None:
    written = [(0, "Title", "older", False), (0, "Title", "ours", True)]
    assert (
        len(edit_protection.keep_edits(plan_of([(0, "Title", "ours")]), written_of(written), MAPPING, SCHEMAS).fields)
        == 1
    )


def test_where_nothing_was_written_before_nothing_is_held_back() -> None:
    plan = plan_of([(0, "Title", "theirs")])
    assert edit_protection.keep_edits(plan, written_of([]), MAPPING, SCHEMAS) is plan
    assert edit_protection.protected_fields(Mapping()).empty


def test_fields_that_the_org_did_not_take_are_no_part_of_what_was_done() -> None:
    plan = plan_of([(0, "Title", "a"), (0, "LeadSource", "b"), (1, "Title", "c"), (2, "Title", "d")])
    results = pd.DataFrame({"change_id": [0, 1, 2], "outcome": ["done", "done", "refused"],
                            "record_id": ["00Q0", "00Q1", None], "dropped": ["Phone Title", None, None],
                            "shortened": None})  # fmt: skip
    done = entries.written_entries(plan, results.astype({"dropped": "str", "record_id": "str"}))
    assert list(zip(done["record_id"], done["field"], strict=True)) == [("00Q0", "LeadSource"), ("00Q1", "Title")]
    assert set(done["how"]) == {"response"}


@pytest.mark.parametrize(
    ("now", "detected"),
    [
        ([("Title", "VP")], ["LeadSource", "Title"]),
        ([("Title", "old")], ["LeadSource"]),
        ([("Title", "VP"), ("LeadSource", "other")], []),
        ([], ["LeadSource", "Title"]),
    ],
    ids=["a flow changed one value", "one was rejected", "neither has its value", "both have theirs"],
)
def test_a_value_that_a_flow_changed_was_written_if_another_of_its_change_was(
    now: list[tuple[str, str]], detected: list[str]
) -> None:
    planned = plan_of([(0, "Title", "old"), (0, "LeadSource", "none")])
    read = plan_of([(0, name, value) for name, value in now])
    people = pd.DataFrame({"object": ["Lead"], "email_key": ["k0"], "record_id": ["00Q0"]}, dtype="str")
    campaigns = pd.DataFrame(columns=["session_id", "campaign_ref", "campaign_id"], dtype="str")
    fresh = replace(read, people=people, campaigns=campaigns, members=no_members())
    found = entries.detect_applied(planned, plan_of([]), fresh)
    assert sorted(found["field"]) == detected and set(found["how"]) <= {"detected"}
    assert set(found["after"]) <= {"new"}
