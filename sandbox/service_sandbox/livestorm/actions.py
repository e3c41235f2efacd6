"""Faults that change the workspace just before a call is handled."""

import itertools
import re

from service_sandbox.faults import Faults
from service_sandbox.livestorm.workspace import Workspace

PEOPLE = r"/sessions/[0-9a-f-]{36}/people"
ONE_SESSION = r"/sessions/[0-9a-f-]{36}"


def teach(faults: Faults, workspace: Workspace) -> None:
    """Add `row_inserted`, `session_deleted` and `quota_used_up` to the faults of Livestorm.

    The first two strike calls that name a session, and take the session from the call's path.
    """
    numbers = itertools.count(1)

    def row_inserted(path: str, email: str | None = None) -> None:
        late = email or f"late.{next(numbers)}@inserted.example"
        workspace.register(session_of(path), late, "Late", "Comer")

    def session_deleted(path: str) -> None:
        workspace.delete_session(session_of(path))

    def quota_used_up(_path: str, remaining: int = 0) -> None:
        workspace.quota.leave(remaining)

    faults.action("livestorm", "row_inserted", row_inserted, path=PEOPLE)
    faults.action("livestorm", "session_deleted", session_deleted, path=ONE_SESSION)
    faults.action("livestorm", "quota_used_up", quota_used_up)


def session_of(path: str) -> str:
    """The session that a path names."""
    found = re.search(ONE_SESSION, path)
    if not found:
        raise ValueError("the path names no session")
    return found[0].rpartition("/")[2]
