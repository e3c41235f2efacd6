"""The measurement of `make bench-tools`, with a test tool instead of the competing tools."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from lxml import etree

from benchmarks import bench
from benchmarks.competing_tools import measure, report
from benchmarks.competing_tools.__main__ import TOOLS, merged
from benchmarks.competing_tools.people import CAMPAIGN_COLUMNS, LEAD_COLUMNS, People
from benchmarks.competing_tools.process import ToolFailed, run
from benchmarks.competing_tools.work import Tool
from benchmarks.stage import Stage
from service_sandbox.salesforce.org.policies import ValidationRule

PRODUCT = measure.PRODUCT


class Direct(Tool):
    """A tool that inserts records without calls; tests change what it leaves out."""

    name = "direct"
    leaves_out = "everything"
    share = 1.0
    rewritten: ClassVar[list[int]] = []

    def prepare(self) -> None:
        self.work.token()

    def give(self) -> None:
        people = self.work.people
        self._given = replace(people, size=int(people.size * self.share))

    def sync(self) -> None:
        self.work.peaks.append(10)
        org, rows = self.work.stage.sandbox.org, list(self._given.leads())
        if held := org.rows("Lead"):
            names = {row["Email"]: row["FirstName"] for row in held}
            self.rewritten.append(sum(names[row[1]] != row[2] for row in rows))
            return
        campaigns = [dict(zip(CAMPAIGN_COLUMNS, row, strict=True)) for row in self._given.campaigns()]
        made = dict(zip((row[0] for row in self._given.campaigns()), org.insert("Campaign", campaigns), strict=True))
        leads = org.insert("Lead", [dict(zip(LEAD_COLUMNS, row, strict=True)) for row in rows])
        members = zip(self._given.members(), leads, strict=True)
        org.insert("CampaignMember", [{"CampaignId": made[key], "LeadId": lead} for (key, _), lead in members])


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_memory_is_measured_for_the_command_only(tmp_path: Path) -> None:
    held = b"x" * 200 * 1024 * 1024  # this process is large, the command is not
    small = run(python("print('hello')"), cwd=tmp_path)
    large = run(python("held = b'x' * 100 * 1024 * 1024"), cwd=tmp_path)
    assert small.text.strip() == "hello"
    assert small.peak < 60 < 100 < large.peak < 160, len(held)


def test_a_failed_or_missing_command_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="ended with 3: out of order"):
        run(python("import sys; print('out of order'); sys.exit(3)"), cwd=tmp_path)
    assert run(python("import sys; sys.exit(3)"), cwd=tmp_path, codes=(0, 3)).code == 3
    with pytest.raises(ToolFailed, match="no-such-tool was not found"):
        run(["no-such-tool"], cwd=tmp_path)


def test_a_command_that_exceeds_the_timeout_is_killed_with_its_children(tmp_path: Path) -> None:
    started = time.monotonic()
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    with pytest.raises(ToolFailed, match="took longer than 1 s"):
        run(python(code), cwd=tmp_path, timeout=1)
    assert time.monotonic() - started < 20


def test_the_runs_of_a_tool_are_measured_separately_with_50_changes_before_the_third(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Direct, "rewritten", [])
    first, again, _ = measure.competing_tool(Direct, People(60, sessions=3), tmp_path)
    assert (first["peak"], first["calls"], again["written"]) == (10, 0, 0)  # the login is not counted
    assert Direct.rewritten == [0, measure.CHANGED]


def test_a_tool_that_left_people_out_is_not_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Direct, "share", 0.5)
    with pytest.raises(ToolFailed, match=r"the org has {'Lead': 2, 'CampaignMember': 2} instead of 4 each"):
        measure.competing_tool(Direct, People(4), tmp_path)


def test_writes_of_the_product_are_counted_by_the_org(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of four people is rejected by a validation rule in both runs."""
    stage = Stage(tmp_path)
    rule = ValidationRule("Lead", "LastName", "Nobody of that name.", pattern="Lovelace3")
    stage.sandbox.org.policies.validations.append(rule)
    with stage.open():
        stage.session(4)
        rows = [bench.run(stage, f"run {number}", "--manual") for number in range(2)]
    monkeypatch.setattr(bench, "one_session", lambda size: rows)
    assert [(row["written"], row["refused"]) for row in measure.product(People(4))] == [(1 + 3 + 3 + 3, 1), (0, 1)]


