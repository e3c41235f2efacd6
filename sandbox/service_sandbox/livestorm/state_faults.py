"""Faults that change the workspace before a call is handled."""

import itertools
import re

from service_sandbox.control.call_types import ServiceName
from service_sandbox.control.faults import Faults
from service_sandbox.livestorm.workspace import Workspace

PEOPLE = r"/sessions/[0-9a-f-]{36}/people"
ONE_SESSION = r"/sessions/[0-9a-f-]{36}"


def register_livestorm_faults(faults: Faults, workspace: Workspace) -> None:
    """Registers `row_inserted`, `session_deleted` and `quota_used_up`.

    The first two apply to calls whose path contains a session id, and change that session.
    """
    numbers = itertools.count(1)

    def row_inserted(path: str, email: str | None = None) -> None:
        address = email or f"late.{next(numbers)}@inserted.example"
        workspace.register(session_of(path), address, "Late", "Comer")

    def session_deleted(path: str) -> None:
        workspace.delete_session(session_of(path))

    def quota_used_up(_path: str, remaining: int = 0) -> None:
        workspace.quota.set_remaining(remaining)

    faults.register(ServiceName.LIVESTORM, "row_inserted", row_inserted, path=PEOPLE)
    faults.register(ServiceName.LIVESTORM, "session_deleted", session_deleted, path=ONE_SESSION)
    faults.register(ServiceName.LIVESTORM, "quota_used_up", quota_used_up)


def session_of(path: str) -> str:
    """Returns the session id in a path.

    Raises:
        ValueError: the path contains no session id.
    """
    match = re.search(ONE_SESSION, path)
    if not match:
        raise ValueError("the path contains no session id")
    return match[0].rpartition("/")[2]
