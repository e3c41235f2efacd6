"""A cluster on this machine: PostgreSQL, Redis, an S3 server, Airflow's components and two Celery workers.

Every component has its own AIRFLOW_HOME and temporary folder: what one writes there, no other can read.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.demo.airflow import Airflow
from scripts.demo.layout import DAG_ID, ROOT, base_environment
from tests.cluster.components import Components
from tests.harness.object_storage import ObjectStorage, running_storage
from tests.harness.ports import free_port
from tests.harness.postgresql import Server, running_server
from tests.harness.redis_server import RedisServer, running_redis

AIRFLOW = str(Path(sys.executable).parent / "airflow")
SERVICES = ("api-server", "scheduler", "dag-processor", "triggerer")
WORKERS = ("worker-1", "worker-2")
#: The recommended values of docs/operate/cluster.md, shorter where a test would wait.
DETECTION = {
    "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": "14400",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "45",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "10",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "20",
}


@dataclass
class Cluster:
    """A running cluster."""

    home: Path
    postgresql: Server
    redis: RedisServer
    storage: ObjectStorage
    components: Components
    airflow: Airflow
    state_database: str


@contextmanager
def running_cluster(home: Path, further: Mapping[str, str]) -> Iterator[Cluster]:
    """A cluster that knows the sync's DAG; everything ends with the block.

    Args:
        further: more environment variables for all components: connections and settings.
    """
    (home / "postgresql").mkdir()
    with (
        running_server(home / "postgresql") as postgresql,
        running_redis(home / "redis") as redis,
        running_storage() as storage,
    ):
        components = Components(home / "processes.json", ROOT)
        metadata, state = postgresql.create_database("airflow"), postgresql.create_database("livestorm")
        port = free_port()
        shared = _environment(metadata, redis.url, port) | storage.settings()
        shared |= {"LIVESTORM_SALESFORCE_DATABASE": state} | dict(further)
        try:
            components.complete([AIRFLOW, "db", "migrate"], _own(home, "init", shared), home / "logs" / "init.log")
            _launch_all(home, components, shared)
            airflow = Airflow(f"http://127.0.0.1:{port}", DAG_ID, components.check)
            airflow.wait_until_healthy()
            airflow.wait_for_dag()
            yield Cluster(home, postgresql, redis, storage, components, airflow, state)
        finally:
            components.stop()


def _launch_all(home: Path, components: Components, shared: Mapping[str, str]) -> None:
    for name in SERVICES:
        components.launch(name, [AIRFLOW, name], _own(home, name, shared), home / "logs" / f"{name}.log")
    for name in WORKERS:
        command = [AIRFLOW, "celery", "worker", "--celery-hostname", f"{name}@%h", "--concurrency", "2"]
        components.launch(name, command, _own(home, name, shared), home / "logs" / f"{name}.log")


def _own(home: Path, name: str, shared: Mapping[str, str]) -> dict[str, str]:
    """The environment of one component, with a home, a temporary folder and a port for its logs of its own."""
    airflow_home, temporary = home / name / "airflow", home / name / "tmp"
    (airflow_home / "config").mkdir(parents=True)
    temporary.mkdir()
    shutil.copy(ROOT / "scripts" / "airflow_local_settings.py", airflow_home / "config")
    return {
        **base_environment(),
        **({"PYTHONPATH": os.environ["PYTHONPATH"]} if "PYTHONPATH" in os.environ else {}),
        **shared,
        "AIRFLOW_HOME": str(airflow_home),
        "TMPDIR": str(temporary),
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(free_port()),
    }


def _environment(metadata: str, broker: str, port: int) -> dict[str, str]:
    driver = metadata.replace("postgresql://", "postgresql+psycopg2://")
    return {
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__SECRET_KEY": secrets.token_hex(32),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "AIRFLOW__CELERY__BROKER_URL": broker,
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{driver}",
        "AIRFLOW__CELERY__WORKER_PREFETCH_MULTIPLIER": "1",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__FERNET_KEY": "",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": driver,
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.25",
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "LIVESTORM_SALESFORCE_SCHEDULE": "none",
        "OPENBLAS_NUM_THREADS": "1",
        **DETECTION,
    }
