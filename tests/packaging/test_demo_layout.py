"""Ports and environment of the demo: it writes into the checkout only and ignores the caller's Airflow settings."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from livestorm_salesforce.cli.container import read_exports
from scripts.demo.errors import DemoError
from scripts.demo.layout import Layout, Ports, airflow_environment, base_environment, free_port

PORTS = Ports(8081, 8793, 8795)


@pytest.fixture
def taken() -> socket.socket:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_a_taken_port_is_replaced_by_the_next_free_one(taken: socket.socket) -> None:
    number = taken.getsockname()[1]
    assert free_port(number) > number


@pytest.mark.parametrize("choose", [lambda: Ports.choose(8793), Ports.unused])
def test_the_chosen_ports_differ(choose: Callable[[], Ports]) -> None:
    chosen = choose()
    assert len({chosen.ui, chosen.worker_logs, chosen.trigger_logs}) == 3


def test_without_a_free_port_the_error_states_the_remedy(taken: socket.socket) -> None:
    with pytest.raises(DemoError, match=r"No free port .* ARGS='--port N'"):
        free_port(taken.getsockname()[1], tries=1)


def test_the_base_url_follows_the_port() -> None:
    """Workers call the base URL."""
    environment = airflow_environment(Layout(), PORTS, Path("dags"))
    assert environment["AIRFLOW__API__PORT"] == "8081"
    assert environment["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:8081"


def test_airflow_writes_into_the_checkout_only(tmp_path: Path) -> None:
    environment = airflow_environment(Layout(tmp_path), PORTS, tmp_path / "dags")
    variables = ["AIRFLOW_HOME", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "LIVESTORM_SALESFORCE_STORE"]
    assert all(str(tmp_path / ".airflow") in environment[name] for name in variables)


def test_parallelism_suits_sqlite_and_the_server_listens_on_this_machine_only() -> None:
    environment = airflow_environment(Layout(), PORTS, Path("dags"))
    assert int(environment["AIRFLOW__CORE__PARALLELISM"]) <= 8
    assert environment["AIRFLOW__API__HOST"] == "127.0.0.1"


def test_airflow_knows_every_setting_of_the_demo(tmp_path: Path) -> None:
    """Airflow ignores unknown settings without a message."""
    names = [name for name in airflow_environment(Layout(tmp_path), PORTS, tmp_path) if name.startswith("AIRFLOW__")]
    options = [name.removeprefix("AIRFLOW__").lower().split("__", 1) for name in names]
    program = (
        "import json, sys; from airflow.configuration import conf;"
        "known = conf.configuration_description;"
        "print([pair for pair in json.loads(sys.argv[1]) if pair[1] not in known.get(pair[0], {}).get('options', {})])"
    )
    import json

    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program, json.dumps(options)], capture_output=True, text=True, check=True
    )
    assert ended.stdout.splitlines()[-1] == "[]"


def test_airflow_settings_of_the_caller_are_removed() -> None:
    outer = {"AIRFLOW__CORE__EXECUTOR": "CeleryExecutor", "AIRFLOW_CONN_SALESFORCE_DEFAULT": "{}", "PYTHONPATH": "x"}
    outer |= {"LIVESTORM_SALESFORCE_STORE": "s3://real", "HOME": "here", "NO_PROXY": "intranet"}
    environment = base_environment(outer)
    assert environment["HOME"] == "here"
    assert not [name for name in environment if name.startswith(("AIRFLOW", "LIVESTORM_SALESFORCE"))]
    assert "PYTHONPATH" not in environment
    assert environment["NO_PROXY"] == "intranet,localhost,127.0.0.1"
    assert environment["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)


def test_connections_are_read_like_a_shell_does(tmp_path: Path) -> None:
    file = tmp_path / "connections.env"
    file.write_text("# written by the sandbox\nexport A='{\"host\": \"x y\"}'\nB='it'\\''s'\n")
    assert read_exports(file) == {"A": '{"host": "x y"}', "B": "it's"}
