"""Every case file under cases/, one test each. Adding a case needs no Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core import case

FILES = sorted(case.CASES.glob("**/*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(case.CASES).with_suffix("")) for path in FILES])
def test_the_plan_is_what_the_case_expects(path: Path) -> None:
    document = case.load(path)
    decided = case.decide(document)
    expect = document["expect"]
    unknown = set(expect) - {"changes", "objects", "registrants", "sessions", "reading", "notes", "people"}
    assert not unknown, f"{path.name}: unknown expectations {unknown}"
    if "changes" in expect:
        objects = expect.get("objects", ["Lead", "Contact", "CampaignMember"])
        shown = {name: fields for name, fields in case.shown_changes(decided).items() if name.split()[1] in objects}
        assert shown == (expect["changes"] or {})
    if "registrants" in expect:
        assert case.shown_account(decided) == expect["registrants"]
    if "sessions" in expect:
        assert decided.scoped.set_index("session_id")["why"].to_dict() == expect["sessions"]
    if "reading" in expect:
        assert decided.scoped.set_index("session_id")["read_why"].to_dict() == expect["reading"]
    if "notes" in expect:
        notes = decided.plan.notes
        assert (
            sorted(notes["object"] + " " + notes["key"] + " " + notes["field"] + ": " + notes["note"])
            == expect["notes"]
        )
    if "people" in expect:
        people = decided.plan.people.set_index("key")
        shown = (people["matched_as"] + " " + people["record_id"].fillna("")).str.strip().to_dict()
        assert shown == expect["people"]


def test_there_are_cases() -> None:
    assert len(FILES) >= 40
