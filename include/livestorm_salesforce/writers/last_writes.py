"""The time of the last write of each attempt: a plan that was read before it may be out of date."""

from __future__ import annotations

import json

from livestorm_salesforce.domain.plan.plan_trust import Writer
from livestorm_salesforce.runs.task_run import TaskRun

LAST_WRITES = "last_writes"
KEPT_WRITERS = 200


def note_write(run: TaskRun) -> None:
    """Store that this attempt writes now."""
    with run.app.lock(LAST_WRITES):
        known = run.app.state.read_json(LAST_WRITES, {})
        known[json.dumps(writer(run))] = run.app.clock.now()
        latest = sorted(known.items(), key=lambda item: item[1])[-KEPT_WRITERS:]
        run.app.state.write_json(LAST_WRITES, dict(latest))


def load_writes(run: TaskRun) -> dict[Writer, float]:
    """Time of the last write of each attempt, in epoch seconds."""
    return {Writer(*json.loads(name)): at for name, at in run.app.state.read_json(LAST_WRITES, {}).items()}


def writer(run: TaskRun) -> Writer:
    """This attempt as a writer."""
    return Writer(run.run_id, run.task, run.try_number)
