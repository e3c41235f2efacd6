"""Reads the error of a failed task from Airflow's log of its last try."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def task_error(logs: Path, task: dict[str, Any]) -> str:
    """Return the error of a failed task instance (as Airflow's REST API describes it) and the path of its log."""
    folder = logs / f"dag_id={task['dag_id']}" / f"run_id={task['dag_run_id']}" / f"task_id={task['task_id']}"
    if task.get("map_index", -1) >= 0:
        folder /= f"map_index={task['map_index']}"
    log = folder / f"attempt={task['try_number']}.log"
    errors = [text for line in _lines(log) if (text := _error(line))]
    message = errors[-1] if errors else "its log contains no error."
    return f"The task {task['task_id']} failed: {message}\nIts log: {log}"


def _lines(log: Path) -> list[str]:
    return log.read_text(errors="replace").splitlines() if log.exists() else []


def _error(line: str) -> str:
    """Return the exception of a log line, a JSON object with the outermost exception first in `error_detail`."""
    try:
        entry = json.loads(line)
    except ValueError:
        return ""
    detail = entry.get("error_detail") or []
    return f"{detail[0]['exc_type']}: {detail[0]['exc_value']}" if detail else ""
