"""What happens to the cluster while a run works: machines and servers fail and come back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from service_sandbox import Sandbox
from tests.cluster.cluster import Cluster

T = TypeVar("T")
#: Seconds until a run reaches the next disturbance, and for which PostgreSQL is down.
PATIENCE, OUTAGE = 900.0, 10.0
ENDED = ("success", "failed", "upstream_failed", "skipped")


@dataclass
class Disturbances:
    """All disturbances of one run, in the order of its tasks.

    Attributes:
        done: what happened, with the seconds since the start of the run.
    """

    cluster: Cluster
    sandbox: Sandbox
    run_id: str
    done: list[str] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)

    def play(self) -> None:
        """Wait for each point of the run and disturb it there."""
        self._until("extract", lambda: self._running("extract"))
        self._restart_redis()
        self._until("the second extract", lambda: self._people_calls() >= 5)
        self._stop_postgresql()
        self._kill_worker()
        self._until("load_members", lambda: self._running("load_members"))
        self._kill_scheduler()

    def _people_calls(self) -> int:
        return len(self.sandbox.calls.list(service="livestorm", where=lambda call: call.path.endswith("/people")))

    def _restart_redis(self) -> None:
        self.cluster.redis.stop()
        self.cluster.redis.start()
        self._note("Redis restarted")

    def _stop_postgresql(self) -> None:
        self.cluster.postgresql.stop()
        time.sleep(OUTAGE)
        self.cluster.postgresql.start()
        self._note(f"PostgreSQL stopped for {OUTAGE:g} s")

    def _kill_worker(self) -> None:
        """Kill the worker that loads people, after some were written; calls are slow so that it has not ended."""
        fault = self.sandbox.faults.add("slow", service="salesforce", method="POST", seconds=3)
        task = self._until("load_people", lambda: self._running("load_people"))
        self._until("a created Lead", lambda: self.sandbox.org.writes.count("Lead", "create") or self._ended())
        worker = self.cluster.components.owner(task["pid"])
        assert worker, "load_people ended before its worker was killed"
        self.cluster.components.kill(worker)
        self.sandbox.faults.remove(fault)
        written = self.sandbox.org.writes.count("Lead", "create")
        self._note(f"{worker} killed in load_people after {written} Leads")

    def _kill_scheduler(self) -> None:
        self.cluster.components.kill("scheduler")
        time.sleep(2)
        self.cluster.components.restart("scheduler")
        self._note("scheduler killed and started again")

    def _running(self, task_id: str) -> dict[str, Any] | None:
        """The running instance of a task with its process id."""
        for task in self.cluster.airflow.tasks(self.run_id, "running"):
            if task["task_id"] == task_id and task["pid"]:
                return task
        return None

    def _ended(self) -> bool:
        tasks = self.cluster.airflow.tasks(self.run_id)
        return any(task["task_id"] == "load_people" and task["state"] in ENDED for task in tasks)

    def _until(self, what: str, condition: Callable[[], T | None]) -> T:
        deadline = time.monotonic() + PATIENCE
        while not (found := condition()):
            assert time.monotonic() < deadline, f"the run did not reach {what}; so far: {self.done}"
            time.sleep(0.1)
        return found

    def _note(self, what: str) -> None:
        self.done.append(f"{time.monotonic() - self._began:.0f} s: {what}")
        print(self.done[-1], flush=True)
