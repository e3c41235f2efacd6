"""The commands find connections made in Airflow's UI, which are in its database and not in the environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from service_sandbox import Sandbox
from tests.conftest import ROOT

CONNECTIONS = ("livestorm_default", "salesforce_default")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory):
    """An Airflow whose database alone knows the sandbox."""
    home = tmp_path_factory.mktemp("airflow")
    with Sandbox(seed="empty", directory=tmp_path_factory.mktemp("sandbox")) as sandbox:
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "_AIRFLOW"))}
        fresh = plain | {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
            "LIVESTORM_SALESFORCE_STORE": f"file://{home}/store",
            "LIVESTORM_SALESFORCE_KEY_SECRET": "for marks",
        }
        airflow = str(Path(sys.executable).with_name("airflow"))
        commands = [["db", "migrate"]] + [
            ["connections", "add", name, "--conn-json", sandbox.connections[f"AIRFLOW_CONN_{name.upper()}"]]
            for name in CONNECTIONS
        ]
        for words in commands:
            done = subprocess.run([airflow, *words], env=fresh, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
            assert done.returncode == 0, done.stderr[-2000:]
        command = [sys.executable, "-m", "livestorm_salesforce.cli.main", "pair"]
        subprocess.run(command, env=fresh, cwd=ROOT, check=True)  # noqa: S603
        sandbox.livestorm.webhooks.subscribe("https://elsewhere.example/", "people.registered")
        yield fresh


@pytest.mark.parametrize(
    ("module", "arguments", "result"),
    [("webhooks", [], "people.registered"), ("erase", [], '"found after": 0'), ("erase", ["--mark"], "")],
)
def test_a_command_finds_them(environment: dict[str, str], module: str, arguments: list[str], result: str) -> None:
    command = [sys.executable, "-m", "livestorm_salesforce.cli.main", module, *arguments]
    done = subprocess.run(  # noqa: S603
        command, env=environment, cwd=ROOT, input="ada@acme.example\n", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert result in done.stdout and done.stdout.strip()
