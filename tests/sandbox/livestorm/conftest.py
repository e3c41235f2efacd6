"""An event with one session that starts in an hour."""

from __future__ import annotations

import pytest

from service_sandbox import Sandbox
from tests.sandbox.conftest import START

HOUR, DAY = 3600, 86_400


@pytest.fixture
def event(sandbox: Sandbox) -> str:
    return sandbox.livestorm.add_event("Spring product tour", estimated_duration=45, at=START - 30 * DAY)


@pytest.fixture
def session(sandbox: Sandbox, event: str) -> str:
    return sandbox.livestorm.add_session(event, START + HOUR, at=START - 30 * DAY)


@pytest.fixture
def crowded(sandbox: Sandbox, session: str) -> str:
    """The session, with 132 registrants."""
    with sandbox.livestorm.store.transaction():
        for number in range(132):
            sandbox.livestorm.register(session, f"p{number}@crowd.example", f"First{number}", "Last", at=START - number)
    return session
