"""Client of the sandbox: its Livestorm API, and its admin API for the clock and the call counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from livestorm_salesforce.cli.container import read_exports
from scripts.demo.errors import DemoError
from scripts.demo.waiting import until

LIVESTORM = "AIRFLOW_CONN_LIVESTORM_DEFAULT"
JSON_API = "application/vnd.api+json"


@dataclass(frozen=True)
class Webinar:
    """The session that the demo follows."""

    id: str
    name: str
    starts: datetime
    registrants: int


class Sandbox:
    """The running sandbox whose files lie in `directory`. `check` raises when a process has died."""

    def __init__(self, directory: Path, check: Callable[[], None]) -> None:
        self.directory = directory
        self.check = check
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy and no .netrc for this machine
        self.connections: dict[str, str] = {}

    def wait_until_ready(self, seconds: float = 120) -> None:
        """Wait until the sandbox answers, then read its connections."""
        until(self._ready, self.check, seconds, "The sandbox did not start")

    def stored_connections(self) -> dict[str, dict[str, Any]]:
        """Return the connections by id, as a person would create them in Airflow."""
        described = {
            "livestorm_default": "Workspace of the sandbox: webinars and registrants are read here",
            "salesforce_default": "Org of the sandbox: Campaigns, people and members are written here",
        }
        found = {
            conn_id: json.loads(self.connections[f"AIRFLOW_CONN_{conn_id.upper()}"]) | {"description": text}
            for conn_id, text in described.items()
        }
        found["salesforce_default"]["extra"].pop("version", None)  # the default; Airflow warns that it cannot mask it
        return found

    def clock(self) -> datetime:
        """Return the time of the sandbox."""
        return datetime.fromisoformat(self._admin("GET", "clock")["now"])

    def move_to(self, moment: datetime) -> None:
        """Move the clock of both services forward; webinars begin, end and are replayed accordingly."""
        self._admin("POST", "clock", json={"move_to": moment.isoformat()})

    def reset_calls(self) -> None:
        """Set the call counts to zero."""
        self._admin("POST", "calls/reset")

    def calls(self) -> dict[str, int]:
        """Return the calls per service since the last reset."""
        tally = self._admin("GET", "calls")["tally"]
        return {service: sum(kinds.values()) for service, kinds in tally.items()}

    def next_webinar(self) -> Webinar:
        """Return the upcoming session of the next 31 days with the most registrants.

        Raises:
            DemoError: the seed has none.
        """
        base, token = self._livestorm()
        answer = self.session.get(
            f"{base}/sessions",
            params={"filter[status]": "upcoming", "page[size]": "50"},
            headers={"Authorization": token, "Accept": JSON_API},
            timeout=30,
        )
        answer.raise_for_status()
        soon = self.clock() + timedelta(days=31)
        found = [_webinar(item) for item in answer.json()["data"]]
        found = [webinar for webinar in found if webinar.starts < soon]
        if not found:
            raise DemoError("The sandbox has no upcoming session within 31 days.")
        return max(found, key=lambda webinar: webinar.registrants)

    def _ready(self) -> bool:
        file = self.directory / "connections.env"
        if not file.exists():
            return False
        self.connections = read_exports(file)
        try:
            return LIVESTORM in self.connections and bool(self._admin("GET", "health"))
        except requests.ConnectionError:
            return False

    def _livestorm(self) -> tuple[str, str]:
        connection = json.loads(self.connections[LIVESTORM])
        return connection["host"], connection["password"]

    def _admin(self, method: str, path: str, **options: Any) -> Any:
        address = self._livestorm()[0].removesuffix("/v1")
        answer = self.session.request(method, f"{address}/_sandbox/{path}", timeout=30, **options)
        if not answer.ok:
            raise DemoError(f"The sandbox answered {answer.status_code} to {method} {path}: {answer.text[:500]}")
        return answer.json()


def _webinar(item: dict[str, Any]) -> Webinar:
    attributes = item["attributes"]
    starts = datetime.fromtimestamp(attributes["estimated_started_at"], UTC)
    name = attributes.get("name") or "the next webinar"
    return Webinar(item["id"], name, starts, attributes.get("registrants_count") or 0)
