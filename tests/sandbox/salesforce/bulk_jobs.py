"""Bulk jobs of the sandbox."""

import time
from typing import Any

from tests.sandbox.salesforce.conftest import Api


def wait(api: Api, path: str) -> dict[str, Any]:
    """The job after its end."""
    for _ in range(2000):
        job = api.get(path).json()
        if job["state"] in ("JobComplete", "Failed", "Aborted"):
            return job
        time.sleep(0.01)
    raise AssertionError(f"the job did not end: {job}")
