"""One Livestorm workspace: the Python API that seeds, tests and the endpoints use.

Times may be in the future: a session that `starts_at` in two hours, a registration `at` noon, a replay view next week.
They take effect when the clock reaches them.
"""

import hashlib
import threading
from enum import StrEnum
from pathlib import Path

import jwt

from service_sandbox.control.clock import Clock
from service_sandbox.livestorm import render
from service_sandbox.livestorm.catalogue import Catalogue
from service_sandbox.livestorm.queries import Reader
from service_sandbox.livestorm.quota import Quota
from service_sandbox.livestorm.registrations import Registrations, flat
from service_sandbox.livestorm.scheduling import Scheduling
from service_sandbox.livestorm.settings import Settings
from service_sandbox.livestorm.store import Row, Store
from service_sandbox.livestorm.webhooks import Webhooks


class Scope(StrEnum):
    """Scopes of a private API token."""

    IDENTITY_READ = "identity:read"
    EVENTS_READ = "events:read"
    EVENTS_WRITE = "events:write"
    ADMIN_READ = "admin:read"
    ADMIN_WRITE = "admin:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"


NO_SCOPE = "none"


class Workspace(Scheduling, Registrations):
    """State of the workspace.

    Args:
        path: SQLite file; None for a database in memory.
        seed: determines ids, tokens and the order of lists.
    """

    def __init__(self, path: Path | str | None, clock: Clock, *, name: str = "Sandbox", seed: int = 0) -> None:
        self.clock, self.name, self.seed = clock, name, seed
        self.settings = Settings()
        self.lock = threading.RLock()
        self.store = Store(path, seed)
        self.reader = Reader(self.store, self.settings, clock.timestamp)
        self.quota = Quota(self.store, self.settings, clock.timestamp)
        self.catalogue = Catalogue(self.store)
        self.catalogue.add_built_in()
        self.organization_id = self.store.meta("organization_id") or self.store.new_id("organizations")
        self.store.set_meta("organization_id", self.organization_id)
        self.token = self.add_token()
        self.webhook_secret = hashlib.sha256(f"{seed} webhook secret of no value".encode()).hexdigest()[:40]
        self.webhooks = Webhooks(
            self.store, self.settings, self.reader, organization_id=self.organization_id, secret=self.webhook_secret
        )

    # --- access -----------------------------------------------------------------------------------------------------

    def add_token(self, *scopes: str) -> str:
        """Returns a private API token with these scopes (default: all; `none`: no scope). Equal scopes, equal token.

        Raises:
            ValueError: a scope is unknown.
        """
        granted = sorted(scopes or Scope)
        unknown = set(granted) - set(Scope) - {NO_SCOPE}
        if unknown:
            raise ValueError(f"unknown scopes {', '.join(sorted(unknown))}; known are {', '.join(Scope)}, {NO_SCOPE}")
        identity = hashlib.sha256(f"{self.seed} {[str(one) for one in granted]}".encode()).hexdigest()[:32]
        claims = {"aud": "api.livestorm.co", "jti": identity, "iat": 1_700_000_000, "org": self.organization_id}
        token = jwt.encode(claims, f"sandbox {self.seed} signing key of no value", algorithm="HS256")
        if not self.scopes_of(token):
            self.store.insert("tokens", {"token": token, "scopes": granted})
        return token

    def scopes_of(self, token: str) -> list[str] | None:
        """Returns the scopes of a token; None if it is unknown."""
        found = self.store.one("SELECT scopes FROM tokens WHERE token = :token", token=token)
        return None if found is None else list(found["scopes"])

    def revoke_token(self, token: str) -> None:
        """Invalidates a token."""
        self.store.delete("tokens", token=token)

    # --- content ----------------------------------------------------------------------------------------------------

    def sessions(self) -> list[Row]:
        """Returns all visible sessions by planned start, with `status`, counts and the title of the event."""
        titles = {row["id"]: row["title"] for row in self.store.select("SELECT id, title FROM events")}
        keys = [row["id"] for row in self.store.select("SELECT id FROM sessions ORDER BY estimated_started_at, id")]
        return [{**row, "event_title": titles[row["event_id"]]} for row in self.reader.sessions_by_id(keys)]

    def events(self) -> list[Row]:
        """Returns all visible events."""
        keys = [row["id"] for row in self.store.select("SELECT id FROM events ORDER BY created_at, id")]
        return [row for row in map(self.reader.event, keys) if row]

    def registrations(self, session_id: str | None = None) -> list[Row]:
        """Returns all visible people of a session (None: of all sessions), with answers by slug under `answers`."""
        return [flat(row) for row in self.reader.all_registrants(session_id)]

    def people(self) -> list[Row]:
        """Returns all visible people of the workspace."""
        keys = [row["id"] for row in self.store.select("SELECT id FROM people ORDER BY created_at, id")]
        return self.reader.people_by_id(keys)

    def snapshot(self) -> Row:
        """Returns all visible events, sessions and registrants as resources of the API."""
        return {
            "events": [render.event(row, None) for row in self.events()],
            "sessions": [render.session(row) for row in self.sessions()],
            "registrants": [render.registrant(row) for row in self.reader.all_registrants()],
        }

    def close(self) -> None:
        """Closes the database."""
        self.store.close()
