"""Both emulators with one clock, one call log and one set of faults."""

from __future__ import annotations

import json
import shlex
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from starlette.types import Receive, Scope, Send

from service_sandbox import seeds
from service_sandbox.admin import create_admin
from service_sandbox.control.calls import CallLog
from service_sandbox.control.clock import Clock, Moment, epoch
from service_sandbox.control.faults import Faults
from service_sandbox.livestorm import Workspace
from service_sandbox.salesforce import Org
from service_sandbox.salesforce.rest.service import RestApi
from service_sandbox.services import DATABASES, Services
from service_sandbox.serving import certificates
from service_sandbox.serving.delayed_calls import DelayedCalls
from service_sandbox.serving.middleware import ADMIN_PATH, Controls
from service_sandbox.serving.server import LOOPBACK, Server

API_VERSION = "67.0"
CLOCK_FILE, CONNECTIONS_FILE = "clock.txt", "connections.env"


class Sandbox:
    """Serves both emulators on loopback between `start` and `stop`, or inside a `with` statement.

    Args:
        seed: `empty`, `demo`, the path of a seed file, or the content of one as a mapping.
        directory: location of databases, certificates and `connections.env`; None for a temporary directory and
            databases in memory, which are faster.
        start: initial time of the clock; None for the seed's start or else the real time.
        keep: continue with the content of `directory` instead of seeding again. Access tokens of Salesforce, the call
            log and the faults are not kept.
        livestorm_port, salesforce_port: 0 for free ports.
        host: address to listen on.
        name: host name in the URLs given to clients; None for this machine's.
        salesforce_http: serve Salesforce without TLS.
        settings: settings of the workspace that override those of the seed (see `livestorm.settings.Settings`).

    Attributes:
        clock, calls, faults: shared by both services.
        services: the current workspace and org; replaced by `reset`.

    Raises:
        ValueError, FileNotFoundError: the seed is invalid or does not exist.
        PortInUse: another process listens on a port.
    """

    def __init__(
        self, seed: str | Path | Mapping[str, Any] = "empty", directory: Path | str | None = None, *,
        start: Moment | None = None, keep: bool = False, livestorm_port: int = 0, salesforce_port: int = 0,
        host: str = LOOPBACK, name: str | None = None, salesforce_http: bool = False,
        settings: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self._temporary = None
        if directory is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="sandbox-")
            directory = self._temporary.name
        self.directory = Path(directory).resolve()
        self.directory.mkdir(parents=True, exist_ok=True)
        self._seed, self._settings, self._start, self._name = seed, dict(settings or {}), start, name
        self._ca, certificate = certificates.ensure(self.directory, name)
        self._tls = None if salesforce_http else certificate
        # The ports are bound before seeding, which takes time: a port in use is reported at once.
        self._livestorm_server = Server(self._serve_livestorm, port=livestorm_port, host=host)
        self._salesforce_server = Server(self._serve_salesforce, port=salesforce_port, host=host, tls=self._tls)
        self.calls, self.faults, self.delayed_calls = CallLog(), Faults(), DelayedCalls()
        kept = keep and all((self.directory / file).exists() for file in (*DATABASES, CLOCK_FILE))
        loaded = seeds.load(seed)
        if not kept:
            self._delete_files(*DATABASES, CLOCK_FILE)
        self.clock = Clock(self._initial_time(loaded), file=self.directory / CLOCK_FILE)
        self.services = self._create(loaded, kept=kept)
        self._admin = create_admin(self)

    def _create(self, seed: seeds.Seed, *, kept: bool = False, in_memory: bool = False) -> Services:
        controls = Controls(self.clock, self.calls, self.faults, self.delayed_calls)
        services = Services(
            seed, None if in_memory or self._temporary else self.directory, controls, settings=self._settings,
            ca=self._ca, start=None if kept else self._initial_time(seed),
        )  # fmt: skip
        services.salesforce_api.base_url = self.salesforce_url
        return services

    def _initial_time(self, seed: seeds.Seed) -> datetime:
        """Returns the initial time of the clock in whole seconds; the content of a seed is placed around it."""
        requested = self._start if self._start is not None else seed.start
        return datetime.fromtimestamp(int(time.time() if requested is None else epoch(requested)), UTC)

    def _delete_files(self, *names: str) -> None:
        for name in names:
            for path in self.directory.glob(f"{name}*"):
                path.unlink()

    async def _serve_livestorm(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_admin = scope["type"] == "http" and scope["path"].startswith(f"{ADMIN_PATH}/")
        await (self._admin if is_admin else self.services.livestorm_app)(scope, receive, send)

    async def _serve_salesforce(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.services.salesforce_app(scope, receive, send)

    # --- lifecycle --------------------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Starts both servers and writes `connections.env`."""
        self._livestorm_server.start()
        self._salesforce_server.start()
        lines = [f"{key}={shlex.quote(value)}\n" for key, value in self.connections.items()]
        path = self.directory / CONNECTIONS_FILE
        path.touch(mode=0o600)
        path.write_text("".join(lines))
        return self

    def stop(self) -> None:
        """Stops both servers and closes the databases. Files in a given `directory` remain."""
        servers = (self._livestorm_server, self._salesforce_server)
        for server in servers:
            server.request_stop()
        for server in servers:
            server.stop()
        self.services.close()
        if self._temporary:
            self._temporary.cleanup()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def reset(self, seed: str | Path | Mapping[str, Any] | None = None) -> None:
        """Restores the initial records, time, call log and faults, optionally with another seed. URLs do not change.

        Access tokens of Salesforce become invalid.

        Raises:
            ValueError: the other seed is invalid; nothing has changed.
        """
        if seed is not None:
            self._create(seeds.load(seed), in_memory=True).close()
            self._seed = seed
        self.services.close()
        self._delete_files(*DATABASES)
        loaded = seeds.load(self._seed)
        self.clock.move_to(self._initial_time(loaded))
        self.calls.reset()
        self.faults.clear()
        self.services = self._create(loaded)

    # --- state ------------------------------------------------------------------------------------------------------

    @property
    def livestorm(self) -> Workspace:
        """The Livestorm workspace."""
        return self.services.livestorm

    @property
    def org(self) -> Org:
        """The Salesforce org."""
        return self.services.org

    @property
    def salesforce_api(self) -> RestApi:
        """The REST API of the org: sessions (`auth`), call limits (`limits`) and bulk jobs (`jobs`)."""
        return self.services.salesforce_api

    @property
    def labels(self) -> dict[str, str]:
        """The ids of records that have a label in the seed."""
        return self.services.labels

    @property
    def livestorm_url(self) -> str:
        """Base URL of the Livestorm API, with `/v1`."""
        return f"http://{self._name or LOOPBACK}:{self._livestorm_server.port}/v1"

    @property
    def admin_url(self) -> str:
        """Base URL of the admin API."""
        return f"{self.livestorm_url.removesuffix('/v1')}{ADMIN_PATH}"

    @property
    def livestorm_token(self) -> str:
        """A private API token with all scopes; sent without `Bearer`."""
        return self.livestorm.token

    @property
    def salesforce_url(self) -> str:
        """The org's My Domain URL."""
        return f"{'https' if self._tls else 'http'}://{self._name or 'localhost'}:{self._salesforce_server.port}"

    @property
    def consumer_key(self) -> str:
        """Consumer key of the org's first app, for the client credentials flow."""
        return next(iter(self.org.users.apps))

    @property
    def consumer_secret(self) -> str:
        """Consumer secret of the same app."""
        return self.org.users.apps[self.consumer_key].consumer_secret

    @property
    def ca_bundle(self) -> str:
        """PEM file with the CA that issued the sandbox's certificate."""
        return str(self._ca)

    @property
    def connections(self) -> dict[str, str]:
        """Environment variables that define Airflow connections to both services."""
        extra = {"instance_url": self.salesforce_url, "consumer_key": self.consumer_key,
                 "consumer_secret": self.consumer_secret, "version": API_VERSION}  # fmt: skip
        if self._tls:
            extra["ca_bundle"] = self.ca_bundle
        livestorm = {"conn_type": "livestorm", "host": self.livestorm_url, "password": self.livestorm_token}
        salesforce = {"conn_type": "salesforce", "extra": extra}
        return {
            "AIRFLOW_CONN_LIVESTORM_DEFAULT": json.dumps(livestorm),
            "AIRFLOW_CONN_SALESFORCE_DEFAULT": json.dumps(salesforce),
        }

    def snapshot(self) -> dict[str, Any]:
        """Returns the current content of both services."""
        return {"now": self.clock.now().isoformat(), "livestorm": self.livestorm.snapshot(),
                "salesforce": self.org.snapshot()}  # fmt: skip
