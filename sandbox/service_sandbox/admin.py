"""Admin API at `/_sandbox/` on the Livestorm port: clock, faults, calls, settings, reset, snapshot and health."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from service_sandbox.control.call_types import ServiceName
from service_sandbox.control.calls import CallLog
from service_sandbox.control.clock import Clock
from service_sandbox.control.faults import Faults, TransportFault
from service_sandbox.livestorm import Workspace
from service_sandbox.serving.middleware import ADMIN_PATH

Arguments = dict[str, Any]
Action = Callable[[Arguments], Any]


class Administered(Protocol):
    """The parts of a sandbox that the admin API uses."""

    clock: Clock
    calls: CallLog
    faults: Faults

    @property
    def livestorm(self) -> Workspace:
        """The Livestorm workspace."""

    @property
    def livestorm_url(self) -> str:
        """Base URL of the Livestorm API."""

    @property
    def salesforce_url(self) -> str:
        """Base URL of the org."""

    def reset(self, seed: str | Path | Mapping[str, Any] | None = None) -> None:
        """Restores the initial state."""

    def snapshot(self) -> dict[str, Any]:
        """Returns the content of both services."""


def create_admin(sandbox: Administered) -> Starlette:
    """Returns the application. It answers invalid arguments with 400 and `error`, and is not part of the call log."""
    actions = AdminRoutes(sandbox)
    routes = [
        ("GET", "health", actions.health), ("GET", "clock", actions.clock), ("POST", "clock", actions.move_clock),
        ("GET", "calls", actions.calls), ("POST", "calls/reset", actions.reset_calls),
        ("GET", "faults", actions.faults), ("POST", "faults", actions.add_fault),
        ("DELETE", "faults", actions.clear_faults), ("POST", "reset", actions.reset),
        ("GET", "snapshot", actions.snapshot), ("GET", "settings", actions.settings),
        ("POST", "settings", actions.change_settings),
    ]  # fmt: skip
    return Starlette(
        routes=[Route(f"{ADMIN_PATH}/{path}", _endpoint(action), methods=[verb]) for verb, path, action in routes]
    )


def _endpoint(action: Action) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> JSONResponse:
        try:
            raw = await request.body()
            arguments = {**request.query_params, **(await request.json() if raw else {})}
            return JSONResponse(await run_in_threadpool(action, arguments))
        except (ValueError, TypeError, FileNotFoundError) as error:
            return JSONResponse({"error": str(error)}, 400)

    return endpoint


def checked(arguments: Arguments, *known: str) -> Arguments:
    """Returns the arguments.

    Raises:
        ValueError: an argument is unknown.
    """
    unknown = arguments.keys() - set(known)
    if unknown:
        raise ValueError(f"unknown arguments {sorted(unknown)}; known are {sorted(known)}")
    return arguments


class AdminRoutes:
    """The actions of the admin API. Each takes the arguments of query string and body, and returns plain data."""

    def __init__(self, sandbox: Administered) -> None:
        self.sandbox = sandbox

    def health(self, arguments: Arguments) -> Any:
        """Returns the URLs of both services."""
        checked(arguments)
        sandbox = self.sandbox
        return {"status": "ok", "livestorm": sandbox.livestorm_url, "salesforce": sandbox.salesforce_url}

    def clock(self, arguments: Arguments) -> Any:
        """Returns the current time as ISO 8601 (`now`) and as seconds since 1970 (`epoch`)."""
        checked(arguments)
        return {"now": self.sandbox.clock.now().isoformat(), "epoch": self.sandbox.clock.timestamp()}

    def move_clock(self, arguments: Arguments) -> Any:
        """Moves the clock: `{"move_to": ISO 8601 or epoch}` or `{"advance": {"hours": 3}}`."""
        checked(arguments, "move_to", "advance")
        if ("move_to" in arguments) == ("advance" in arguments):
            raise ValueError("give either move_to or advance")
        if "advance" in arguments:
            self.sandbox.clock.advance(**arguments["advance"])
        else:
            moment = arguments["move_to"]
            self.sandbox.clock.move_to(datetime.fromisoformat(moment) if isinstance(moment, str) else moment)
        return self.clock({})

    def calls(self, arguments: Arguments) -> Any:
        """Returns the calls, oldest first, with cost and tally; filters: service, call_type, method."""
        filters = checked(arguments, "service", "call_type", "method")
        found = self.sandbox.calls.list(**filters)
        cost: dict[str, int] = {}
        for call in found:
            cost[call.service] = cost.get(call.service, 0) + call.cost
        return {"count": len(found), "cost": cost, "tally": self.sandbox.calls.tally(**filters),
                "calls": [call.as_dict() for call in found]}  # fmt: skip

    def reset_calls(self, arguments: Arguments) -> Any:
        """Clears the call log."""
        checked(arguments)
        self.sandbox.calls.reset()
        return {"count": 0}

    def faults(self, arguments: Arguments) -> Any:
        """Returns the active faults and the names of all faults."""
        checked(arguments)
        faults = self.sandbox.faults
        known = {service: faults.names(service) for service in ServiceName}
        return {"faults": [fault.as_dict() for fault in faults.list()], "known": known,
                "transport": list(TransportFault)}  # fmt: skip

    def add_fault(self, arguments: Arguments) -> Any:
        """Activates a fault: `{"name": "cut_after", "service": "salesforce", "nth": 3}`."""
        fields = dict(arguments)
        if "name" not in fields:
            raise ValueError(f"name is missing; one of {', '.join(self.sandbox.faults.names())}")
        return self.sandbox.faults.add(fields.pop("name"), **fields).as_dict()

    def clear_faults(self, arguments: Arguments) -> Any:
        """Deactivates all faults."""
        checked(arguments)
        self.sandbox.faults.clear()
        return {"faults": []}

    def reset(self, arguments: Arguments) -> Any:
        """Restores the initial state; `{"seed": "empty"}` selects another seed (name, path or content)."""
        self.sandbox.reset(checked(arguments, "seed").get("seed"))
        return self.clock({})

    def snapshot(self, arguments: Arguments) -> Any:
        """Returns the content of both services."""
        checked(arguments)
        return self.sandbox.snapshot()

    def settings(self, arguments: Arguments) -> Any:
        """Returns the settings of the workspace."""
        checked(arguments)
        return vars(self.sandbox.livestorm.settings)

    def change_settings(self, arguments: Arguments) -> Any:
        """Changes settings: `{"interval_limit": 0}`."""
        self.sandbox.livestorm.settings.change(**arguments)
        return self.settings({})
