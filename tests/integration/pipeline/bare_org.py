"""An org without the fields of this project, and the tasks of the setup DAG one after the other."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from livestorm_salesforce.config import org_source
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import setup_checks
from livestorm_salesforce.tasks.deployment import deploy as deployment
from livestorm_salesforce.tasks.setup import stored
from tests.harness import world
from tests.harness.world import World

SESSION, REPLAY = "Campaign.Livestorm_Session_Id__c", "CampaignMember.Livestorm_Replay_Status__c"
KEYS = ("Contact.Livestorm_Key__c", "Lead.Livestorm_Key__c")
ALL = (SESSION, REPLAY, *KEYS)
#: Fields of the source that only a mapping of its own names.
RATE = "CampaignMember.Livestorm_Attendance_Rate__c"
OPTIONAL = {field.full_name for field in org_source.source_fields()} - {*ALL}
#: A profile with API access and nothing else: everything comes from the permission set.
PROFILE = {"objects": {}, "fields": {}, "view_all": [], "marketing_user": True}
ADMIN = {"deploy": True, "connection": "salesforce_admin"}
AT = datetime(2026, 11, 23, 10, tzinfo=UTC)


@contextmanager
def bare_org(tmp_path: Path, **org: Any) -> Iterator[World]:
    """An org without our fields, a user of the sync with few rights, and a connection of an administrator."""
    seed = {
        "livestorm": {"settings": {"interval_limit": 0}},
        "salesforce": {"org": {"session_field": None, "replay_field": "missing", "user": dict(PROFILE), **org}},
    }
    with world.open_world(tmp_path, seed, fast=True) as made:
        made.org.users.add_app("admin-key", "admin-secret", made.org.users.admin)
        own = json.loads(os.environ["AIRFLOW_CONN_SALESFORCE_DEFAULT"])
        extra = own["extra"] | {"consumer_key": "admin-key", "consumer_secret": "admin-secret"}
        os.environ["AIRFLOW_CONN_SALESFORCE_ADMIN"] = json.dumps({**own, "extra": extra})
        yield made


def task(made: World, params: dict[str, Any] | None = None, run_id: str = "setup-1") -> TaskRun:
    return TaskRun(made.app(), run_id, "setup", params or ADMIN, dag_id="livestorm_salesforce_setup")


def lines(made: World) -> dict[str, dict[str, Any]]:
    """The stored checklist by subject."""
    found = setup_checks.load(made.app().database)
    return {line["subject"]: line for line in found.items} if found else {}


def custom_fields(made: World) -> set[str]:
    return {
        f"{kind.name}.{name}" for kind in made.org.schema for name, item in kind.fields.items() if item.custom
    }  # fmt: skip


def deployments(made: World) -> int:
    return made.sandbox.calls.count(service="salesforce", call_type="metadata.deploy")


def run_all(made: World, **params: Any) -> dict[str, int]:
    """Every task of the DAG, with an approval."""
    run = task(made, ADMIN | params)
    stored.check_and_save(run)
    deployment.compare(run)
    deployment.ask(run)
    deployment.save_decision(run, "Approve", "ada", AT)
    counts = deployment.deploy(run)
    deployment.check_again(run)
    return counts


def document(made: World, run_id: str = "setup-1") -> dict[str, Any]:
    """What a run has stored about its deployment."""
    found = setup_checks.load(made.app().database, name=f"deployment {run_id}")
    assert found
    return found.items[0]
