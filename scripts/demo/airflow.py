"""Client of Airflow's REST API: health, the runs of one DAG, return values of tasks."""

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
    """An Airflow. `check` is called during every wait and raises if a process has ended.

    Attributes:
        password: of the user `admin`; None for an Airflow without login.
    """

    password: str | None = None

    def __init__(self, url: str, dag_id: str, check: Callable[[], None]) -> None:
        self.url = url
        self.dag_id = dag_id
        self.check = check
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy and no .netrc for this machine

    def wait_until_healthy(self, seconds: float = 180) -> None:
        """Wait until all four components are healthy. The endpoint returns 200 even if one is not, so fields are read.

        The first request to the API for tasks is made here: Airflow builds that API at its first request, which takes
        longer than the 5 seconds that a task waits.
        """
        until(self._healthy, self.check, seconds, "Airflow did not become healthy")
        self.session.get(f"{self.url}/execution/health", timeout=seconds).raise_for_status()
        token, user = f"{self.url}/auth/token", {"username": "admin", "password": self.password}
        post = self.password is not None
        answer = self.session.post(token, json=user, timeout=30) if post else self.session.get(token, timeout=30)
        answer.raise_for_status()
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def wait_for_dag(self, seconds: float = 120) -> None:
        """Wait until the scheduler knows the DAG.

        Raises:
            DemoError: its file cannot be imported, or it did not appear in time.
        """
        until(self._dag_known, self.check, seconds, f"Airflow did not find the DAG {self.dag_id}")

    def unpause(self) -> None:
        """Let the scheduler start runs of all DAGs; one with a schedule starts the run of its last time at once."""
        self._call("PATCH", "dags", params={"dag_id_pattern": "~"}, json={"is_paused": False})

    def first_run(self, seconds: float = 120) -> str:
        """Return the id of the first run that the scheduler has started."""
        return until(self._scheduled_run, self.check, seconds, "The scheduler started no run")

    def trigger(self, conf: dict[str, Any] | None = None) -> str:
        """Start a run without logical date (for the current time, not for an interval) and return its id."""
        body = {"logical_date": None, "conf": conf or {}}
        return self._call("POST", f"dags/{self.dag_id}/dagRuns", json=body)["dag_run_id"]

    def wait_for_run(self, run_id: str, notice: Callable[[Task], None], seconds: float = 1800) -> str:
        """Wait for the end of a run and return `success` or `failed`. `notice` is called once for each failed try."""
        noticed: set[tuple[str, int, int]] = set()

        def ended() -> str | None:
            for task in self.tasks(run_id, "up_for_retry"):
                attempt = (task["task_id"], task["map_index"], task["try_number"])
                if attempt not in noticed:
                    noticed.add(attempt)
                    notice(task)
            state = self.run(run_id)["state"]
            return state if state in ENDED else None

        return until(ended, self.check, seconds, f"The run {run_id} did not end", every=1)

    def returned(self, run_id: str, task_id: str) -> Any:
        """Return the return value of a task; None if it returned nothing or did not run."""
        path = f"dags/{self.dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/return_value"
        answer = self._send("GET", path)
        if answer.status_code == 404:
            return None
        value = _checked(answer)["value"]
        return json.loads(value) if isinstance(value, str) else value

    def tasks(self, run_id: str, state: str | None = None) -> list[Task]:
        """Return the first 100 task instances of a run, all or those in one state."""
        path = f"dags/{self.dag_id}/dagRuns/{run_id}/taskInstances"
        return self._call("GET", path, params={"state": state, "limit": 100})["task_instances"]

    def answer(self, run_id: str, task_id: str, option: str) -> None:
        """Answer the question of a task, as a person does under Required Actions."""
        path = f"dags/{self.dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/-1/hitlDetails"
        self._call("PATCH", path, json={"chosen_options": [option], "params_input": {}})

    def attempts(self, run_id: str, task_id: str) -> int:
        """Return how often a task of a run was started."""
        return max(task["try_number"] for task in self.tasks(run_id) if task["task_id"] == task_id)

    def run(self, run_id: str) -> Task:
        """Return a run of the DAG, as Airflow's REST API describes it."""
        return self._call("GET", f"dags/{self.dag_id}/dagRuns/{run_id}")

    def latest_run(self) -> Task:
        """Return the newest run of the DAG, as Airflow's REST API describes it."""
        path = f"dags/{self.dag_id}/dagRuns"
        return self._call("GET", path, params={"order_by": "-run_after", "limit": 1})["dag_runs"][0]

    def of(self, dag_id: str) -> Airflow:
        """Return a client for another DAG of the same Airflow."""
        other = Airflow(self.url, dag_id, self.check)
        other.session = self.session
        return other

    def first_failed_task(self, run_id: str) -> Task | None:
        """Return the task instance that failed first; later failures may be its consequences."""
        return min(self.tasks(run_id, "failed"), key=lambda task: task["end_date"] or "", default=None)

    def run_address(self, run_id: str) -> str:
        """Return the URL of a run in the UI."""
        return f"{self.url}/dags/{self.dag_id}/runs/{requests.utils.quote(run_id, safe='')}"

    def _healthy(self) -> bool:
        try:
            health = self.session.get(f"{self.url}/api/v2/monitor/health", timeout=10).json()
        except (requests.ConnectionError, requests.Timeout, ValueError):
            return False  # the server is still starting
        return all((health.get(name) or {}).get("status") == "healthy" for name in COMPONENTS)

    def _scheduled_run(self) -> str | None:
        path = f"dags/{self.dag_id}/dagRuns"
        runs = self._call("GET", path, params={"order_by": "run_after", "limit": 1})["dag_runs"]
        return runs[0]["dag_run_id"] if runs else None

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
