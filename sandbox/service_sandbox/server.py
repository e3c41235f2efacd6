"""A uvicorn server in a thread, on a free loopback port unless a port is given."""

import asyncio
import socket
import threading
import time
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.auto import AutoHTTPProtocol

LOOPBACK = "127.0.0.1"
START_SECONDS = 30.0


class PortInUse(OSError):
    """The wanted address and port cannot be had."""


class Protocol(AutoHTTPProtocol):
    """uvicorn's own, which also tells the application its transport (in `scope["state"]`), so that it can be cut."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called once per connection."""
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


@dataclass(frozen=True)
class Tls:
    """Certificate and key, PEM files."""

    certificate: str
    key: str


class Server:
    """Serves `app` from `start` to `stop`.

    Args:
        port: 0 for a free one; `self.port` is the real one, known before `start`.
        host: the address to listen on.

    Raises:
        PortInUse: somebody else listens there.
    """

    def __init__(self, app: ASGIApp, *, port: int = 0, host: str = LOOPBACK, tls: Tls | None = None) -> None:
        try:
            self._socket = socket.create_server((host, port), backlog=256)
        except OSError as error:
            raise PortInUse(f"cannot listen on {host}:{port}: {error.strerror}; choose another port") from error
        # asyncio sets this only on sockets whose protocol is named; without it each answer waits 40 ms for an ACK.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            app, http=Protocol, log_config=None, log_level="warning", access_log=False, date_header=False,
            server_header=False, lifespan="off", interface="asgi3", loop="asyncio", ws="none", proxy_headers=False,
            timeout_graceful_shutdown=1, timeout_keep_alive=30,
            ssl_certfile=tls and tls.certificate, ssl_keyfile=tls and tls.key,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name=f"sandbox-{self.port}", daemon=True)

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

    def start(self) -> None:
        """Begin to serve; returns when the first call can be answered."""
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError(f"the server on port {self.port} did not start; see the error above")
            time.sleep(0.01)

    def ask_to_stop(self) -> None:
        """Take no further call; returns at once."""
        self._server.should_exit = self._server.force_exit = True

    def stop(self) -> None:
        """End to serve; returns when the port is free."""
        self.ask_to_stop()
        if self._thread.is_alive():
            self._thread.join(10)
        self._socket.close()
