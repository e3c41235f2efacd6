"""The situations of `errors.SITUATIONS`, produced with the two sandboxes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from service_sandbox.salesforce.org.duplicates import DuplicateRule
from service_sandbox.salesforce.org.rights import Rights
from tests.harness.world import World

Make = Callable[[World, Path], Any]
ORGS: dict[str, dict[str, Any]] = {
    "No Marketing User": {"user": {"marketing_user": False}},
    "External id field missing": {"session_field": None},
    "Campaign.Type without Webinar": {"campaign_types": "scratch"},
    "Restricted picklist": {
        "fields": {"Lead": {"Level__c": {"type": "picklist", "values": ["Senior"], "restricted": True}}}
    },
}


def connection(name: str, **changes: Any) -> None:
    place = f"AIRFLOW_CONN_{name}_DEFAULT"
    os.environ[place] = json.dumps({**json.loads(os.environ[place]), **changes})


def mapping(directory: Path, text: str) -> None:
    file = directory / "mapping.yaml"
    file.write_text(text)
    os.environ["LIVESTORM_SALESFORCE_MAPPING"] = str(file)


LEVEL = (
    "lead: {LastName: last_name, Email: {from: email, policy: create_only}, Company: company, Level__c: job_title}\n"
)
MAKE: dict[str, Make] = {
    "Connection missing": lambda world, path: os.environ.pop("AIRFLOW_CONN_LIVESTORM_DEFAULT"),
    "Livestorm token wrong": lambda world, path: connection("LIVESTORM", password="wrong-token-0123456789"),
    "Livestorm token with Bearer": lambda world, path: connection("LIVESTORM", password="Bearer abcdef0123456789"),
    "Livestorm scope missing": lambda world, path: connection(
        "LIVESTORM", password=world.livestorm.add_token("identity:read")
    ),
    "Livestorm workspace not validated": lambda world, path: world.livestorm.settings.change(api_enabled=False),
    "Livestorm allowance used up": lambda world, path: world.livestorm.quota.set_remaining(0),
    "Livestorm answers HTML": lambda world, path: world.sandbox.faults.add(
        "html", service="livestorm", share=1.0, status=200
    ),
    "Livestorm down": lambda world, path: world.sandbox.faults.add("html", service="livestorm", share=1.0),
    "No Marketing User": lambda world, path: None,
    "External id field missing": lambda world, path: None,
    "Mapped field missing": lambda world, path: mapping(path, LEVEL.replace("Level__c", "Titel")),
    "Mapped field not writable": lambda world, path: mapping(path, LEVEL.replace("Level__c", "ConvertedDate")),
    "Campaign.Type without Webinar": lambda world, path: None,
    "Restricted picklist": lambda world, path: mapping(path, LEVEL),
    "Validation rule": lambda world, path: world.refuse("Lead", "LastName"),
    "Duplicate rule that blocks": lambda world, path: (
        world.org.insert("Lead", [{"FirstName": "Ada", "LastName": "Adason", "Company": "Acme"}]),
        world.org.duplicates.add(DuplicateRule("Blocks", "Lead", "Lead", "block")),
    ),
    "Salesforce calls used up": lambda world, path: world.sandbox.salesforce_api.limits.set_remaining(0),
    "Salesforce down": lambda world, path: world.sandbox.faults.add(
        "error", service="salesforce", share=1.0, status=503
    ),
    "Mapping typo": lambda world, path: mapping(path, "lead:\n  Title: job_titel\n"),
}


def use_other_user(world: World, **rights: Any) -> None:
    """From now on the connection has another app, whose user sees its own records only."""
    user = world.org.users.add("second@sandbox.example", Rights.from_settings({"view_all": [], **rights}))
    world.org.users.add_app("second-app", "second-secret-0123456789", user)
    extra = json.loads(os.environ["AIRFLOW_CONN_SALESFORCE_DEFAULT"])["extra"]
    app = {"consumer_key": "second-app", "consumer_secret": "second-secret-0123456789"}
    connection("SALESFORCE", extra=extra | app)


def see_all(world: World) -> None:
    """The user of the connection gets View All Records."""
    world.org.users.by_username["second@sandbox.example"].rights.view_all = None
