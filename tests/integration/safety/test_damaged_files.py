"""A damaged file of a run folder ends the run with its name and a remedy; the next run is not affected (field C1)."""

from __future__ import annotations

import pytest

from livestorm_salesforce.storage import DamagedFile
from tests.harness.webinar import Webinar, members


@pytest.mark.parametrize("content", [b"", b"{", b"no file of ours"])
@pytest.mark.parametrize(
    ("task", "file"),
    [("plan", "registrants-000.parquet"), ("plan", "discover.json"), ("report", "changes.parquet")],
)
def test_a_damaged_file_of_a_run(webinar: Webinar, task: str, file: str, content: bytes) -> None:
    world = webinar.world
    webinar.register("ada")

    def damage(name: str) -> None:
        if name == task and world.number == 1:
            for path in world.store.rglob(file):
                path.write_bytes(content)

    world.before = damage
    report = world.run()
    assert isinstance(report["error"], DamagedFile)
    assert file in str(report["error"]) and "trigger a new run" in str(report["error"])
    assert world.run()["verdict"] == "ok"
    assert members(world) == {"ada": "Registered"}
