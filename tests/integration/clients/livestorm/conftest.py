"""A Livestorm client at a scripted server, with a limiter of its own that does not wait."""

from __future__ import annotations

import pytest

from livestorm_salesforce.clients.livestorm import LivestormClient, SharedLimiter

TOKEN = "token-of-the-workspace"


@pytest.fixture
def livestorm(scripted, tmp_path):
    """Makes a client and its server: `client, server, naps = livestorm(respond)`."""

    def make(respond, token=TOKEN, limit=1000, **settings):
        server = scripted(respond)
        naps: list[float] = []
        limiter = SharedLimiter(
            "key", directory=tmp_path, limit=limit, clock=lambda: 1000 + sum(naps), sleep=naps.append
        )
        url = f"http://127.0.0.1:{server.port}/v1"
        return LivestormClient(url, token, limiter=limiter, sleep=naps.append, **settings), server, naps

    return make
