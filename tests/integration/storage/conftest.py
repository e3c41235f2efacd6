"""An S3 server for all tests of this folder, and a store in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

import pytest

from livestorm_salesforce.config import Settings
from livestorm_salesforce.runs.locations import store_folder
from livestorm_salesforce.storage import Folder
from tests.harness.object_storage import ObjectStorage, running_storage


@pytest.fixture(scope="session")
def storage() -> Iterator[ObjectStorage]:
    with running_storage() as running:
        yield running


@pytest.fixture
def remote_settings(storage: ObjectStorage, tmp_path: Path) -> dict[str, str]:
    """Settings with a folder of their own in the bucket, and a state database."""
    database = {"LIVESTORM_SALESFORCE_DATABASE": f"sqlite:///{tmp_path / 'state.db'}"}
    return storage.settings(uuid4().hex) | database


@pytest.fixture
def store(remote_settings: dict[str, str]) -> Iterator[Folder]:
    """The store as a task opens it."""
    with patch.dict(os.environ, remote_settings):
        yield store_folder(Settings.read())
