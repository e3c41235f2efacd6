"""Logs contain neither personal data nor secrets, at any level."""

from __future__ import annotations

from tests.integration.clients.livestorm.workspace import Workspace, refusal
from tests.integration.clients.scripted import in_turn


def test_logs_of_reads_contain_no_secret(livestorm, logged):
    client, _, _ = livestorm(in_turn(refusal(429, "canary", "canary"), refusal(500, "canary"), Workspace(60)))
    assert sum(len(page.data) for page in client.people_pages("s1")) == 60
    logged("canary", "token-of-the-workspace", "p1@example.test", "https://secret")
