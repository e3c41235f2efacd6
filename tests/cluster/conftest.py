"""What the cluster tests need besides servers: a Celery that Airflow's provider supports."""

from __future__ import annotations

import os

import pytest

from tests.harness.programs import REQUIRED


@pytest.fixture(autouse=True)
def celery() -> None:
    """Skips the tests, or fails them in CI, where the installed Celery does not fit the provider."""
    try:
        from airflow.providers.celery.executors import celery_executor  # noqa: F401
    except ImportError as error:
        message = f"the Celery provider cannot be imported: {error}"
        if os.environ.get(REQUIRED):
            pytest.fail(message)
        pytest.skip(message)
