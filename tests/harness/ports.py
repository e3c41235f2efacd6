"""Free ports of the loopback interface."""

from __future__ import annotations

import random
import socket
from contextlib import suppress

#: Below the ports of outgoing connections, one of which would take the port of a server that restarts.
PORTS = range(20_000, 32_000)
TRIES = 100


def free_port() -> int:
    """A port that no process uses."""
    for port in random.sample(PORTS, TRIES):
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError(f"{TRIES} ports between {PORTS[0]} and {PORTS[-1]} are in use: stop what uses them.")


def answers(port: int) -> bool:
    """Whether a process listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
