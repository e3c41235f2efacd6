"""The demo's scenario: its four runs, the lines printed for each, and what counts as a failure."""

from __future__ import annotations

import json
import os
import pty
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scripts.demo.airflow import Airflow
from scripts.demo.errors import DemoError, Stopped
from scripts.demo.keyboard import wait_for_key
from scripts.demo.report_lines import format_report, wrote_nothing
from scripts.demo.sandbox import Webinar
from scripts.demo.scenario import run_scenario
from scripts.demo.waiting import until

START = datetime(2026, 12, 1, 10, tzinfo=UTC)
REPORT = {
    "verdict": "problems",
    "report": "runs/x/report.md",
    "sessions": {"listed": 30, "in_scope": 12, "without_campaign": 18},
    "people": {"matched_contact": 40, "matched_lead": 55, "not_found": 9},
    "members": {"created": 100, "updated": 4},
    "status_moves": {"new > Registered": 100, "Registered > Attended": 4},
    "objects": {"Lead": {"created": 9, "updated": 2}, "CampaignMember": {"created": 100, "updated": 4}},
    "calls": {"livestorm": 31, "salesforce": 12},
    "problems": [{"code": "INVALID_EMAIL_ADDRESS", "count": 3, "remedy": "correct the address in Livestorm"}],
}
FAILED = {"dag_id": "d", "dag_run_id": "r", "task_id": "extract", "map_index": 0, "try_number": 2}
LOGS = Path("no-logs")
WEBINAR = Webinar("s1", "How to", START, 120)
UNCHANGED = REPORT | {"verdict": "ok", "problems": [], "objects": {"Lead": {"created": 0, "updated": 0}}}


class FakeAirflow:
    """Ends every run at once with the next of the given return values."""

    def __init__(self, returns: list[Any], state: str = "success") -> None:
        self.returns, self.state = iter(returns), state

    def trigger(self) -> str:
        return "run"

    def unpause(self) -> None:
        pass

    def first_run(self) -> str:
        return "run"

    def wait_for_run(self, run_id: str, notice: Callable[[Any], None]) -> str:
        notice(FAILED)
        return self.state

    def returned(self, run_id: str, task_id: str) -> Any:
        return next(self.returns)

    def first_failed_task(self, run_id: str) -> dict[str, Any]:
        return FAILED

    def run_address(self, run_id: str) -> str:
        return "http://127.0.0.1/run"


class FakeSandbox:
    """Has a clock that stands still until it is moved, and a fixed number of calls."""

    def __init__(self) -> None:
        self.now, self.moves = START - timedelta(hours=2), []

    def clock(self) -> datetime:
        return self.now

    def move_to(self, moment: datetime) -> None:
        assert moment > self.now
        self.now = moment
        self.moves.append(moment)

    def reset_calls(self) -> None:
        pass

    def calls(self) -> dict[str, int]:
        return {"livestorm": 31, "salesforce": 12}


def test_four_runs_before_after_replay_and_unchanged() -> None:
    sandbox, lines = FakeSandbox(), []
    run_scenario(FakeAirflow([REPORT, REPORT, REPORT, UNCHANGED]), sandbox, WEBINAR, LOGS, lines.append)
    assert [line.split(",")[0].strip() for line in lines if line.startswith("\nRun")] == [
        f"Run {n}" for n in (1, 2, 3, 4)
    ]
    assert len(sandbox.moves) == 2
    assert START < sandbox.moves[0] < sandbox.moves[1]


def test_a_failed_run_with_a_report_does_not_fail_the_demo() -> None:
    lines: list[str] = []
    run_scenario(
        FakeAirflow([REPORT, REPORT, REPORT, UNCHANGED], state="failed"), FakeSandbox(), WEBINAR, LOGS, lines.append
    )
    assert sum("red after" in line for line in lines) == 4
    assert sum("Retrying. The task extract failed" in line for line in lines) == 4


