"""A StatsD server that keeps what it receives."""

from __future__ import annotations

import socket
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class StatsdServer:
    """A UDP server on a free loopback port.

    Attributes:
        received: metric to its values with their type, such as `12|c`, in order.
    """

    port: int
    received: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def settings(self) -> Mapping[str, str]:
        """Environment variables of Airflow that send metrics here."""
        return {
            "AIRFLOW__METRICS__STATSD_ON": "True",
            "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
            "AIRFLOW__METRICS__STATSD_PORT": str(self.port),
            "AIRFLOW__METRICS__STATSD_PREFIX": "airflow",
        }

    def add(self, packet: bytes) -> None:
        for line in packet.decode().splitlines():
            name, _, value = line.partition(":")
            self.received[name].append(value)

    def own(self) -> dict[str, list[str]]:
        """What this project has sent, without prefix."""
        prefix = "airflow.livestorm_sync."
        return {name.removeprefix(prefix): values for name, values in self.received.items() if name.startswith(prefix)}


@contextmanager
def running_statsd() -> Iterator[StatsdServer]:
    """A server that receives until the end of the block."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(0.2)
        server, ended = StatsdServer(receiver.getsockname()[1]), threading.Event()

        def receive() -> None:
            while not ended.is_set():
                try:
                    server.add(receiver.recv(65_535))
                except TimeoutError:
                    continue

        thread = threading.Thread(target=receive, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            ended.set()
            thread.join()
