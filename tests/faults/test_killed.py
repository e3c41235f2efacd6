"""A worker process is killed (SIGKILL) during a write, and Airflow retries the task."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.faults.test_concurrent_changes import assert_idle, members, webinar, world  # noqa: F401 fixtures
from tests.harness.webinar import Webinar
from tests.harness.world import World

CODE = """
import importlib, sys, time
from livestorm_salesforce.clients.http import GuardedSession
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.runs.context import AppContext

plain = GuardedSession.request

def request(session, method, url, **options):
    answer = plain(session, method, url, **options)
    if method in ("POST", "PATCH") and "oauth2" not in url and answer.ok:
        print("written", flush=True)
        time.sleep(600)
    return answer

GuardedSession.request = request
task, do, *batch = sys.argv[1:]
call = getattr(importlib.import_module(f"livestorm_salesforce.tasks.{do}"), do)
call(TaskRun(AppContext.from_environment(), "one", task, {}, False), *map(int, batch))
"""


def killed_in(world: World, task: str) -> None:  # noqa: F811
    """Run a task in another process and kill it after Salesforce has executed its first write."""
    do, _, batch = task.partition("-")
    words = [sys.executable, "-c", CODE, task, do, *([batch] if batch else [])]
    count = world.org.writes.count(rejected=False)
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603
    written = next((line for line in process.stdout if "written" in line), None)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert written, "the task ended before it wrote anything"
    assert world.org.writes.count(rejected=False) > count


@pytest.mark.parametrize("task", ["load_campaigns", "load_people", "load_members-0"])
def test_a_killed_worker_loses_nothing_and_doubles_nothing(webinar: Webinar, task: str) -> None:  # noqa: F811
    place = webinar.world
    for name, do in place.tasks("one", {}, manual=False):
        if name == task:
            killed_in(place, task)
            do(2)
        else:
            do(1)
    assert place.last["verdict"] == "ok", place.last
    assert len(place.org.rows("Lead")) == 2
    assert set(members(place).values()) == {1}
    made = {write.id for write in place.org.writes.list(operation="create", rejected=False)}
    audit = place.audit()
    assert made == set(audit.loc[audit["action"] == "create", "record_id"])
    assert "detected" in set(audit["how"])
    assert_idle(place)
