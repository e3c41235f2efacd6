"""The time of the last write of each attempt: a plan that was read before it may be out of date."""

from __future__ import annotations

from livestorm_salesforce.domain.plan.plan_trust import Writer
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import write_intents


def note_write(run: TaskRun) -> None:
    """Store that this attempt writes now."""
    write_intents.note_write(run.app.state, writer(run), run.app.clock.now())


def load_writes(run: TaskRun) -> dict[Writer, float]:
    """Time of the last write of each attempt, in epoch seconds."""
    return write_intents.last_writes(run.app.state)


def writer(run: TaskRun) -> Writer:
    """This attempt as a writer."""
    return Writer(run.run_id, run.task, run.try_number)
