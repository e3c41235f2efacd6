"""Both stand-ins behind one clock, one call log and one set of faults."""

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

from service_sandbox import certificates, seeds
from service_sandbox.admin import create_admin
from service_sandbox.calls import CallLog
from service_sandbox.clock import Clock, Moment, epoch
from service_sandbox.delayed_calls import Late
from service_sandbox.faults import Faults
from service_sandbox.livestorm import Workspace
from service_sandbox.middleware import ADMIN
from service_sandbox.salesforce import Org
from service_sandbox.server import LOOPBACK, Server
from service_sandbox.world import FILES, World

API_VERSION = "67.0"
CLOCK, CONNECTIONS = "clock.txt", "connections.env"


class Sandbox:
    """Both services on loopback, from `start` to `stop`, or inside a `with`.

    Args:
        seed: `empty`, `demo`, the path of a seed file, or its content as a mapping.
        directory: where the databases, certificates and `connections.env` go; None for one that is removed at the end.
        start: what the clock shows at first; None for what the seed says, or else the real time.
        keep: go on with what `directory` holds instead of seeding again. Access tokens of Salesforce, the call log and
            the faults are lost all the same.
        livestorm_port, salesforce_port: 0 for free ones.
        host: address to listen on.
        name: host name in the addresses that clients are given; None for this machine's.
        salesforce_http: serve Salesforce without TLS, for tools that want it so.
        settings: of the workspace, over the seed's own (see `livestorm.settings.Settings`).

    Attributes:
        clock, calls, faults: shared by both services.
        world: workspace, org and what stands before them; another one after `reset`.
    """

    def __init__(
        self, seed: str | Path | Mapping[str, Any] = "empty", directory: Path | str | None = None, *,
        start: Moment | None = None, keep: bool = False, livestorm_port: int = 0, salesforce_port: int = 0,
        host: str = LOOPBACK, name: str | None = None, salesforce_http: bool = False,
        settings: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self._temporary = tempfile.TemporaryDirectory(prefix="sandbox-") if directory is None else None
        self.directory = Path(self._temporary.name if self._temporary else directory).resolve()
        self.directory.mkdir(parents=True, exist_ok=True)
        self._seed, self._settings, self._start, self._name = seed, dict(settings or {}), start, name
        self._ca, certificate = certificates.ensure(self.directory)
        self._tls = None if salesforce_http else certificate
        # Before seeding, which takes a while: a port in use is known at once.
        self._livestorm = Server(self._livestorm_app, port=livestorm_port, host=host)
        self._salesforce = Server(self._salesforce_app, port=salesforce_port, host=host, tls=self._tls)
        self.calls, self.faults = CallLog(), Faults()
        planted = keep and all((self.directory / file).exists() for file in (*FILES, CLOCK))
        plan = seeds.load(seed)
        if not planted:
            self._forget_files()
        self.clock = Clock(self._first(plan), file=self.directory / CLOCK)
        self.world = self._make(plan, planted=planted)
        self._admin = create_admin(self)
        self.world.service.base_url = self.salesforce_url

    def _make(self, plan: seeds.Seed, *, planted: bool, directory: Path | None = None) -> World:
        return World(
            plan, directory or self.directory, self.clock, self.calls, self.faults, settings=self._settings,
            ca=self._ca, start=None if planted else self._first(plan),
        )  # fmt: skip

    def _first(self, plan: seeds.Seed) -> datetime:
        """What the clock shows at first, in whole seconds: everything that a seed holds is placed around it."""
        asked = self._start if self._start is not None else plan.start
        return datetime.fromtimestamp(int(time.time() if asked is None else epoch(asked)), UTC)

    def _forget_files(self) -> None:
        for file in (*FILES, CLOCK):
            for path in self.directory.glob(f"{file}*"):
                path.unlink()

    async def _livestorm_app(self, scope: Scope, receive: Receive, send: Send) -> None:
        admin = scope["type"] == "http" and scope["path"].startswith(f"{ADMIN}/")
        await (self._admin if admin else self.world.livestorm_door)(scope, receive, send)

    async def _salesforce_app(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.world.salesforce_door(scope, receive, send)

    # --- running ------------------------------------------------------------------------------------------------

    def start(self) -> Sandbox:
        """Begin to serve, and write `connections.env`."""
        self._livestorm.start()
        self._salesforce.start()
        lines = [f"{key}={shlex.quote(value)}\n" for key, value in self.connections.items()]
        path = self.directory / CONNECTIONS
        path.touch(mode=0o600)
        path.write_text("".join(lines))
        return self

    def stop(self) -> None:
        """End to serve, and close the databases. What lies in a directory of your own stays."""
        servers = (self._livestorm, self._salesforce)
        for server in servers:
            server.ask_to_stop()
        for server in servers:
            server.stop()
        self.world.close()
        if self._temporary:
            self._temporary.cleanup()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def reset(self, seed: str | Path | Mapping[str, Any] | None = None) -> None:
        """Seed again (with another seed if one is given): records, clock, calls and faults; addresses stay.

        Access tokens of Salesforce are void afterwards.

        Raises:
            ValueError: the other seed makes no sense; everything is as it was.
        """
        if seed is not None:
            with tempfile.TemporaryDirectory(prefix="sandbox-") as trial:
                self._make(seeds.load(seed), planted=False, directory=Path(trial)).close()
            self._seed = seed
        self.world.close()
        for file in FILES:
            for path in self.directory.glob(f"{file}*"):
                path.unlink()
        plan = seeds.load(self._seed)
        self.clock.move_to(self._first(plan))
        self.calls.reset()
        self.faults.clear()
        self.world = self._make(plan, planted=False)
        self.world.service.base_url = self.salesforce_url

    # --- looking ------------------------------------------------------------------------------------------------

    @property
    def livestorm(self) -> Workspace:
        """The Livestorm workspace."""
        return self.world.livestorm

    @property
    def org(self) -> Org:
        """The Salesforce org."""
        return self.world.org

    @property
    def labels(self) -> dict[str, str]:
        """Ids of what the seed gave a label to."""
        return self.world.labels

    @property
    def late(self) -> Late:
        """Calls that are still to be carried out although nobody waits for their answer."""
        return self.world.late

    @property
    def livestorm_url(self) -> str:
        """Base URL of the Livestorm API, with `/v1`."""
        return f"http://{self._name or LOOPBACK}:{self._livestorm.port}/v1"

    @property
    def admin_url(self) -> str:
        """Where clock, faults, calls and the like are reached over HTTP."""
        return f"{self.livestorm_url.removesuffix('/v1')}{ADMIN}"

    @property
    def livestorm_token(self) -> str:
        """A private API token with all scopes; send it without `Bearer`."""
        return self.livestorm.token

    @property
    def salesforce_url(self) -> str:
        """The org's My Domain."""
        return f"{'https' if self._tls else 'http'}://{self._name or 'localhost'}:{self._salesforce.port}"

    @property
    def consumer_key(self) -> str:
        """Of the org's first app, for the client credentials flow."""
        return next(iter(self.org.users.apps))

    @property
    def consumer_secret(self) -> str:
        """The same app's secret."""
        return self.org.users.apps[self.consumer_key].consumer_secret

    @property
    def ca_bundle(self) -> str:
        """PEM file with the CA that signed the sandbox's certificate."""
        return str(self._ca)

    @property
    def connections(self) -> dict[str, str]:
        """Environment variables that give Airflow both connections."""
        extra = {"instance_url": self.salesforce_url, "consumer_key": self.consumer_key,
                 "consumer_secret": self.consumer_secret, "version": API_VERSION}  # fmt: skip
        if self._tls:
            extra["ca_bundle"] = self.ca_bundle
        ours = {"conn_type": "livestorm", "host": self.livestorm_url, "password": self.livestorm_token}
        theirs = {"conn_type": "salesforce", "extra": extra}
        return {
            "AIRFLOW_CONN_LIVESTORM_DEFAULT": json.dumps(ours),
            "AIRFLOW_CONN_SALESFORCE_DEFAULT": json.dumps(theirs),
        }

    def snapshot(self) -> dict[str, Any]:
        """Everything that both services hold at this moment."""
        return {"now": self.clock.now().isoformat(), "livestorm": self.livestorm.snapshot(),
                "salesforce": self.org.snapshot()}  # fmt: skip
