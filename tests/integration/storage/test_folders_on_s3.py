"""Folders on an S3 server: what another machine writes is seen at once, and errors name the store."""

from __future__ import annotations

import json
import os
from unittest.mock import patch

import pandas as pd
import pytest

from livestorm_salesforce.config import Settings
from livestorm_salesforce.errors import ConfigError, TransientError
from livestorm_salesforce.json_lines import JsonLines
from livestorm_salesforce.runs.locations import state_database_url, store_folder
from livestorm_salesforce.storage import Folder
from tests.harness.object_storage import BUCKET, ObjectStorage
from tests.harness.ports import free_port


def test_every_kind_of_file_is_read_as_written(store: Folder) -> None:
    folder = store.folder("run")
    folder.write("rows", pd.DataFrame({"a": [1], "b": ["é"]}))
    folder.write_json("plan", {"rows": 1})
    folder.write_lines("people", JsonLines([{"id": 1}, {"id": 2}]), durable=True)
    folder.write_text("list.csv", "a\n")
    assert folder.read("rows", ["b", "missing"]).to_dict("list") == {"b": ["é"]}
    assert folder.read_json("plan") == {"rows": 1}
    assert folder.read_lines("people") == [{"id": 1}, {"id": 2}]
    assert folder.read_bytes("list.csv") == b"a\n"
    assert folder.names() == ["list.csv", "people.jsonl.gz", "plan.json", "rows.parquet"]
    assert store.names() == ["run"]


def test_a_missing_folder_is_empty_and_a_missing_document_has_a_default(store: Folder) -> None:
    assert not store.has("run")
    assert store.folder("run").names() == []
    assert store.folder("run").read_json("plan", 7) == 7
    store.drop("plan.json")
    store.folder("run").remove()


def test_files_of_another_machine_are_seen_at_once(store: Folder, storage: ObjectStorage) -> None:
    store.write_json("first", 1)
    assert store.names() == ["first.json"]
    assert not store.has("second.json")
    key = f"{str(store.path).split('/', 3)[3]}/second.json"
    storage.client.put_object(Bucket=BUCKET, Key=key, Body=b"2")
    assert store.has("second.json")
    assert store.names() == ["first.json", "second.json"]
    storage.client.delete_object(Bucket=BUCKET, Key=key)
    assert not store.has("second.json")
    assert store.names() == ["first.json"]


def test_a_removed_folder_leaves_nothing_and_its_neighbours_stay(store: Folder) -> None:
    for run in ("run", "run-2"):
        store.folder(run).folder("calls").write_json("discover", 1)
        store.folder(run).write_json("plan", 1)
    store.folder("run").remove()
    assert store.names() == ["run-2"]
    assert store.folder("run-2").names() == ["calls", "plan.json"]


def test_a_missing_bucket_is_a_configuration_error(remote_settings: dict[str, str]) -> None:
    address = "s3://s3_store@no-such-bucket/runs"
    with patch.dict(os.environ, remote_settings | {"LIVESTORM_SALESFORCE_STORE": address}):
        store = store_folder(Settings.read())
        with pytest.raises(ConfigError, match=r"The bucket of the store .* does not exist"):
            store.write_json("plan", 1)


def test_an_unreachable_server_is_a_transient_error(remote_settings: dict[str, str]) -> None:
    connection = json.loads(remote_settings["AIRFLOW_CONN_S3_STORE"])
    connection["extra"] |= {
        "endpoint_url": f"http://127.0.0.1:{free_port()}",
        "config_kwargs": {"retries": {"max_attempts": 0}},
    }
    address = remote_settings["LIVESTORM_SALESFORCE_STORE"].replace("s3_store@", "unreachable@")
    changed = {"AIRFLOW_CONN_UNREACHABLE": json.dumps(connection), "LIVESTORM_SALESFORCE_STORE": address}
    with patch.dict(os.environ, remote_settings | changed):
        store = store_folder(Settings.read())
        for action in (lambda: store.write_json("plan", 1), lambda: store.read_json("plan"), store.names, store.files):
            with pytest.raises(TransientError, match="does not answer"):
                action()


def test_a_storage_without_provider_is_a_configuration_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVESTORM_SALESFORCE_STORE", "unknown://bucket/runs")
    with pytest.raises(ConfigError, match="install Airflow's provider"):
        store_folder(Settings.read())


def test_several_machines_need_a_database_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    with pytest.raises(ConfigError, match="CeleryExecutor runs tasks on several machines"):
        state_database_url(Settings.read())
    monkeypatch.setenv("LIVESTORM_SALESFORCE_DATABASE", "postgresql://db/livestorm")
    assert state_database_url(Settings.read()) == "postgresql://db/livestorm"