def test_seconds_of_repeated_runs_are_summarized_by_their_median(tmp_path: Path) -> None:
    seen = iter([[one(calls=5, seconds=9.0), one(seconds=1.0)], [one(calls=7, seconds=2.0), one(seconds=3.0)],
                 [one(calls=6, seconds=4.0), one(seconds=2.0)]])  # fmt: skip
    first, again = measure.summarize("direct", People(4), 3, lambda: next(seen))
    assert (first["run"], first["calls"], first["seconds"], first["between"]) == ("first", 7, 4.0, [2.0, 9.0])
    assert (again["run"], again["seconds"], again["times"]) == ("again", 2.0, 3)


def one(**values: Any) -> dict[str, Any]:
    return {"calls": 1, "polls": 0, "seconds": 1.0, "peak": 1, "written": 0, "refused": 0, **values}


def case(tool: str, size: int, run: str, **values: Any) -> dict[str, Any]:
    return {"tool": tool, "size": size, "sessions": 1, "run": run, "between": [1, 2], "times": 5, "day": "2026-11-25",
            **one(**values)}  # fmt: skip


def every(tool: str, size: int, **values: Any) -> list[dict[str, Any]]:
    return [case(tool, size, run, **values) for run in measure.RUNS]


def test_the_table_contains_ratios_to_the_product() -> None:
    rows = every(PRODUCT, 200, calls=6, seconds=4.0, peak=260) + every(
        "SFDMU", 200, calls=15, seconds=10.0, written=2_000
    )
    many = [case("SFDMU", 100, run, sessions=20, calls=7) for run in ("first", "again")]
    text = report.table(rows + every("SFDMU", 2_000, calls=20) + many, PRODUCT, {"SFDMU": "matching"})
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[:6]]
    assert len({len(line) for line in cells}) == 1
    again = ["15", "2.5", "10.0", "2.5", "2,000", "0"]
    assert cells[3] == ["SFDMU", "200", "15", "0", "2.5", "10.0", "2.5", "1", *again, *again, "matching"]
    assert cells[4][:5] == ["SFDMU", "2,000", "20", "0", ""]  # no row of the product to compare with
    assert cells[4][-1] == ""
    assert (cells[5][1], set(cells[5][-7:])) == ("20 x 5", {""})  # with many sessions there is no third run
    assert cells[0][8:15:6] == ["again: calls", "50 changed: calls"]


def test_new_rows_replace_those_of_the_same_case() -> None:
    names = [kind.name for kind in TOOLS.values()]
    before = every(names[0], 200, calls=1) + every(PRODUCT, 2_000)
    rows = merged(before, every(names[0], 200, calls=2) + every(names[-1], 200) + every(PRODUCT, 200))
    assert [(row["tool"], row["size"]) for row in rows[::3]] == [
        (PRODUCT, 200), (names[0], 200), (names[-1], 200), (PRODUCT, 2_000)]  # fmt: skip
    assert [row["calls"] for row in rows if row["tool"] == names[0]] == [2, 2, 2]
    assert len(merged(rows, [case(PRODUCT, 200, "first", sessions=20)])) == len(rows) + 1


def test_the_plot_has_a_bar_for_every_value() -> None:
    rows = every(PRODUCT, 200) + every("SFDMU & more", 200) + every("SFDMU & more", 2_000)
    picture = etree.fromstring(report.plot([*rows, case(PRODUCT, 200, "first", sessions=20)]).encode())
    bars = [node for node in picture.iter("{http://www.w3.org/2000/svg}rect") if node.get("fill") != "white"]
    assert len(bars) == 2 * len(rows)  # calls and seconds
    assert all(float(bar.get("height")) > 0 for bar in bars)


def test_members_refer_to_a_lead_and_a_campaign() -> None:
    people = People(50, sessions=5)
    members = list(people.members())
    assert [lead for _, lead in members] == [row[0] for row in people.leads()]
    assert [key for key, _ in members][::10] == [row[0] for row in people.campaigns()]
