"""Settings and state names that a run derives from the connections, independent of their spelling."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from livestorm_salesforce.config import load_mapping
from livestorm_salesforce.runs.context import AppContext

ORG = {"instance_url": "https://acme.my.salesforce.com", "domain": "acme.my"}
OLD = {f"extra__salesforce__{name}": value for name, value in ORG.items()}
HOST = "https://api.livestorm.co/v1"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("LIVESTORM_SALESFORCE_STORE", f"file://{tmp_path}/store")
    monkeypatch.delenv("LIVESTORM_SALESFORCE_MAPPING", raising=False)

    def make(extra: dict[str, Any], **fields: Any) -> AppContext:
        for name, connection in {
            "livestorm": {"host": HOST},
            "salesforce": {"login": "robot", "extra": extra} | fields,
        }.items():
            text = json.dumps({"conn_type": name, **connection})
            monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}_DEFAULT", text)
        return AppContext.from_environment()

    return make


def test_a_state_is_named_after_both_connections(run) -> None:
    """With another name, a run after an update would not find its state."""
    words = f"livestorm_default|{HOST}|salesforce_default|robot|{ORG['instance_url']}|None|acme.my|None"
    assert hashlib.sha256(words.encode()).hexdigest()[:16] in str(run(ORG).state)


@pytest.mark.parametrize("extra", [OLD, ORG | {"instance": "", "organization_id": ""}], ids=["old names", "blanks"])
def test_one_org_has_one_state_whatever_the_spelling(run, extra: dict[str, str]) -> None:
    assert str(run(extra).state) == str(run(ORG).state)
    assert str(run(ORG | {"domain": "other"}).state) != str(run(ORG).state)


@pytest.mark.parametrize("name", ["mapping", "extra__salesforce__mapping"])
def test_the_connection_may_name_the_mapping(run, tmp_path: Path, name: str) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("campaign:\n  type: Own\n")
    assert run({name: str(own)}).mapping.campaign.type == "Own"


def test_a_blank_mapping_counts_as_none(run) -> None:
    assert run({"mapping": ""}).mapping == load_mapping(None)


def test_two_pairs_that_share_a_store_have_separate_run_folders(run) -> None:
    """Scheduled runs of two deployments have the same run id (field findings, C16)."""
    name = ("livestorm_to_salesforce", "scheduled__2026-11-29T10:00:00+00:00")
    folders = set()
    for address in (
        "https://acme.my.salesforce.com",
        "https://other.my.salesforce.com",
        "https://acme.my.salesforce.com",
    ):
        app = run(ORG | {"instance_url": address})
        app.run_folder(*name).write_json("started", {"started": 0})
        folders.add(str(app.run_folder(*name)))
    assert len(folders) == 2
    assert {str(folder) for folder in app.every_run_folder()} == folders
