"""Runs services of docker-compose.yaml without Docker: their commands, environment and health checks on this machine.

Host names of services become ports of the loopback interface, folders of the image become folders of a test.
"""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from scripts.demo.layout import ROOT, base_environment
from scripts.make_env import filled
from tests.cluster.components import Components

BIN = Path(sys.executable).parent
#: Ports of Airflow's servers in a container.
API_PORT, HEALTH_PORT = 8080, 8974


def resolved(folder: Path, program: str) -> dict[str, Any]:
    """The services as Docker Compose resolves them with a new `.env`.

    Args:
        program: path of docker-compose.
    """
    environment = folder / ".env"
    environment.write_text(filled((ROOT / ".env.example").read_text()))
    command = [program, "--env-file", str(environment), "--file", str(ROOT / "docker-compose.yaml"), "config"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
    services: dict[str, Any] = YAML(typ="safe").load(text)["services"]
    return services


@dataclass
class Services:
    """Services of the file on this machine.

    Attributes:
        folder: takes the place of the image's folder `/airflow`; each service has its own AIRFLOW_HOME below it.
        addresses: addresses of services in the file, and on this machine.
    """

    services: Mapping[str, Any]
    folder: Path
    addresses: Mapping[str, str]
    components: Components
    api_port: int
    health_ports: dict[str, int] = field(default_factory=dict)

    def start(self, name: str, health_port: int) -> None:
        """Start a service with its command."""
        self.health_ports[name] = health_port
        command = [str(BIN / "airflow"), *shlex.split(self.services[name]["command"])]
        self.components.launch(name, command, self.environment(name), self.folder / f"{name}.log")

    def start_redis(self, port: int) -> None:
        """Start the broker with the command of the file, on another port and folder."""
        *shell, line = self.services["redis"]["command"]
        (self.folder / "redis").mkdir()
        line = f"{line.replace('$$', '$')} --bind 127.0.0.1 --port {port} --dir {self.folder / 'redis'}"
        self.components.launch("redis", [*shell, line], self.environment("redis"), self.folder / "redis.log")

    def complete(self, name: str) -> None:
        """Run a service that ends."""
        program, *words = self.services[name]["entrypoint"]
        command = [str(BIN / program), *(word.replace("/airflow", str(self.folder)) for word in words)]
        self.components.complete(command, self.environment(name), self.folder / f"{name}.log")

    def is_healthy(self, name: str) -> bool:
        """Whether the health check of the file succeeds."""
        kind, *words = self.services[name]["healthcheck"]["test"]
        line = words[0] if kind == "CMD-SHELL" else shlex.join(words)
        line = line.replace("$$", "$")  # the check itself is resolved by a shell in the container
        for port, actual in ((API_PORT, self.api_port), (HEALTH_PORT, self.health_ports[name])):
            line = line.replace(f"127.0.0.1:{port}", f"127.0.0.1:{actual}")
        environment = self.environment(name) | {"HOSTNAME": socket.gethostname()}
        ended = subprocess.run(["/bin/sh", "-c", line], env=environment, capture_output=True, check=False)  # noqa: S603
        return ended.returncode == 0

    def environment(self, name: str) -> dict[str, str]:
        """The environment of the file and of the image, with addresses and folders of this machine."""
        home = self.folder / name
        home.mkdir(exist_ok=True)
        image = {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags")}
        ports = {
            "AIRFLOW__API__PORT": str(self.api_port),
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(self.health_ports.get(name, HEALTH_PORT)),
        }
        given = self.services[name].get("environment") or {}
        kept = {key: os.environ[key] for key in ("PYTHONPATH",) if key in os.environ}
        return base_environment() | kept | image | ports | {key: self._here(str(value)) for key, value in given.items()}

    def _here(self, value: str) -> str:
        for address, actual in self.addresses.items():
            value = value.replace(address, actual)
        return value.replace("/airflow/", f"{self.folder}/") if value.startswith("/airflow/") else value
