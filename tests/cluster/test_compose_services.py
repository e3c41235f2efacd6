"""Every service of docker-compose.yaml works with the command, environment and health check that the file gives it.

First the profile `cluster` loads a webinar, then the scheduler of the profile `small` on the same databases.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from scripts.demo.airflow import Airflow
from scripts.demo.layout import DAG_ID, ROOT
from scripts.demo.waiting import until
from service_sandbox import Sandbox
from tests.cluster.components import Components
from tests.cluster.compose import Services, resolved
from tests.harness.ports import free_port
from tests.harness.postgresql import Server, running_server
from tests.harness.programs import require_program
from tests.harness.webinar import add_webinar

PATIENCE = 400
CLUSTER = [
    "airflow-apiserver", "airflow-celery-scheduler", "airflow-worker", "airflow-dag-processor", "airflow-triggerer",
]  # fmt: skip


def create_database(server: Server, password: str) -> None:
    """What the image of PostgreSQL creates from its environment: a database and its owner."""
    server.create_database("airflow")
    with psycopg.connect(f"postgresql://postgres@127.0.0.1:{server.port}/airflow", autocommit=True) as connection:
        connection.execute(f"CREATE USER airflow PASSWORD '{password}'")
        connection.execute("ALTER DATABASE airflow OWNER TO airflow")
        connection.execute("GRANT ALL ON SCHEMA public TO airflow")


def add_connections(services: dict[str, Any], sandbox: Sandbox) -> None:
    """Add connections to the sandbox, as a person writes them into `.env`, and unpause the DAGs."""
    for service in services.values():
        given = service.get("environment") or {}
        given |= {name: value for name, value in sandbox.connections.items() if name in given}
    services["airflow-dag-processor"]["environment"]["AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION"] = "False"


@contextmanager
def running(folder: Path, services: dict[str, Any], postgresql: Server) -> Iterator[Services]:
    api, redis = free_port(), free_port()
    addresses = {
        "@postgres/": f"@127.0.0.1:{postgresql.port}/",
        "@redis:6379": f"@127.0.0.1:{redis}",
        "//airflow-apiserver:8080": f"//127.0.0.1:{api}",
        "http://localhost:8080": f"http://127.0.0.1:{api}",
    }
    for name in ("auth", "logs", "stage"):
        (folder / name).mkdir()
    components = Components(folder / "processes.json", ROOT)
    found = Services(services, folder, addresses, components, api)
    try:
        found.start_redis(redis)
        found.complete("airflow-init")
        yield found
    finally:
        components.stop()


def load(airflow: Airflow, created: int) -> None:
    run_id = airflow.trigger()
    assert airflow.wait_for_run(run_id, lambda task: None, PATIENCE) == "success", airflow.first_failed_task(run_id)
    assert airflow.returned(run_id, "report")["buckets"]["created"] == created


def wait_until_healthy(services: Services, names: list[str]) -> None:
    for name in names:
        until(lambda name=name: services.is_healthy(name), lambda: None, PATIENCE, f"{name} is not healthy")


@pytest.mark.enable_socket
def test_every_service_works_with_what_the_file_gives_it(tmp_path: Path) -> None:
    program = require_program(shutil.which("docker-compose"), "Docker Compose", "docker-compose")
    services = resolved(tmp_path, program)
    (tmp_path / "postgresql").mkdir()
    with running_server(tmp_path / "postgresql") as postgresql, Sandbox("empty", tmp_path / "sandbox") as sandbox:
        add_webinar(sandbox, 5)
        add_connections(services, sandbox)
        create_database(postgresql, services["postgres"]["environment"]["POSTGRES_PASSWORD"])
        with running(tmp_path, services, postgresql) as started:
            for name in CLUSTER:
                started.start(name, free_port())
            airflow = Airflow(f"http://127.0.0.1:{started.api_port}", DAG_ID, lambda: None)
            airflow.password = services["airflow-init"]["environment"]["AIRFLOW_ADMIN_PASSWORD"]
            airflow.wait_until_healthy(PATIENCE)
            airflow.wait_for_dag(PATIENCE)
            load(airflow, 5)
            wait_until_healthy(started, CLUSTER)
            for name in ("airflow-celery-scheduler", "airflow-worker"):
                started.components.kill(name)
            add_webinar(sandbox, 7, title="Second tour")
            started.start("airflow-scheduler", free_port())
            wait_until_healthy(started, ["airflow-scheduler"])
            load(airflow, 7)
            assert started.components.restarts == []
