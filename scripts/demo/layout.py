"""Folders, ports and environment variables of the demo. It writes into the checkout only."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from scripts.demo.errors import DemoError

ROOT = Path(__file__).resolve().parents[2]
DAG_ID = "livestorm_to_salesforce"
EXCLUDED = ("AIRFLOW", "_AIRFLOW", "LIVESTORM_SALESFORCE_", "PYTHON")


@dataclass(frozen=True)
class Layout:
    """Folders of the demo in a checkout."""

    root: Path = ROOT

    @property
    def home(self) -> Path:
        return self.root / ".airflow"

    @property
    def sandbox(self) -> Path:
        return self.root / ".sandbox"

    @property
    def logs(self) -> Path:
        return self.home / "demo-logs"

    @property
    def state(self) -> Path:
        return self.home / "demo-processes.json"


@dataclass(frozen=True)
class Ports:
    """Ports of the UI and of Airflow's two log servers, free ones if another Airflow uses the defaults."""

    ui: int
    worker_logs: int
    trigger_logs: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ui}"

    @classmethod
    def choose(cls, wanted: int = 8080) -> Ports:
        """Return the wanted port or the next free one for the UI, and free ports for the log servers."""
        ui = free_port(wanted)
        worker = free_port(8793, taken=[ui])
        return cls(ui, worker, free_port(8794, taken=[ui, worker]))

    @classmethod
    def unused(cls) -> Ports:
        """Return ports that the system assigns: two Airflows that start at the same time get different ones."""
        with ExitStack() as stack:
            probes = [stack.enter_context(socket.socket()) for _ in range(3)]
            for probe in probes:
                probe.bind(("127.0.0.1", 0))
            return cls(*(probe.getsockname()[1] for probe in probes))


def free_port(wanted: int, taken: Iterable[int] = (), tries: int = 50) -> int:
    """Return the first free port from `wanted` on.

    Raises:
        DemoError: none of `tries` ports is free.
    """
    for port in range(wanted, wanted + tries):
        if port not in taken and _is_free(port):
            return port
    last = wanted + tries - 1
    raise DemoError(f"No free port from {wanted} to {last}. Stop what uses them, or: make demo ARGS='--port N'")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # allows ports whose last connection was closed within a minute, but not ports with a listener
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def base_environment(outer: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the caller's environment without Airflow and Python settings, with this virtual environment on PATH."""
    kept = {name: value for name, value in outer.items() if not name.startswith(EXCLUDED)}
    search = [str(Path(sys.executable).parent), kept.get("PATH", os.defpath)]
    local = [kept.get("NO_PROXY", kept.get("no_proxy", "")), "localhost", "127.0.0.1"]
    without_proxy = ",".join(part for part in local if part)
    return kept | {
        "PATH": os.pathsep.join(search),
        "NO_PROXY": without_proxy,
        "no_proxy": without_proxy,
    }


def hourly(now: datetime) -> str:
    """Return an hourly schedule whose last time was a minute ago.

    Unpausing the DAG starts the run of that time, the first of the demo; the next one starts when the demo is over.
    """
    return f"{(now - timedelta(minutes=1)).minute} * * * *"


def airflow_environment(layout: Layout, ports: Ports, dags: Path) -> dict[str, str]:
    """Return Airflow's settings: SQLite, no login page, reachable from this machine only.

    With SQLite, components fail above 8 parallel tasks, hence 4. Workers call the base URL, so it contains the port. A
    supervisor may notice the end of its task's process at the next heartbeat only, by default after 5 seconds, in which
    the task keeps its slot and following tasks wait; hence 1 second.
    """
    return {
        "AIRFLOW_HOME": str(layout.home),
        "AIRFLOW__API__BASE_URL": ports.url,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(ports.ui),
        "AIRFLOW__API__SECRET_KEY": secrets.token_hex(32),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(layout.root / "plugins"),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{layout.home / 'airflow.db'}",
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(ports.trigger_logs),
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(ports.worker_logs),
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.1",
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "LIVESTORM_SALESFORCE_SCHEDULE": "none",
        "LIVESTORM_SALESFORCE_STORE": str(layout.home / "runs"),
    }
