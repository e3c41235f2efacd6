"""Processes of the demo are recorded, watched and stopped with their descendants; others are never touched."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from scripts.demo.errors import DemoError, Stopped
from scripts.demo.processes import Processes, Started, log_end

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
#: A parent whose child ignores SIGTERM, as a busy worker does.
FAMILY = [
    sys.executable,
    "-c",
    "import subprocess, sys, time\n"
    "child = 'import signal as s, time; s.signal(s.SIGTERM, s.SIG_IGN); print(1, flush=True); time.sleep(600)'\n"
    "subprocess.Popen([sys.executable, '-c', child], stdout=sys.stdout, start_new_session=True)\n"
    "time.sleep(600)\n",
]


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    made = Processes(tmp_path / "state" / "processes.json", tmp_path)
    yield made
    made.stop()


def wait_for(log: Path, text: str) -> None:
    deadline = time.monotonic() + 30
    while text not in (log.read_text() if log.exists() else ""):
        assert time.monotonic() < deadline, f"{text!r} did not come"
        time.sleep(0.05)


def test_a_started_process_runs_and_logs_until_it_is_stopped(processes: Processes, tmp_path: Path) -> None:
    processes.start("sleeper", SLEEPER, {}, tmp_path / "log")
    wait_for(tmp_path / "log", "up")
    processes.check()
    (entry,) = processes.started()
    assert entry.process() is not None
    assert processes.stop() == 1
    assert entry.process() is None
    assert processes.started() == []


def test_another_shell_stops_the_processes_of_the_state_file(processes: Processes, tmp_path: Path) -> None:
    processes.start("sleeper", SLEEPER, {}, tmp_path / "log")
    other = Processes(processes.state, tmp_path)
    assert [entry.name for entry in other.started()] == ["sleeper"]
    assert other.stop() == 1
    with pytest.raises(Stopped):
        processes.check()


def test_children_that_left_the_process_group_and_ignore_sigterm_are_stopped(
    processes: Processes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.demo.processes.GRACE_SECONDS", 1)
    processes.start("family", FAMILY, {}, tmp_path / "log")
    wait_for(tmp_path / "log", "1")
    (entry,) = processes.started()
    (child,) = entry.process().children()
    processes.stop()
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_a_process_that_ended_is_reported_with_the_end_of_its_log(processes: Processes, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('the port is taken')"]
    processes.start("server", command, {}, tmp_path / "server.log")
    wait_for(tmp_path / "server.log", "the port is taken")
    processes.children["server"].wait(30)
    with pytest.raises(DemoError, match=r"(?s)server has ended by itself.*server\.log.*the port is taken"):
        processes.check()


def test_a_reused_process_id_is_not_touched(processes: Processes, tmp_path: Path) -> None:
    with subprocess.Popen(SLEEPER, stdout=subprocess.DEVNULL) as other:  # noqa: S603
        created_earlier = psutil.Process(other.pid).create_time() - 3600
        processes.state.parent.mkdir()
        entry = Started("old", other.pid, created_earlier, str(tmp_path / "log"))
        processes.state.write_text(json.dumps([entry.__dict__]))
        assert processes.stop() == 0
        assert other.poll() is None
        other.kill()


def test_stop_without_processes_does_nothing(processes: Processes) -> None:
    assert processes.stop() == 0


def test_an_interrupted_stop_is_completed_by_the_next(processes: Processes, tmp_path: Path) -> None:
    processes.start("sleeper", SLEEPER, {}, tmp_path / "log")
    processes.state.replace(processes.stopping)
    assert Processes(processes.state, tmp_path).stop() == 1
    assert not processes.stopping.exists()


def test_a_failed_command_is_reported_with_its_output(processes: Processes, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no such table')"]
    with pytest.raises(DemoError, match="no such table"):
        processes.complete(command, {}, tmp_path / "log")
    processes.complete([sys.executable, "-c", "print('fine')"], {}, tmp_path / "log")


def test_the_end_of_a_log_is_shown(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("".join(f"line {number}\n" for number in range(100)))
    shown = log_end(tmp_path / "log", lines=2)
    assert str(tmp_path / "log") in shown
    assert shown.splitlines()[1:] == ["    line 98", "    line 99"]
