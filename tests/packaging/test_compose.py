"""docker-compose.yaml and Dockerfile, checked as data without Docker."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from livestorm_salesforce.cli.main import main
from livestorm_salesforce.config import Settings
from livestorm_salesforce.config.settings import PREFIX
from scripts.make_env import filled
from tests.harness.programs import require_program
from tests.packaging.pages import PARSED

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yaml").read_text()
DOCUMENT = YAML(typ="safe").load(TEXT)
SERVICES: dict[str, Any] = DOCUMENT["services"]
AIRFLOW_SERVICES = {name: service for name, service in SERVICES.items() if "airflow" in str(service.get("build"))}
OURS = AIRFLOW_SERVICES | {"sandbox": SERVICES["sandbox"]}
COMMON = {"postgres", "airflow-init", "airflow-apiserver", "airflow-dag-processor", "airflow-triggerer"}
PROFILES = {
    "small": COMMON | {"airflow-scheduler"},
    "cluster": COMMON | {"airflow-celery-scheduler", "airflow-worker", "redis"},
    "sandbox": {"sandbox", "sandbox-connections"},
}
LONG_RUNNING = sorted(name for name in AIRFLOW_SERVICES if "command" in SERVICES[name])
TASKS = ["airflow-scheduler", "airflow-worker"]  # run tasks
NOT_IN_COMPOSE_1_29 = ["name:", "dockerfile_inline", "required: false", "configs:", "include:"]


def volumes(service: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Mount point to (source, mode)."""
    mounts = [entry.split(":") for entry in service.get("volumes", [])]
    return {mount[1]: (mount[0], mount[2] if len(mount) > 2 else "rw") for mount in mounts}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_starts_what_it_needs(profile: str) -> None:
    assert {name for name, service in SERVICES.items() if profile in service["profiles"]} == PROFILES[profile]


@pytest.mark.parametrize("profile", ["small", "cluster"])
def test_compose_accepts_the_file(profile: str, tmp_path: Path) -> None:
    program = require_program(shutil.which("docker-compose"), "Docker Compose", "docker-compose")
    environment = tmp_path / ".env"
    environment.write_text(filled((ROOT / ".env.example").read_text()))
    for words in ([], ["--profile", profile, "--profile", "sandbox"]):
        command = [program, "--env-file", str(environment), "--file", str(ROOT / "docker-compose.yaml"), *words]
        ended = subprocess.run([*command, "config", "--quiet"], capture_output=True, text=True, check=False)  # noqa: S603
        assert (ended.returncode, ended.stderr) == (0, "")


def test_workers_can_be_scaled() -> None:
    worker = SERVICES["airflow-worker"]
    assert not {"ports", "container_name", "hostname"} & set(worker)


def test_each_executor_is_set_where_it_runs() -> None:
    executors = {
        name: service["environment"].get("AIRFLOW__CORE__EXECUTOR") for name, service in AIRFLOW_SERVICES.items()
    }
    assert {name: value for name, value in executors.items() if value} == {
        "airflow-scheduler": "LocalExecutor",
        "airflow-celery-scheduler": "CeleryExecutor",
        "airflow-worker": "CeleryExecutor",
    }


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_airflow_has_every_command(name: str) -> None:
    airflow = Path(sys.executable).parent / "airflow"
    command = [airflow, *shlex.split(SERVICES[name]["command"]), "--help"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert ended.returncode == 0, ended.stderr
    assert f"airflow {SERVICES[name]['command'].partition(' --')[0]}" in ended.stdout


def test_every_container_command_exists() -> None:
    words = [service.get("entrypoint", []) for service in AIRFLOW_SERVICES.values()]
    words += [service.get("healthcheck", {}).get("test", []) for service in AIRFLOW_SERVICES.values()]
    commands = {line[line.index("container") + 1] for line in words if "container" in line}
    assert commands == {"init", "connect", "health"}
    for command in commands:
        with pytest.raises(SystemExit) as ended:
            main(["container", command, "--help"])
        assert ended.value.code == 0


@pytest.mark.parametrize("name", [*TASKS, "airflow-apiserver"])
def test_services_that_run_tasks_or_show_runs_have_the_dags_the_logs_and_the_run_store(name: str) -> None:
    mounts = volumes(AIRFLOW_SERVICES[name])
    assert mounts["/airflow/dags"] == ("./dags", "ro")
    assert mounts["/airflow/logs"][0] == "logs"
    assert mounts["/airflow/stage"] == ("stage", "rw")
    store = AIRFLOW_SERVICES[name]["environment"]["LIVESTORM_SALESFORCE_STORE"]
    assert store == "${LIVESTORM_SALESFORCE_STORE:-/airflow/stage}"


def test_secrets_are_required_variables() -> None:
    secret = re.compile(r"PASSWORD|SECRET|FERNET|SQL_ALCHEMY")
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if secret.search(name) and not name.endswith("_FILE") and not name.startswith(PREFIX):
                assert re.search(r"\$\{\w+:\?[^}]+\}", value), name


def test_the_example_environment_names_every_required_secret_without_value() -> None:
    required = set(re.findall(r"\$\{(\w+):\?", TEXT))
    example = dict(
        line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if line[:1].isupper()
    )
    assert {name for name, value in example.items() if value == ""} == required


def test_every_generated_secret_is_different() -> None:
    text = filled((ROOT / ".env.example").read_text())
    values = [line.split("=", 1)[1] for line in text.splitlines() if line[:1].isupper()]
    assert all(values)
    assert len(set(values)) == len(values)
    from cryptography.fernet import Fernet

    (key,) = re.findall(r"^AIRFLOW__CORE__FERNET_KEY=(.*)$", text, re.MULTILINE)
    Fernet(key)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_gets_no_privileges_and_its_log_is_rotated(name: str) -> None:
    service = SERVICES[name]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["user"] in ("50000:0", "postgres", "redis")
    assert {"cpus", "mem_limit", "pids_limit"} <= set(service)
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}


