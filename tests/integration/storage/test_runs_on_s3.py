"""A whole run, its pages, undo and erasure with run folders on an S3 server and no other place."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from livestorm_salesforce.errors import ContractError
from livestorm_salesforce.tasks import erase, report
from tests.harness.object_storage import ObjectStorage
from tests.harness.pages import page_text
from tests.harness.webinar import Webinar, make_webinar, members, run_undo
from tests.harness.world import World, open_world

ADDRESS = "mallory@acme.example"


@pytest.fixture
def world(tmp_path: Path, remote_settings: dict[str, str]) -> Iterator[World]:
    with open_world(tmp_path, **remote_settings) as opened:
        yield opened


@pytest.fixture
def webinar(world: World) -> Webinar:
    made = make_webinar(world)
    for name in ("ada", "mallory"):
        made.register(name)
    return made


def texts(storage: ObjectStorage, prefix: str) -> str:
    """The content of all objects of a store as text."""
    found = []
    for key, data in storage.objects().items():
        if not key.startswith(prefix):
            continue
        if key.endswith(".parquet"):
            found.append(pd.read_parquet(io.BytesIO(data)).to_csv())
        else:
            found.append((gzip.decompress(data) if key.endswith(".gz") else data).decode())
    return "\n".join(found).lower()


def prefix_of(settings: dict[str, str]) -> str:
    return settings["LIVESTORM_SALESFORCE_STORE"].rpartition("/")[2]


def test_runs_write_the_same_and_leave_no_local_file(
    webinar: Webinar, storage: ObjectStorage, remote_settings: dict[str, str]
) -> None:
    world = webinar.world
    first = world.run()
    assert (first["verdict"], first["buckets"]["created"]) == ("ok", 2)
    assert members(world) == {"ada": "Registered", "mallory": "Registered"}
    assert world.run({"full_read": True}, manual=True)["buckets"]["unchanged"] == 2
    assert ADDRESS in texts(storage, prefix_of(remote_settings))
    assert not world.store.exists()


def test_pages_and_undo_read_run_folders(webinar: Webinar, world: World) -> None:
    world.run()
    assert "Product tour" in page_text("/runs/livestorm_to_salesforce/run-1")
    run_undo(world, delete_created=True)
    assert world.org.rows("Lead") == []


def test_an_erased_person_is_in_no_object(
    webinar: Webinar, world: World, storage: ObjectStorage, remote_settings: dict[str, str]
) -> None:
    world.run()
    counts = erase.erase_address(world.app(), ADDRESS)
    assert counts["found after"] == 0
    assert counts["rows"] > 0
    left = texts(storage, prefix_of(remote_settings))
    assert "mallory" not in left
    assert "ada@acme.example" in left


def test_earlier_versions_of_a_versioned_bucket_are_reported(
    webinar: Webinar, world: World, storage: ObjectStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = f"versioned-{world.store.parent.name.lower().replace('_', '-')}"[:60]
    storage.client.create_bucket(Bucket=bucket)
    storage.client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    monkeypatch.setenv("LIVESTORM_SALESFORCE_STORE", f"s3://s3_store@{bucket}/runs")
    world.run()
    with pytest.raises(ContractError, match="earlier versions of"):
        erase.erase_address(world.app(), ADDRESS)
    for version in storage.client.list_object_versions(Bucket=bucket)["Versions"]:
        if not version["IsLatest"]:
            storage.client.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
    assert erase.erase_address(world.app(), ADDRESS)["found after"] == 0


def test_old_run_folders_are_deleted(webinar: Webinar, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.run()
    assert len(world.app().run_folders.names()) == 1
    monkeypatch.setenv("LIVESTORM_SALESFORCE_KEEP_RUNS_DAYS", "0.0000001")
    report.prune(world.task("later", "report"))
    assert world.app().run_folders.names() == []
