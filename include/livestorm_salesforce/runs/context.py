"""The application context: settings, mapping, connections, clients and stores."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from livestorm_salesforce.clients.livestorm import LivestormClient, LivestormHook
from livestorm_salesforce.clients.livestorm.rate_limit import RateLimiter
from livestorm_salesforce.clients.salesforce import SalesforceClient, SalesforceClientHook
from livestorm_salesforce.clients.salesforce.token import Token
from livestorm_salesforce.clock import Clock, SystemClock
from livestorm_salesforce.config import Mapping, Settings, load_mapping
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema
from livestorm_salesforce.runs import drafts, identity, locations
from livestorm_salesforce.runs.options import Limits, Options
from livestorm_salesforce.runs.org_locks import OrgLocks
from livestorm_salesforce.state import org_describe, pairs
from livestorm_salesforce.state.database import Database
from livestorm_salesforce.state.opening import open_database
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.rate_limit import DatabaseRateLimiter
from livestorm_salesforce.storage import Folder, safe_name

#: The DAG that the other DAGs of this project serve.
SYNC_DAG_ID = "livestorm_to_salesforce"


class AppContext:
    """Settings, mapping, connections, clients and stores of one task, command or page.

    Everything is created at first use.

    Args:
        settings: operational settings.
        clock: source of the current time and of waits.
        limits: of the clients.
        options: how the pair is found.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        limits: Limits | None = None,
        options: Options | None = None,
    ) -> None:
        self.settings = settings
        self.options = options or Options()
        self.clock = clock or SystemClock()
        self.limits = limits or Limits()
        self._created_at = self.clock.now()
        self._described: dict[str, ObjectSchema] = {}
        self._hmac_key = self._org_id = ""
        self._login: SalesforceClient | None = None

    @classmethod
    def from_environment(cls, **options: Any) -> AppContext:
        """A context with the settings of this process's environment.

        Raises:
            ConfigError: a setting has an invalid value.
        """
        return cls(Settings.read(), **options)

    def utc_now(self) -> pd.Timestamp:
        """The current time of this host."""
        return pd.Timestamp(self.clock.now(), unit="s", tz="UTC").floor("us")

    # ------------------------------------------------------------------ configuration

    @cached_property
    def mapping(self) -> Mapping:
        """The mapping file named by the setting, else by the Salesforce connection's extra `mapping`, else the default.

        Raises:
            ConfigError: the file cannot be read, or has errors; the message lists all of them.
        """
        if self.options.mapping_draft:
            return drafts.load(self.store, self.options.mapping_draft)
        return load_mapping(self.mapping_file)

    @property
    def mapping_file(self) -> Path | None:
        """The file of the mapping; None: the default mapping."""
        named = self.settings.mapping or self._salesforce_hook.extra_named("mapping")
        return Path(named) if named else None

    # ------------------------------------------------------------------ clients

    @cached_property
    def livestorm(self) -> LivestormClient:
        """The client of the Livestorm workspace."""
        return self._livestorm_hook.get_client(
            call_budget=self.settings.livestorm_calls_per_run,
            monthly_reserve=self.settings.livestorm_monthly_reserve,
            attempts=self.limits.attempts,
            limiter=self._rate_limiter,
            clock=self.clock,
            **self.limits.timeouts,
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
            check_token=self._check_token,
            clock=self.clock,
            write_timeout=self.limits.write_timeout,
            longest_wait=self.limits.longest_wait,
            bulk_above=self.settings.bulk_above,
            **self.limits.timeouts,
        )

    def _rate_limiter(self, workspace: str) -> RateLimiter:
        return self.limits.rate_limit or DatabaseRateLimiter(self.database, workspace, self.clock)

    def calls_used(self) -> dict[str, Any]:
        """Calls made through this context per service, and what the services said about their allowances:
        `monthly_remaining` and `monthly_limit` of Livestorm, `salesforce_usage` (calls of the org in 24 hours, limit).
        """
        livestorm: LivestormClient | None = self.__dict__.get("livestorm")
        salesforce: SalesforceClient | None = self.__dict__.get("salesforce")
        used: dict[str, Any] = {
            "livestorm": livestorm.calls if livestorm else 0,
            "salesforce": sum(client.calls for client in (self._login, salesforce) if client),
        }
        if salesforce and salesforce.usage:
            used["salesforce_usage"] = salesforce.usage
        if livestorm:
            used |= {"monthly_remaining": livestorm.monthly_remaining, "monthly_limit": livestorm.monthly_limit}
        return used

    @property
    def connections(self) -> tuple[Any, Any]:
        """The connections of Livestorm and Salesforce, as this context's clients use them."""
        return self._livestorm_hook.connection, self._salesforce_hook.connection

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
        """The folder that holds the run folders."""
        return locations.store_folder(self.settings)

    @property
    def run_folders(self) -> Folder:
        """The folder that holds the run folders of this pair: runs of two pairs may have the same id."""
        return self.store.folder("runs").folder(self.pair)

    def run_folder(self, dag_id: str, run_id: str) -> Folder:
        """The folder of one run.

        The DAG id is part of the path: whoever may view runs of one DAG must not reach those of another.
        """
        name = run_id if dag_id == SYNC_DAG_ID else f"{dag_id}/{run_id}"  # a run id contains no slash
        return self.run_folders.folder(safe_name(name))

    @cached_property
    def database(self) -> Database:
        """The state database.

        Raises:
            ConfigError: the setting names no database.
        """
        return open_database(locations.state_database_url(self.settings), self.options.reconnect_seconds)

    @cached_property
    def state(self) -> PairState:
        """The persistent state of this pair of workspace and org."""
        return PairState(self.database, self.pair, self.hmac_key)

    @cached_property
    def pair(self) -> str:
        """The id of the pair of Livestorm organization and Salesforce org that the connections lead to.

        Raises:
            PairChanged: the connections lead to another pair than before.
        """
        if self.options.offline:
            found = identity.known_pair(self)
        else:
            found = identity.resolve_pair(self, confirmed=self.options.confirm_new_pair)
        self._org_id = found.org_id
        return found.pair_id

    def salesforce_extra(self, name: str) -> Any:
        """An extra of the Salesforce connection; None if it is blank."""
        return self._salesforce_hook.extra_named(name)

    def read_org_id(self) -> str:
        """The id of the org. Needs no mapping: a wrong one is reported together with the fields that the org lacks."""
        self._login = self._salesforce_hook.get_client(
            attempts=self.limits.attempts, clock=self.clock, **self.limits.timeouts
        )
        return self._login.org_id()

    def _check_token(self, token: Token) -> None:
        identity.check_org(token, self._org_id)

    def hmac_key(self) -> str:
        """The key of e-mail HMACs: the setting, else a secret that is stored with the state of this pair."""
        if self.settings.key_secret:
            return self.settings.key_secret.get_secret_value()
        if not self._hmac_key:
            self._hmac_key = pairs.hmac_key(self.database, self.pair)
        return self._hmac_key

    @cached_property
    def locks(self) -> OrgLocks:
        """Mutual exclusion for this org among the tasks of all machines and of all pairs with the org."""
        pair = self.pair
        return OrgLocks(self.database, self._org_id or pair, self.settings.lock_wait_minutes * 60, self.clock)
