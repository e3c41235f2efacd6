"""Folders on an S3 server: what another machine writes is seen at once, and errors name the store."""

from __future__ import annotations

import gc
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pandas as pd
import pytest

from livestorm_salesforce.config import Settings
from livestorm_salesforce.errors import ConfigError, TransientError
from livestorm_salesforce.json_lines import JsonLines
from livestorm_salesforce.runs.locations import state_database_url, store_folder
from livestorm_salesforce.storage import Folder
from livestorm_salesforce.storage_paths import PART_SIZE
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


@pytest.mark.parametrize("size", [10, PART_SIZE + 1], ids=["small", "several parts of an upload"])
def test_a_file_in_parts_is_published_when_it_is_complete(
    store: Folder, storage: ObjectStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """It contains personal data: a kill must leave none in a temporary folder, and an error none in the bucket."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    seen: list[list[str]] = []

    def parts(end: Exception | None = None) -> Iterator[bytes]:
        for letter in (b"a", b"b", b"c"):
            yield letter * size
            seen.append([*store.names(), *(file.name for file in temporary.iterdir())])
        if end:
            raise end

    with pytest.raises(ValueError, match="in the middle"):
        store.write_parts("plan.csv", parts(ValueError("in the middle")))
    gc.collect()  # a file object that is collected is closed
    assert store.names() == []
    assert "Uploads" not in storage.client.list_multipart_uploads(Bucket=BUCKET)
    store.write_parts("plan.csv", parts())
    assert seen == [[]] * 6
    assert store.read_bytes("plan.csv") == b"a" * size + b"b" * size + b"c" * size


def test_a_missing_bucket_is_a_configuration_error(remote_settings: dict[str, str]) -> None:
    address = "s3://s3_store@no-such-bucket/runs"
    with patch.dict(os.environ, remote_settings | {"LIVESTORM_SALESFORCE_STORE": address}):
        store = store_folder(Settings.read())
        with pytest.raises(ConfigError, match=r"The bucket of the store .* does not exist"):
            store.write_json("plan", 1)
        with pytest.raises(ConfigError, match=r"The bucket of the store .* does not exist"):
            store.write_parts("plan.csv", [b"a"])


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
