"""The sandbox's own HTTP door, `/_sandbox/` on the Livestorm port: clock, faults, calls, reset, snapshot, health."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from service_sandbox.faults import WIRE
from service_sandbox.middleware import ADMIN

if TYPE_CHECKING:
    from service_sandbox.sandbox import Sandbox

Deed = Callable[[dict[str, Any]], Any]


def create_admin(sandbox: Sandbox) -> Starlette:
    """The application. A word that means nothing is a 400 with `error` in words; nothing here is logged as a call."""
    doors = Doors(sandbox)
    routes = [
        ("GET", "health", doors.health), ("GET", "clock", doors.clock), ("POST", "clock", doors.move_clock),
        ("GET", "calls", doors.calls), ("POST", "calls/reset", doors.reset_calls), ("GET", "faults", doors.faults),
        ("POST", "faults", doors.add_fault), ("DELETE", "faults", doors.clear_faults),
        ("POST", "reset", doors.reset), ("GET", "snapshot", doors.snapshot), ("GET", "settings", doors.settings),
        ("POST", "settings", doors.change_settings),
    ]  # fmt: skip
    return Starlette(routes=[Route(f"{ADMIN}/{path}", _endpoint(deed), methods=[m]) for m, path, deed in routes])


def _endpoint(deed: Deed) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> JSONResponse:
        try:
            raw = await request.body()
            given = {**request.query_params, **(await request.json() if raw else {})}
            return JSONResponse(await run_in_threadpool(deed, given))
        except (ValueError, TypeError, FileNotFoundError) as error:
            return JSONResponse({"error": str(error)}, 400)

    return endpoint


def only(given: dict[str, Any], *known: str) -> dict[str, Any]:
    """What was given. ValueError if it has a word that means nothing."""
    strange = given.keys() - set(known)
    if strange:
        raise ValueError(f"unknown words {sorted(strange)}, known are {sorted(known)}")
    return given


class Doors:
    """What can be done over HTTP."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def health(self, given: dict[str, Any]) -> Any:
        """Answers when both services do."""
        only(given)
        sandbox = self.sandbox
        return {"status": "ok", "livestorm": sandbox.livestorm_url, "salesforce": sandbox.salesforce_url}

    def clock(self, given: dict[str, Any]) -> Any:
        """The moment in which both services live."""
        only(given)
        return {"now": self.sandbox.clock.now().isoformat(), "epoch": self.sandbox.clock.timestamp()}

    def move_clock(self, given: dict[str, Any]) -> Any:
        """`{"move_to": ISO 8601 or epoch}` or `{"advance": {"hours": 3}}`."""
        only(given, "move_to", "advance")
        if ("move_to" in given) == ("advance" in given):
            raise ValueError("give either move_to or advance")
        if "advance" in given:
            self.sandbox.clock.advance(**given["advance"])
        else:
            moment = given["move_to"]
            self.sandbox.clock.move_to(datetime.fromisoformat(moment) if isinstance(moment, str) else moment)
        return self.clock({})

    def calls(self, given: dict[str, Any]) -> Any:
        """All calls, oldest first, and their number per service and kind; filters: service, kind, method."""
        found = self.sandbox.calls.list(**only(given, "service", "kind", "method"))
        cost: dict[str, int] = {}
        tally: dict[str, dict[str, int]] = {}
        for call in found:
            cost[call.service] = cost.get(call.service, 0) + call.cost
            kinds = tally.setdefault(call.service, {})
            kinds[call.kind] = kinds.get(call.kind, 0) + 1
        return {"count": len(found), "cost": cost, "tally": tally, "calls": [call.as_dict() for call in found]}

    def reset_calls(self, given: dict[str, Any]) -> Any:
        """Forget the calls."""
        only(given)
        self.sandbox.calls.reset()
        return {"count": 0}

    def faults(self, given: dict[str, Any]) -> Any:
        """The faults in force, and all there are."""
        only(given)
        known = {service: self.sandbox.faults.names(service) for service in ("livestorm", "salesforce")}
        return {"faults": [fault.as_dict() for fault in self.sandbox.faults.list()], "known": known, "wire": WIRE}

    def add_fault(self, given: dict[str, Any]) -> Any:
        """Put a fault in force: `{"name": "cut_after", "service": "salesforce", "nth": 3}`."""
        given = dict(given)
        if "name" not in given:
            raise ValueError(f"name is missing; one of {', '.join(self.sandbox.faults.names())}")
        return self.sandbox.faults.add(given.pop("name"), **given).as_dict()

    def clear_faults(self, given: dict[str, Any]) -> Any:
        """Take all faults out of force."""
        only(given)
        self.sandbox.faults.clear()
        return {"faults": []}

    def reset(self, given: dict[str, Any]) -> Any:
        """Seed again; `{"seed": "empty"}` for another seed (a name, a path, or the content of a seed file)."""
        self.sandbox.reset(only(given, "seed").get("seed"))
        return self.clock({})

    def snapshot(self, given: dict[str, Any]) -> Any:
        """Everything that both services hold."""
        only(given)
        return self.sandbox.snapshot()

    def settings(self, given: dict[str, Any]) -> Any:
        """The workspace's switches."""
        only(given)
        return vars(self.sandbox.livestorm.settings)

    def change_settings(self, given: dict[str, Any]) -> Any:
        """Change some: `{"interval_limit": 0}`."""
        self.sandbox.livestorm.settings.change(**given)
        return self.settings({})
