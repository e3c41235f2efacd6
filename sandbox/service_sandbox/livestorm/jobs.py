"""Bulk registration jobs: accepted at once, `processing` for a moment, then `ended` or `failed`."""

from collections.abc import Callable
from typing import Any

from service_sandbox.livestorm.render import resource
from service_sandbox.livestorm.store import Store

SECONDS = 1
"""How long a job takes, by the sandbox's clock."""


class Jobs:
    """The workspace's jobs."""

    def __init__(self, store: Store, now: Callable[[], int]) -> None:
        self.store, self._now = store, now

    def add(self, session_id: str, outcomes: list[dict[str, Any]]) -> str:
        """A job whose tasks came out so (`person_id` or `error` each); returns its id."""
        identity, now = self.store.new_id("jobs"), self._now()
        self.store.insert("jobs", {"id": identity, "session_id": session_id, "created_at": now,
                                   "ended_at": now + SECONDS, "tasks": outcomes})  # fmt: skip
        return identity

    def _row(self, job_id: str) -> dict[str, Any] | None:
        return self.store.one("SELECT * FROM jobs WHERE id = :id", id=job_id)

    def resource(self, job_id: str) -> dict[str, Any] | None:
        """A job as the API shows it; `failed` when at least one task failed. Counters in both spellings."""
        row = self._row(job_id)
        if row is None:
            return None
        done = row["ended_at"] <= self._now()
        failed = sum(task["error"] is not None for task in row["tasks"]) if done else 0
        total = len(row["tasks"])
        succeeded = total - failed if done else 0
        attributes = {
            "status": ("failed" if failed else "ended") if done else "processing", "total_items": total,
            "total_processed_items": total if done else 0, "total_fail": failed, "total_success": succeeded,
            "total_failed": failed, "total_succeeded": succeeded, "created_at": row["created_at"],
            "updated_at": row["ended_at"] if done else row["created_at"],
        }  # fmt: skip
        return resource("jobs", row["id"], attributes)

    def tasks(self, job_id: str) -> list[dict[str, Any]] | None:
        """The tasks of a job, in the order in which they were sent."""
        row = self._row(job_id)
        if row is None:
            return None
        done = row["ended_at"] <= self._now()
        return [
            resource("tasks", f"{job_id}-{number}", {
                "status": ("failed" if task["error"] else "ended") if done else "processing",
                "error": task["error"] if done else None, "person_id": task["person_id"] if done else None})
            for number, task in enumerate(row["tasks"])
        ]  # fmt: skip
