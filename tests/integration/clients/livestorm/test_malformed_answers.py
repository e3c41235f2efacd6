"""Answers of Livestorm with a defect are defined errors, or rows that are left out and counted.

Each case is a recorded document with one defect (`tests/faults/livestorm_damage.py`). The server repeats the damaged
answer, so a retry does not help. Whole runs: tests/faults/test_mangled_answers.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from livestorm_salesforce.clients.livestorm import LivestormClient
from livestorm_salesforce.domain.registrants.transform import transform_registrants
from livestorm_salesforce.domain.sessions.transform import transform_events, transform_sessions
from livestorm_salesforce.errors import SyncError
from tests.faults.livestorm_damage import variants
from tests.integration.clients.scripted import Answer
from tests.integration.pipeline.mutation import recorded

CASES = 250
#: In every answer about a person; no message may quote it.
CANARY = "canary.person@acme.example"
Read = Callable[[LivestormClient], tuple[pd.DataFrame, int | None]]


def people() -> dict[str, Any]:
    document = recorded("people_2021_null_fields_empty_choice")
    first = document["data"][0]
    first["attributes"]["email"] = CANARY
    document["data"] = [{**first, "id": f"p{number}"} for number in range(3)]
    document["meta"] |= {"record_count": 3, "page_count": 1, "next_page": None}
    return document


def sessions() -> dict[str, Any]:
    document: dict[str, Any] = recorded("sessions_include_event_meta_without_next_page")
    document["meta"] |= {"record_count": len(document["data"]), "page_count": 1}
    return document


def read_sessions(client: LivestormClient) -> tuple[pd.DataFrame, int | None]:
    rows = transform_sessions(client.list_sessions())
    return rows, len(rows) + client.unreadable["sessions"]


def read_people(client: LivestormClient) -> tuple[pd.DataFrame, int | None]:
    """The rows, and their number with those left out; None if the reader tells that it is incomplete."""
    reader = client.people_pages("s1")
    rows = transform_registrants([row for page in reader for row in page.data], "s1")
    return rows, len(rows) + reader.unreadable if reader.is_complete else None


def read_event(client: LivestormClient) -> tuple[pd.DataFrame, int | None]:
    listing = client.get_event("e1", include=["tags"])
    rows = transform_events(listing.data, listing.included)
    return rows, len(rows)


def read_others(client: LivestormClient) -> tuple[pd.DataFrame, int | None]:
    """Calls whose answer is used as it is."""
    client.organization_id()
    client.recent_event_ids()
    client.probe_sessions()
    client.list_webhooks()
    return pd.DataFrame(), None


@pytest.mark.parametrize(
    ("document", "read"),
    [
        (sessions(), read_sessions),
        (people(), read_people),
        (recorded("event_with_sessions"), read_event),
        (sessions(), read_others),
    ],
    ids=["sessions", "people", "event", "others"],
)
def test_a_damaged_answer_is_an_error_or_a_counted_row(livestorm, caplog, document: Any, read: Read) -> None:
    data = document["data"]
    expected = len(data) if isinstance(data, list) else 1
    cases = CASES // 5 if read is read_others else CASES
    errors: list[SyncError] = []
    complete = 0
    body = json.dumps(document).encode()
    client, server, _ = livestorm(lambda asked: Answer(body), attempts=1, limit=10**6)
    for number, damaged in enumerate(variants(body, cases)):
        server.respond = lambda asked, answer=damaged: Answer(answer)
        client.unreadable.clear()
        try:
            _, count = read(client)
        except SyncError as error:
            errors.append(error)
            continue
        except Exception as error:
            raise AssertionError(f"case {number}: {type(error).__name__}, {damaged[:300]!r}") from error
        assert count is None or count >= expected, f"case {number} lost rows: {damaged[:300]!r}"
        complete += bool(count)
    assert len(errors) > cases / 10
    assert all(error.remedy and CANARY not in str(error) for error in errors)
    assert CANARY not in caplog.text
    assert read is read_others or complete > cases / 10
