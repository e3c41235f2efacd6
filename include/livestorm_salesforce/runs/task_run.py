"""What a task needs to know: its run's folder, the state that outlives runs, the mapping, and the two clients."""

from __future__ import annotations

import hashlib
import os
import time
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
from livestorm_salesforce.clients.salesforce import SalesforceClient, SalesforceClientHook
from livestorm_salesforce.config import Mapping, Settings, load_mapping
from livestorm_salesforce.domain.sessions.scope import Request
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema
from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.state import org_describe
from livestorm_salesforce.storage import Folder, safe_name

SYNC = "livestorm_to_salesforce"  # the DAG that the others serve
STARTED, ENDED = "started", "ended"  # documents in a run's folder
PLANNED = "planned"  # another: the plan in it is made of what was read last


@dataclass(frozen=True)
class Run:
    """One DAG run as a task sees it.

    Attributes:
        run_id: Airflow's run id. params: the trigger form's values. by_hand: triggered by a person.
        task: task id and map index, for the files it leaves. try_number: 1 for the first try.
        dag_id: of the DAG whose run it is; two DAGs may each have a run of one id.
    """

    run_id: str
    params: dict[str, Any]
    task: str
    by_hand: bool = True
    try_number: int = 1
    dag_id: str = SYNC

    @cached_property
    def settings(self) -> Settings:
        return Settings.read()

    @cached_property
    def mapping(self) -> Mapping:
        return load_mapping(self.settings.mapping or self._connection_mapping())

    def _connection_mapping(self) -> str | None:
        """A company may name its mapping in the Salesforce connection's extra `mapping`."""
        return self._salesforce_hook.extra_named("mapping")

    @staticmethod
    def _connection(conn_id: str) -> Any:
        from airflow.sdk import Connection

        return Connection.get(conn_id)

    @cached_property
    def request(self) -> Request:
        """The trigger form's wishes.

        Raises:
            ConfigError: a date of the form is not a date, or the window is upside down.
        """
        start, end = (_date(self.params, name) for name in ("backfill_from", "backfill_to"))
        if start is not None and end is not None and end <= start:
            raise ConfigError("backfill_to is not after backfill_from.", remedy="trigger the run with a later end")
        return Request(
            session_ids=ids_of(self.params.get("session_ids")),
            event_ids=ids_of(self.params.get("event_ids")),
            backfill_from=start,
            backfill_to=end,
            full_read=bool(self.params.get("full_read")),
            by_hand=self.by_hand,
            mode=self.params.get("mode") or "apply",
        )

    @property
    def writes(self) -> bool:
        return self.request.mode == "apply"

    @cached_property
    def _root(self) -> Folder:
        from airflow.sdk import ObjectStoragePath

        home = os.environ.get("AIRFLOW_HOME") or str(Path.home() / "airflow")
        root = Folder(ObjectStoragePath(self.settings.store or f"file://{home}/livestorm_salesforce"))
        root.make_private()
        return root

    @cached_property
    def folder(self) -> Folder:
        """A page about a run is shown to whoever may see runs of its DAG: so the DAG leads to the folder, too."""
        name = self.run_id if self.dag_id == SYNC else f"{self.dag_id}/{self.run_id}"  # no id of a run has a slash
        return self.runs.folder(safe_name(name))

    @cached_property
    def runs(self) -> Folder:
        return self._root.folder("runs")

    @property
    def states(self) -> list[Folder]:
        """What is remembered of every pair that this store has seen."""
        every = self._root.folder("state")
        return [every.folder(name) for name in every.names()]

    def begin(self) -> None:
        """Before anything about people is in the run's folder: its age decides when it goes."""
        self.folder.write_json(STARTED, {"started": time.time()})
        self.forget_plan()

    def forget_plan(self) -> None:
        """Something is read or decided anew, so the plan of an earlier pass must not be reported as this one's."""
        self.folder.drop(f"{PLANNED}.json")

    def end(self) -> None:
        """No task of this run is left that holds people in memory."""
        self.folder.write_json(ENDED, {"ended": time.time()})

    @contextmanager
    def ending(self) -> Iterator[None]:
        """What is done here leaves nothing in memory for another task, whether it ends well or not."""
        try:
            yield self
        finally:
            self.end()

    @cached_property
    def state(self) -> Folder:
        """What is remembered between runs of this pair of workspace and org, however the connection spells its extras:
        a blank is none, and a name may have its prefix of old."""
        livestorm, salesforce = (
            self._connection(name) for name in (self.settings.livestorm_conn_id, self.settings.salesforce_conn_id)
        )
        org = map(self._salesforce_hook.extra_named, ("instance_url", "instance", "domain", "organization_id"))
        pair = "|".join(
            str(part or None)
            for part in (livestorm.conn_id, livestorm.host, salesforce.conn_id, salesforce.login, *org)
        )
        return self._root.folder("state").folder(hashlib.sha256(pair.encode()).hexdigest()[:16])

    @cached_property
    def _livestorm_hook(self) -> LivestormHook:
        return LivestormHook(self.settings.livestorm_conn_id)

    @cached_property
    def _salesforce_hook(self) -> SalesforceClientHook:
        return SalesforceClientHook(self.settings.salesforce_conn_id)

    @cached_property
    def livestorm(self) -> LivestormClient:
        return self._livestorm_hook.get_client(
            call_budget=self.settings.livestorm_calls_per_run,
            monthly_reserve=self.settings.livestorm_monthly_reserve,
        )

    @cached_property
    def salesforce(self) -> SalesforceClient:
        people = self.mapping.people
        return self._salesforce_hook.get_client(
            auto_assign=people.assignment_rules,
            duplicate_rule_allow_save=people.save_despite_duplicate_rules,
            reserve_share=self.settings.salesforce_reserve_percent / 100,
        )

    @cached_property
    def schemas(self) -> dict[str, ObjectSchema]:
        """What the org's describe says, read at most once per `describe_hours`."""
        return org_describe.schemas(self.salesforce, self.state, self.mapping, self.settings.describe_hours)

    def forget_schemas(self) -> bool:
        """Describe the org anew at the next need; False if what is known was described just now, by this task."""
        from_memory = not self.__dict__.get("schemas") or org_describe.forget(self.state, self._began)
        self.__dict__.pop("schemas", None)
        return from_memory

    @cached_property
    def _began(self) -> float:
        return time.time()

    @contextmanager
    def counted(self) -> Iterator[Run]:
        """Leave the number of calls this task made in the run folder, whether it ends well or not."""
        self._began  # noqa: B018 the task's start, before its first reading
        self.folder.drop(f"{ENDED}.json")
        try:
            yield self
        finally:
            clients = {side: self.__dict__.get(side) for side in ("livestorm", "salesforce")}
            used = {side: client.calls if client else 0 for side, client in clients.items()}
            if clients["livestorm"]:
                used["monthly_remaining"] = clients["livestorm"].monthly_remaining
            self.folder.folder("calls").write_json(f"{safe_name(self.task)}-{self.try_number}", used)

    @contextmanager
    def alone(self, deed: str) -> Iterator[None]:
        """One task of this host at a time does `deed` for this org: two runs must never make the same person."""
        digest = hashlib.sha256(str(self.state).encode()).hexdigest()[:16]
        with FileLock(Path(gettempdir()) / f"livestorm-salesforce-{deed}-{digest}.lock"):
            yield


def ids_of(given: list[str] | None) -> tuple[str, ...]:
    """Ids as a form's list holds them, which was pasted from a table, with blanks and empty lines."""
    return tuple(dict.fromkeys(word for one in given or () if (word := str(one).strip())))


def started_at(folder: Folder) -> float | None:
    """When the run of this folder began, epoch seconds; earlier versions kept it with what `discover` left."""
    document = folder.read_json(STARTED) or folder.read_json("discover") or {}
    return document.get("started")


def _date(params: dict[str, Any], name: str) -> pd.Timestamp | None:
    value = params.get(name)
    if not value:
        return None
    try:
        date = pd.Timestamp(value)
    except ValueError:
        raise ConfigError(f"{name} is not a date.", remedy="give it as 2026-11-23 or 2026-11-23T10:00:00Z") from None
    return date.tz_localize("UTC") if date.tzinfo is None else date.tz_convert("UTC")
