"""A Livestorm client for a scripted server, with a fake clock."""

from __future__ import annotations

import pytest

from livestorm_salesforce.clients.livestorm import LivestormClient, LocalRateLimiter
from tests.fake_clock import FakeClock

TOKEN = "token-of-the-workspace"


@pytest.fixture
def livestorm(scripted, tmp_path):
    """Creates a client and its server: `client, server, sleeps = livestorm(respond)`."""

    def make(respond, token=TOKEN, limit=1000, **settings):
        server = scripted(respond)
        clock = FakeClock()
        limiter = LocalRateLimiter(limit=limit, clock=clock)
        url = f"http://127.0.0.1:{server.port}/v1"
        return LivestormClient(url, token, limiter=limiter, clock=clock, **settings), server, clock.sleeps

    return make
