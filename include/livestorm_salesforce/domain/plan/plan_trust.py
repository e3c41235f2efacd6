"""Whether a plan may be applied without reading Salesforce again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Writer(NamedTuple):
    """One attempt of one task that writes to Salesforce."""

    run_id: str
    task: str
    try_number: int


def is_plan_trusted(
    writer: Writer,
    *,
    read_at: float,
    now: float,
    trust_seconds: float,
    last_writes: Mapping[Writer, float],
    needs_approval: bool,
    writes_protected_fields: bool,
) -> bool:
    """True on a first attempt within `trust_seconds`, with no other writer and no approval since the plan was read.

    Asked before the first write of the attempt. A plan that writes fields with `protect_edits` is never trusted: a
    person may have edited them since.

    Args:
        read_at: when the plan's current state was read, in epoch seconds.
        now: epoch seconds; a time before `read_at` (the clock was set back) is not trusted.
        last_writes: time of the last write of each attempt, in epoch seconds.
    """
    is_recent = 0 <= now - read_at < trust_seconds
    is_foreign = any(at >= read_at and _is_other(writer, other) for other, at in last_writes.items())
    is_first = writer.try_number == 1
    return is_first and is_recent and not is_foreign and not needs_approval and not writes_protected_fields


def _is_other(writer: Writer, other: Writer) -> bool:
    """Another run, or any write of the same task: the attempt that asks has not written yet.

    Airflow may retry a task whose worker still runs. Two deployments of Airflow with one state database have scheduled
    runs, tasks and attempts of the same names.
    """
    return other.run_id != writer.run_id or other.task == writer.task
