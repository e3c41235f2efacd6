"""One Livestorm workspace: plain Python door for seeds, tests and the API's writes.

Moments may lie ahead: a session that `starts_at` in two hours, a registration `at` noon, a replay view next week. They
show when the clock gets there.
"""

import hashlib
import threading
from pathlib import Path
from typing import Any

import jwt

from service_sandbox.clock import Clock
from service_sandbox.livestorm import render
from service_sandbox.livestorm.catalogue import Catalogue
from service_sandbox.livestorm.jobs import Jobs
from service_sandbox.livestorm.quota import Quota
from service_sandbox.livestorm.reading import Reader
from service_sandbox.livestorm.registrations import Registrations, flat
from service_sandbox.livestorm.scheduling import Scheduling
from service_sandbox.livestorm.settings import Settings
from service_sandbox.livestorm.store import Store
from service_sandbox.livestorm.webhooks import Webhooks

Row = dict[str, Any]
SCOPES = ("identity:read", "events:read", "events:write", "admin:read", "admin:write", "webhooks:read",
          "webhooks:write")  # fmt: skip


class Workspace(Scheduling, Registrations):
    """The workspace's state.

    Args:
        path: SQLite file; None for one in memory.
        seed: what ids, tokens and the order of lists are made from.
    """

    def __init__(self, path: Path | str | None, clock: Clock, *, name: str = "Sandbox", seed: int = 0) -> None:
        self.clock, self.name, self.seed = clock, name, seed
        self.settings = Settings()
        self.lock = threading.RLock()
        self.store = Store(path, seed)
        self.reader = Reader(self.store, self.settings, clock.timestamp)
        self.catalogue = Catalogue(self.store)
        self.quota = Quota(self.store, self.settings, clock.timestamp)
        self.webhook_secret = hashlib.sha256(f"{seed} webhook secret of no value".encode()).hexdigest()[:40]
        self._begin()

    def _begin(self) -> None:
        """What even an empty workspace has."""
        self.organization_id = self.store.meta("organization_id") or self.store.new_id("organizations")
        self.store.set_meta("organization_id", self.organization_id)
        self.token = self.add_token()
        self.catalogue.ensure_built_in()
        self.jobs = Jobs(self.store, self.now)
        self.webhooks = Webhooks(
            self.store, self.settings, self.reader, organization_id=self.organization_id, secret=self.webhook_secret
        )

    def reset(self) -> None:
        """Empty the workspace; ids start over, settings stay."""
        with self.lock:
            self.store.clear()
            self._begin()

    # --- access ---------------------------------------------------------------------------------------------------

    def add_token(self, *scopes: str) -> str:
        """A private API token with these scopes (all of them when none is named); the same call gives the same one."""
        granted = sorted(scopes or SCOPES)
        strange = set(granted) - set(SCOPES) - {"none"}
        if strange:
            raise ValueError(f"no scope {', '.join(sorted(strange))}; there are {', '.join(SCOPES)} and none")
        identity = hashlib.sha256(f"{self.seed} {granted}".encode()).hexdigest()[:32]
        claims = {"aud": "api.livestorm.co", "jti": identity, "iat": 1_700_000_000, "org": self.organization_id}
        token = jwt.encode(claims, f"sandbox {self.seed} signing key of no value", algorithm="HS256")
        if not self.scopes_of(token):
            self.store.insert("tokens", {"token": token, "scopes": granted})
        return token

    def scopes_of(self, token: str) -> list[str] | None:
        """What a token may do; None if it is unknown."""
        found = self.store.one("SELECT scopes FROM tokens WHERE token = :token", token=token)
        return found and found["scopes"]

    def revoke_token(self, token: str) -> None:
        """Make a token worthless."""
        self.store.delete("tokens", token=token)

    # --- to look at -----------------------------------------------------------------------------------------------

    def sessions(self) -> list[Row]:
        """All sessions visible now, as plain rows with `status`, counts and the event's title, by planned start."""
        titles = {row["id"]: row["title"] for row in self.store.select("SELECT id, title FROM events")}
        keys = [row["id"] for row in self.store.select("SELECT id FROM sessions ORDER BY estimated_started_at, id")]
        return [{**row, "event_title": titles[row["event_id"]]} for row in self.reader.sessions_by_id(keys)]

    def events(self) -> list[Row]:
        """All events visible now, as plain rows."""
        keys = [row["id"] for row in self.store.select("SELECT id FROM events ORDER BY created_at, id")]
        return [row for row in map(self.reader.event, keys) if row]

    def registrations(self, session_id: str | None = None) -> list[Row]:
        """All people of a session (of all sessions) visible now, flat: answers by slug under `answers`."""
        return [flat(row) for row in self.reader.all_registrants(session_id)]

    def people(self) -> list[Row]:
        """All people of the workspace visible now."""
        keys = [row["id"] for row in self.store.select("SELECT id FROM people ORDER BY created_at, id")]
        return self.reader.people_by_id(keys)

    def snapshot(self) -> Row:
        """Everything visible now, as the API would show it."""
        return {
            "events": [render.event(row, None) for row in self.events()],
            "sessions": [render.session(row) for row in self.sessions()],
            "registrants": [render.registrant(row) for row in self.reader.all_registrants()],
        }

    def close(self) -> None:
        """Close the database."""
        self.store.close()
