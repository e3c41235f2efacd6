"""Machine-independent figures of whole runs, compared with the committed ones (`benchmarks/figures.json`).

A change that is intended is committed: `UPDATE_FIGURES=1 pytest tests/calls/test_figures.py` writes the file.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import benchmarks
from benchmarks import tasks
from benchmarks.stage import address

FIGURES = Path(benchmarks.__file__ or "").with_name("figures.json")
REGISTRANTS, CHANGED = 200, 50


def figures(stage, monkeypatch, **params) -> dict[str, int]:
    """Calls, task instances, and rows read and written, of one run."""
    ran = []
    run_task = tasks.run_task
    monkeypatch.setattr(tasks, "run_task", lambda name, *args, **options: ran.append(name) or run_task(
        name, *args, **options))  # fmt: skip
    report = stage.run(**params)
    monkeypatch.undo()
    return {
        "livestorm calls": stage.sandbox.calls.count(service="livestorm"),
        "salesforce calls": stage.counted("salesforce"),
        "task instances": len(ran),
        "rows read": report["registrants"],
        "records written": stage.sandbox.org.writes.count(rejected=False),
        "records rejected": stage.sandbox.org.writes.count(rejected=True),
    }


def test_the_figures_are_the_committed_ones(fed, monkeypatch):
    session = fed.session(REGISTRANTS)
    found = {"200 new": figures(fed, monkeypatch), "200 unchanged": figures(fed, monkeypatch)}
    for number in range(CHANGED):
        fed.sandbox.livestorm.edit_registration(session, address(number), first_name="Grace")
    found["200, 50 changed"] = figures(fed, monkeypatch, manual=True)
    if os.environ.get("UPDATE_FIGURES"):
        FIGURES.write_text(json.dumps(found, indent=1) + "\n")
    assert found == json.loads(FIGURES.read_text())
