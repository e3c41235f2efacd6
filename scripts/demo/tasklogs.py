"""Why a task failed, from the log that Airflow kept of its last try."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def why(logs: Path, task: dict[str, Any]) -> str:
    """The error of a failed task instance (as Airflow's REST API describes it) and where the whole log is."""
    folder = logs / f"dag_id={task['dag_id']}" / f"run_id={task['dag_run_id']}" / f"task_id={task['task_id']}"
    if task.get("map_index", -1) >= 0:
        folder /= f"map_index={task['map_index']}"
    log = folder / f"attempt={task['try_number']}.log"
    errors = [text for line in _lines(log) if (text := _error(line))]
    said = errors[-1] if errors else "Its log tells no error."
    return f"The task {task['task_id']} failed: {said}\nIts log: {log}"


def _lines(log: Path) -> list[str]:
    return log.read_text(errors="replace").splitlines() if log.exists() else []


def _error(line: str) -> str:
    """Airflow writes one JSON object per line; an exception is in `error_detail`, the outermost first."""
    try:
        entry = json.loads(line)
    except ValueError:
        return ""
    detail = entry.get("error_detail") or []
    return f"{detail[0]['exc_type']}: {detail[0]['exc_value']}" if detail else ""
