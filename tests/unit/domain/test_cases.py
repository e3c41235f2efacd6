"""One test per case file under cases/."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.domain import case

FILES = sorted(case.CASES.glob("**/*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(case.CASES).with_suffix("")) for path in FILES])
def test_the_plan_is_what_the_case_expects(path: Path) -> None:
    document = case.load(path)
    expect = {name: value or {} for name, value in document["expect"].items() if name != "objects"}
    assert expect, f"{path.name} expects nothing"
    shown = case.shown(case.decide(document))
    assert {name: shown[name] or {} for name in expect} == expect


def test_there_are_cases() -> None:
    assert len(FILES) >= 70


def test_an_unknown_key_in_a_case_file_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "case.yaml"
    file.write_text("given: {sesions: []}\nexpect: {changes: }\n")
    with pytest.raises(ValueError, match="sesions"):
        case.load(file)
