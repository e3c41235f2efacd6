"""A uvicorn server in a thread, on a free loopback port unless a port is given."""

import asyncio
import socket
import threading
import time
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.auto import AutoHTTPProtocol

LOOPBACK = "127.0.0.1"
START_SECONDS = 30.0


class PortInUse(OSError):
    """The requested address and port are in use."""


# uvicorn selects the class when it is imported.
class Protocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """uvicorn's protocol, which also passes its transport to the application in `scope["state"]`.

    The middleware closes the transport to simulate a broken connection.
    """

    app_state: dict[str, Any]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called once per connection."""
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


@dataclass(frozen=True)
class Tls:
    """Paths of the certificate and the private key, PEM files."""

    certificate: str
    key: str


class Server:
    """Serves an application between `start` and `stop`.

    Args:
        port: 0 for a free port; `self.port` is the actual port, known before `start`.
        host: address to listen on.

    Raises:
        PortInUse: another process listens on the address.
    """

    def __init__(self, app: ASGIApp, *, port: int = 0, host: str = LOOPBACK, tls: Tls | None = None) -> None:
        try:
            self._socket = socket.create_server((host, port), backlog=256)
        except OSError as error:
            raise PortInUse(f"cannot listen on {host}:{port}: {error.strerror}; choose another port") from error
        # asyncio sets this only for sockets with an explicit protocol; without it each response is delayed by 40 ms.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            app, http=Protocol, log_config=None, log_level="warning", access_log=False, date_header=False,
            server_header=False, lifespan="off", interface="asgi3", loop="asyncio", ws="none", proxy_headers=False,
            timeout_graceful_shutdown=1, timeout_keep_alive=30,
            ssl_certfile=tls.certificate if tls else None, ssl_keyfile=tls.key if tls else None,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name=f"sandbox-{self.port}", daemon=True)

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

    def start(self) -> None:
        """Starts to serve; returns when the server accepts calls."""
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError(f"the server on port {self.port} did not start; see the error above")
            time.sleep(0.01)

    def request_stop(self) -> None:
        """Stops to accept calls; returns at once."""
        self._server.should_exit = self._server.force_exit = True

    def stop(self) -> None:
        """Stops to serve; returns when the port is free."""
        self.request_stop()
        if self._thread.is_alive():
            self._thread.join(10)
        self._socket.close()
