"""The part of Airflow's REST API that the demo needs: health, one DAG, its runs, a task's return value."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import requests

from scripts.demo.errors import DemoError
from scripts.demo.waiting import until

COMPONENTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")
ENDED = ("success", "failed")
Task = dict[str, Any]
"""A task instance as Airflow's REST API describes it."""


class Airflow:
    """One Airflow whose users are all admins. `check` is called at every wait and raises when a process has died."""

    def __init__(self, url: str, dag_id: str, check: Callable[[], None]) -> None:
        self.url = url
        self.dag_id = dag_id
        self.check = check
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy, no .netrc: this is our own machine

    def wait_until_healthy(self, seconds: float = 180) -> None:
        """All four components report in. The endpoint answers 200 while a component is dead: the fields count.

        The API that tasks speak to is built at its first call, which takes longer than the 5 seconds that a task waits
        for an answer: so that first call is made here.
        """
        until(self._healthy, self.check, seconds, "Airflow did not become healthy")
        self.session.get(f"{self.url}/execution/health", timeout=seconds).raise_for_status()
        answer = self.session.get(f"{self.url}/auth/token", timeout=30)
        answer.raise_for_status()
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def wait_for_dag(self, seconds: float = 120) -> None:
        """The DAG is known to the scheduler.

        Raises:
            DemoError: its file cannot be imported, or it did not appear in time.
        """
        until(self._dag_known, self.check, seconds, f"Airflow did not find the DAG {self.dag_id}")

    def trigger(self, conf: dict[str, Any] | None = None) -> str:
        """Starts a run and returns its id. Without a logical date: the run stands for now, not for an interval."""
        body = {"logical_date": None, "conf": conf or {}}
        return self._call("POST", f"dags/{self.dag_id}/dagRuns", json=body)["dag_run_id"]

    def wait_for_run(self, run_id: str, notice: Callable[[Task], None], seconds: float = 1800) -> str:
        """`success` or `failed`, when the run has ended. `notice` is told once of each try that failed meanwhile."""
        told: set[tuple[str, int, int]] = set()

        def ended() -> str | None:
            for task in self.tasks(run_id, "up_for_retry"):
                one = (task["task_id"], task["map_index"], task["try_number"])
                if one not in told:
                    told.add(one)
                    notice(task)
            state = self._call("GET", f"dags/{self.dag_id}/dagRuns/{run_id}")["state"]
            return state if state in ENDED else None

        return until(ended, self.check, seconds, f"The run {run_id} did not end", every=1)

    def returned(self, run_id: str, task_id: str) -> Any:
        """What a task returned; None when it returned nothing or did not run."""
        path = f"dags/{self.dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/return_value"
        answer = self._send("GET", path)
        if answer.status_code == 404:
            return None
        value = _checked(answer)["value"]
        return json.loads(value) if isinstance(value, str) else value

    def tasks(self, run_id: str, state: str | None = None) -> list[Task]:
        """The run's task instances, at most 100; only those in one state if it is given."""
        path = f"dags/{self.dag_id}/dagRuns/{run_id}/taskInstances"
        return self._call("GET", path, params={"state": state, "limit": 100})["task_instances"]

    def latest_run(self) -> Task:
        """The DAG's newest run, as Airflow's REST API describes it."""
        path = f"dags/{self.dag_id}/dagRuns"
        return self._call("GET", path, params={"order_by": "-run_after", "limit": 1})["dag_runs"][0]

    def of(self, dag_id: str) -> Airflow:
        """The same Airflow, with another DAG."""
        other = Airflow(self.url, dag_id, self.check)
        other.session = self.session
        return other

    def first_failed_task(self, run_id: str) -> Task | None:
        """The task instance that failed first; those after it may only have fallen with it."""
        return min(self.tasks(run_id, "failed"), key=lambda task: task["end_date"] or "", default=None)

    def run_address(self, run_id: str) -> str:
        return f"{self.url}/dags/{self.dag_id}/runs/{requests.utils.quote(run_id, safe='')}"

    def _healthy(self) -> bool:
        try:
            health = self.session.get(f"{self.url}/api/v2/monitor/health", timeout=10).json()
        except (requests.ConnectionError, requests.Timeout, ValueError):
            return False  # the server is still starting
        return all((health.get(name) or {}).get("status") == "healthy" for name in COMPONENTS)

    def _dag_known(self) -> bool:
        if self._send("GET", f"dags/{self.dag_id}").status_code == 200:
            return True
        errors = self._call("GET", "importErrors")["import_errors"]
        if errors:
            raise DemoError(f"Airflow cannot import {errors[0]['filename']}:\n{errors[0]['stack_trace']}")
        return False

    def _call(self, method: str, path: str, **options: Any) -> Any:
        return _checked(self._send(method, path, **options))

    def _send(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, f"{self.url}/api/v2/{path}", timeout=60, **options)


def _checked(answer: requests.Response) -> Any:
    if not answer.ok:
        asked = f"{answer.request.method} {answer.url}"
        raise DemoError(f"Airflow answered {answer.status_code} to {asked}: {answer.text[:500]}")
    return answer.json()