def test_a_service_gets_only_the_environment_that_it_needs() -> None:
    assert "env_file" not in TEXT

    def with_variable(prefix: str) -> set[str]:
        return {
            name for name, one in SERVICES.items() if any(key.startswith(prefix) for key in one.get("environment", {}))
        }

    assert with_variable("AIRFLOW_ADMIN_PASSWORD") == {"airflow-init"}
    assert with_variable("POSTGRES_PASSWORD") == {"postgres"}
    # the triggerer looks at the queue of webhook deliveries and at bulk jobs
    sync = {*TASKS, "airflow-apiserver", "airflow-dag-processor", "airflow-triggerer", "sandbox-connections"}
    assert with_variable("AIRFLOW_CONN_") == sync
    assert with_variable("LIVESTORM_SALESFORCE_WEBHOOK_SECRET") == sync
    without_database = {"airflow-worker"}
    assert with_variable("AIRFLOW__CORE__FERNET_KEY") == set(AIRFLOW_SERVICES) - without_database
    assert with_variable("AIRFLOW__DATABASE") == set(AIRFLOW_SERVICES) - without_database
    assert with_variable("AIRFLOW__CELERY__") == {"airflow-celery-scheduler", "airflow-worker"}
    assert with_variable("AIRFLOW__API__SECRET_KEY") == {"airflow-apiserver"}
    issuing = {"airflow-apiserver", "airflow-scheduler", "airflow-celery-scheduler", "airflow-triggerer"}
    assert with_variable("AIRFLOW__API_AUTH__JWT_SECRET") == issuing


def test_every_setting_of_the_sync_is_passed_on() -> None:
    settings = {*PARSED, *(f"{PREFIX}{name.upper()}" for name in Settings.model_fields)}
    for name in [*TASKS, "airflow-triggerer"]:
        assert {key for key in SERVICES[name]["environment"] if key.startswith(PREFIX)} == settings


def test_the_ui_is_published_on_this_machine_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", [*LONG_RUNNING, "postgres", "redis"])
def test_long_running_services_have_a_health_check_and_are_restarted(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_services_start_after_the_migration(name: str) -> None:
    assert SERVICES[name]["depends_on"]["airflow-init"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("word", NOT_IN_COMPOSE_1_29)
def test_no_key_is_used_that_compose_1_29_rejects(word: str) -> None:
    assert not re.search(rf"^\s*{re.escape(word)}", TEXT, re.MULTILINE)


def test_the_sandbox_accepts_its_command() -> None:
    from service_sandbox.__main__ import parser

    options = parser().parse_args(shlex.split(SERVICES["sandbox"]["command"]))
    assert str(options.directory) in volumes(SERVICES["sandbox"])
    assert options.name == "sandbox"
    assert f":{options.livestorm_port}/_sandbox/health" in SERVICES["sandbox"]["healthcheck"]["test"][-1]
    exports = SERVICES["sandbox-connections"]["entrypoint"][-1]
    assert exports == f"{options.directory}/connections.env"
