"""The application context: settings, mapping, connections, clients and stores."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pandas as pd
from filelock import FileLock

from livestorm_salesforce.clients.livestorm import LivestormClient, LivestormHook
from livestorm_salesforce.clients.livestorm.rate_limit import RateLimiter
from livestorm_salesforce.clients.retry import ATTEMPTS
from livestorm_salesforce.clients.salesforce import SalesforceClient, SalesforceClientHook
from livestorm_salesforce.clock import Clock, SystemClock
from livestorm_salesforce.config import Mapping, Settings, load_mapping
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema
from livestorm_salesforce.state import org_describe
from livestorm_salesforce.storage import Folder, safe_name

#: The DAG that the other DAGs of this project serve.
SYNC_DAG_ID = "livestorm_to_salesforce"


@dataclass(frozen=True)
class Limits:
    """How the clients limit themselves.

    Attributes:
        attempts: of one request, the first included.
        rate_limit: of requests to Livestorm; by default one that all processes of this host share.
    """

    attempts: int = ATTEMPTS
    rate_limit: RateLimiter | None = None


class AppContext:
    """Settings, mapping, connections, clients and stores of one task, command or page.

    Everything is created at first use: a page that reads run folders opens no connection.

    Args:
        settings: operational settings.
        clock: source of the current time and of waits.
        limits: of the clients.
    """

    def __init__(self, settings: Settings, *, clock: Clock | None = None, limits: Limits | None = None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.limits = limits or Limits()
        self._created_at = self.clock.now()
        self._described: dict[str, ObjectSchema] = {}

    @classmethod
    def from_environment(cls, **options: Any) -> AppContext:
        """A context with the settings of this process's environment.

        Raises:
            ConfigError: a setting has an invalid value.
        """
        return cls(Settings.read(), **options)

    def utc_now(self) -> pd.Timestamp:
        """The current time of this host."""
        return pd.Timestamp(self.clock.now(), unit="s", tz="UTC")

    # ------------------------------------------------------------------ configuration

    @cached_property
    def mapping(self) -> Mapping:
        """The mapping file named by the setting, else by the Salesforce connection's extra `mapping`, else the default.

        Raises:
            ConfigError: the file cannot be read, or has errors; the message lists all of them.
        """
        return load_mapping(self.settings.mapping or self._salesforce_hook.extra_named("mapping"))

    # ------------------------------------------------------------------ clients

    @cached_property
    def livestorm(self) -> LivestormClient:
        """The client of the Livestorm workspace."""
        return self._livestorm_hook.get_client(
            call_budget=self.settings.livestorm_calls_per_run,
            monthly_reserve=self.settings.livestorm_monthly_reserve,
            attempts=self.limits.attempts,
            limiter=self.limits.rate_limit,
            clock=self.clock,
        )

    @cached_property
    def salesforce(self) -> SalesforceClient:
        """The client of the Salesforce org."""
        people = self.mapping.people
        return self._salesforce_hook.get_client(
            auto_assign=people.assignment_rules,
            duplicate_rule_allow_save=people.save_despite_duplicate_rules,
            reserve_share=self.settings.salesforce_reserve_percent / 100,
            attempts=self.limits.attempts,
            clock=self.clock,
        )

    def calls_used(self) -> dict[str, int | None]:
        """Calls made through this context per service, and `monthly_remaining` of Livestorm once it has answered."""
        livestorm: LivestormClient | None = self.__dict__.get("livestorm")
        salesforce: SalesforceClient | None = self.__dict__.get("salesforce")
        used: dict[str, int | None] = {
            "livestorm": livestorm.calls if livestorm else 0,
            "salesforce": salesforce.calls if salesforce else 0,
        }
        return used | {"monthly_remaining": livestorm.monthly_remaining} if livestorm else used

    @cached_property
    def _livestorm_hook(self) -> LivestormHook:
        return LivestormHook(self.settings.livestorm_conn_id)

    @cached_property
    def _salesforce_hook(self) -> SalesforceClientHook:
        return SalesforceClientHook(self.settings.salesforce_conn_id)

    # ------------------------------------------------------------------ the org's schema

    @property
    def schemas(self) -> dict[str, ObjectSchema]:
        """What the org's describe says per object, read at most once per `describe_hours`.

        Raises:
            ConfigError: permissions or fields that the mapping needs are missing.
        """
        if not self._described:
            hours, now = self.settings.describe_hours, self.clock.now()
            self._described |= org_describe.load(self.salesforce.describe_all, self.state, self.mapping, hours, now)
        return self._described

    def discard_schemas(self) -> bool:
        """Describe the org again at the next use; False if the cached describe was read by this context."""
        was_cached = not self._described or org_describe.discard(self.state, self._created_at)
        self._described.clear()
        return was_cached

    # ------------------------------------------------------------------ stores

    @cached_property
    def store(self) -> Folder:
        """The folder that holds everything this project keeps."""
        from airflow.sdk import ObjectStoragePath

        home = os.environ.get("AIRFLOW_HOME") or str(Path.home() / "airflow")
        root = Folder(ObjectStoragePath(self.settings.store or f"file://{home}/livestorm_salesforce"))
        root.make_private()
        return root

    @property
    def run_folders(self) -> Folder:
        """The folder that holds the run folders of this pair: runs of two pairs may have the same id."""
        return self.store.folder("runs").folder(self.pair)

    def every_run_folder(self) -> Iterator[Folder]:
        """The run folders of all pairs that use this store."""
        pairs = self.store.folder("runs")
        for pair in map(pairs.folder, pairs.names()):
            yield from map(pair.folder, pair.names())

    def run_folder(self, dag_id: str, run_id: str) -> Folder:
        """The folder of one run.

        The DAG id is part of the path: whoever may view runs of one DAG must not reach those of another.
        """
        name = run_id if dag_id == SYNC_DAG_ID else f"{dag_id}/{run_id}"  # a run id contains no slash
        return self.run_folders.folder(safe_name(name))

    @property
    def state(self) -> Folder:
        """The persistent state of this pair of workspace and org."""
        return self.store.folder("state").folder(self.pair)

    @cached_property
    def pair(self) -> str:
        """Identifies this pair of workspace and org by its connections.

        A connection identifies the pair however its extras are spelled: a blank extra equals a missing one, and names
        may have the prefix of old provider versions.
        """
        from airflow.sdk import Connection

        livestorm, salesforce = (
            Connection.get(name) for name in (self.settings.livestorm_conn_id, self.settings.salesforce_conn_id)
        )
        org = map(self._salesforce_hook.extra_named, ("instance_url", "instance", "domain", "organization_id"))
        pair = "|".join(
            str(part or None)
            for part in (livestorm.conn_id, livestorm.host, salesforce.conn_id, salesforce.login, *org)
        )
        return hashlib.sha256(pair.encode()).hexdigest()[:16]

    @property
    def states(self) -> list[Folder]:
        """The persistent state of every pair that uses this store."""
        every = self.store.folder("state")
        return [every.folder(name) for name in every.names()]

    def hmac_key(self) -> str:
        """The key of e-mail HMACs: the setting, else a secret that is stored with the state of this pair."""
        if self.settings.key_secret:
            return self.settings.key_secret.get_secret_value()
        with self.lock("key"):
            stored: str | None = self.state.read_json("key")
            if stored is None:
                self.state.write_json("key", stored := secrets.token_hex(32))
        return stored

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Mutual exclusion of `name` for this pair, among the processes of this host."""
        digest = hashlib.sha256(str(self.state).encode()).hexdigest()[:16]
        with FileLock(Path(gettempdir()) / f"livestorm-salesforce-{name}-{digest}.lock"):
            yield
