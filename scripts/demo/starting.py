"""Starts Airflow's four components, each with its own log, unlike `airflow standalone`."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scripts.demo.airflow import Airflow
from scripts.demo.layout import DAG_ID, ROOT, Layout, Ports, airflow_environment, base_environment
from scripts.demo.processes import Processes

COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")


def start(
    layout: Layout,
    processes: Processes,
    ports: Ports,
    dags: Path,
    further: Mapping[str, str],
    connections: Mapping[str, Any] = MappingProxyType({}),
) -> Airflow:
    """Start all components and wait until they are healthy and know the sync's DAG.

    Args:
        further: more environment variables for all components: connections, settings.
        connections: connections to store in Airflow, by id, as `airflow connections import` reads them.

    Raises:
        DemoError: a component ended, or was not ready in time.
    """
    environment = base_environment() | airflow_environment(layout, ports, dags) | dict(further)
    configuration = layout.home / "config"
    configuration.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "scripts" / "airflow_local_settings.py", configuration)
    program = str(Path(sys.executable).parent / "airflow")
    processes.complete([program, "db", "migrate"], environment, layout.logs / "database.log")
    if connections:
        _store(connections, layout, processes, program, environment)
    for name in COMPONENTS:
        processes.start(name, [program, name], environment, layout.logs / f"{name}.log")
    airflow = Airflow(ports.url, DAG_ID, processes.check)
    airflow.wait_until_healthy()
    airflow.wait_for_dag()
    return airflow


def _store(
    connections: Mapping[str, Any], layout: Layout, processes: Processes, program: str, environment: dict[str, str]
) -> None:
    file = layout.home / "connections.json"
    file.touch(mode=0o600)
    try:
        file.write_text(json.dumps(dict(connections)))
        command = [program, "connections", "import", str(file)]
        processes.complete(command, environment, layout.logs / "connections.log")
    finally:
        file.unlink()


@dataclass(frozen=True)
class SeparateHome(Layout):
    """This checkout's code with another AIRFLOW_HOME."""

    place: Path = ROOT / ".airflow"

    @property
    def home(self) -> Path:
        return self.place


@contextmanager
def airflow_in(home: Path, further: Mapping[str, str], port: int | None = None) -> Iterator[Airflow]:
    """Run Airflow for a test or a measurement; its processes end with the block. See `start`.

    Args:
        port: port of the UI, or the next free one if it is taken; None: any port, for tests that run side by side.
    """
    layout = SeparateHome(place=home)
    processes = Processes(layout.state, layout.root)
    try:
        ports = Ports.unused() if port is None else Ports.choose(port)
        yield start(layout, processes, ports, layout.root / "dags", further)
    finally:
        processes.stop()