@pytest.mark.parametrize("returned", [None, {}, {"verdict": "failed", "run_folder": "x"}])
def test_a_run_without_a_report_fails_the_demo_with_the_error_of_the_task(returned: Any, tmp_path: Path) -> None:
    logs = tmp_path
    log = logs / "dag_id=d" / "run_id=r" / "task_id=extract" / "map_index=0" / "attempt=2.log"
    log.parent.mkdir(parents=True)
    error = {"event": "Task failed", "error_detail": [{"exc_type": "ConfigError", "exc_value": "no token"}]}
    log.write_text(f"not json\n{json.dumps(error)}\n{json.dumps({'event': 'bye'})}\n")
    with pytest.raises(
        DemoError, match=r"left no report.*extract failed: ConfigError: no token\nIts log: .*attempt=2\.log"
    ):
        run_scenario(FakeAirflow([returned], state="failed"), FakeSandbox(), WEBINAR, logs, lambda line: None)


def test_a_last_run_that_writes_fails_the_demo() -> None:
    with pytest.raises(DemoError, match="it wrote to Salesforce"):
        run_scenario(FakeAirflow([REPORT] * 4), FakeSandbox(), WEBINAR, LOGS, lambda line: None)


def test_all_counts_are_printed_with_those_of_the_sandbox() -> None:
    text = "\n".join(format_report(REPORT, {"livestorm": 31, "salesforce": 13}))
    for part in (
        "listed 30, in scope 12, without campaign 18",
        "matched contact 40, matched lead 55, not found 9",
        "created 100, updated 4",
        "Registered > Attended 4",
        "Lead +9 ~2, CampaignMember +100 ~4",
        "Livestorm 31 (the sandbox counted 31), Salesforce 12 (the sandbox counted 13)",
        "3 x INVALID_EMAIL_ADDRESS",
        "      correct the address in Livestorm",
        "runs/x/report.md",
    ):
        assert part in text


def test_problems_with_the_same_code_and_remedy_are_printed_once() -> None:
    one = {"code": "VALUE_CUT", "count": 1, "remedy": "none"}
    lines = format_report(
        {"verdict": "ok", "report": "r", "problems": [one, one | {"count": 4}, one | {"code": "OTHER"}]}, {}
    )
    assert "done, with the notes below" in lines[0]
    assert [line.strip() for line in lines[2:-1]] == ["5 x VALUE_CUT", "none", "1 x OTHER", "none"]


def test_a_run_that_wrote_nothing_says_so() -> None:
    assert wrote_nothing(UNCHANGED)
    assert not wrote_nothing(REPORT)
    assert "written           nothing" in "\n".join(format_report(UNCHANGED, {}))


def test_missing_counts_are_left_out_and_unknown_verdicts_are_printed_unchanged() -> None:
    lines = format_report({"verdict": "odd", "report": "r"}, {})
    assert [line.split()[0] for line in lines] == ["verdict", "problems", "report"]
    assert "odd" in lines[0]


def test_waiting_ends_with_its_message_and_passes_on_exceptions_of_the_check() -> None:
    with pytest.raises(DemoError, match=r"It did not come within 0\.05 seconds"):
        until(lambda: None, lambda: None, 0.05, "It did not come", every=0.01)

    def ended() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        until(lambda: True, ended, 5, "never")


def test_an_unhealthy_component_is_noticed_although_airflow_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    airflow = Airflow("http://127.0.0.1:1", "dag", lambda: None)
    health = {name: {"status": "healthy"} for name in ("metadatabase", "scheduler", "dag_processor", "triggerer")}

    class Answer:
        @staticmethod
        def json() -> Any:
            return health

    monkeypatch.setattr(airflow.session, "get", lambda *args, **options: Answer)
    assert airflow._healthy()
    health["scheduler"] = {"status": "unhealthy"}
    assert not airflow._healthy()
    health["scheduler"] = None
    assert not airflow._healthy()


@pytest.mark.parametrize("key", [b"q", b"\r", b"\x03", b"\x04"], ids=repr)
def test_stop_keys_end_the_wait_and_other_keys_do_not(key: bytes) -> None:
    controller, terminal = pty.openpty()
    ended = threading.Event()

    def wait() -> None:
        wait_for_key(lambda: None, every=0.05, descriptor=terminal)
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    time.sleep(0.2)  # until the terminal is in single-key mode
    os.write(controller, b"x")
    assert not ended.wait(0.3)
    os.write(controller, key)
    assert ended.wait(10)


def test_waiting_for_a_key_notices_a_stop_from_another_shell() -> None:
    _, terminal = pty.openpty()

    def stopped() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        wait_for_key(stopped, descriptor=terminal)
