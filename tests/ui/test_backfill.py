"""The cost of a backfill before it starts: the page states what the command states."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pandas as pd
import pytest
import requests

from livestorm_salesforce.domain.sessions import backfill, scope
from livestorm_salesforce.domain.sessions.listing import LISTS
from livestorm_salesforce.domain.sessions.quota import Quota
from livestorm_salesforce.domain.sessions.sync_state import SyncState
from livestorm_salesforce.domain.sessions.transform import transform_events
from livestorm_salesforce.state import session_listings, sync_state
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.web.backfill import cost, salesforce_calls, start_of, stored_quota
from tests.harness.pages import NOW, FakeAirflow, served_pages

MOMENT = pd.Timestamp(NOW)


def synced(remaining: int | None, began: pd.Timestamp | None = MOMENT, **values: int) -> SyncState:
    events = transform_events([])
    given = {"refreshed": 0} | values
    return SyncState(MOMENT, dict.fromkeys(LISTS, MOMENT), began, remaining, known=scope.empty_known(), events=events,
                     **given)  # fmt: skip


def past(number: int, registrants: int, note: str = scope.BEFORE_ACTIVATION) -> dict[str, object]:
    return dict.fromkeys(session_listings.WRITTEN) | {
        "session_id": f"s{number}", "status": "past", "in_scope": False, "note": note,
        "starts_at": MOMENT - timedelta(days=60), "registrants_count": float(registrants),
    }  # fmt: skip


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


@pytest.mark.parametrize(
    ("sessions", "used", "days"),
    [(500, 0, 44), (200, 0, 18), (200, 5_000, 40), (20, 0, 0)],
)
def test_the_page_states_the_cost_of_the_command(state: PairState, sessions: int, used: int, days: int) -> None:
    """1,000 registrants each; an excluded event is not part of it."""
    excluded = past(9_999, 5_000, note="event excluded by the mapping (section 'events')")
    rows = pd.DataFrame([excluded, *(past(number, 1_000) for number in range(sessions))])
    session_listings.save(state, rows, MOMENT, "run-1")
    sync_state.save(state, synced(10_000 - used))
    frame = rows[1:].assign(backfill=True)
    expected = backfill.cost(frame, scope.empty_known(), Quota(10_000, 10_000 - used, MOMENT, MOMENT))
    with served_pages(FakeAirflow()) as address:
        texts = {
            language: words(
                requests.get(
                    f"{address}/webinars/backfill?start=2026-01-01", timeout=60, headers={"Accept-Language": language}
                ).text
            )
            for language in ("en", "fr")
        }
    assert expected.days == days
    assert f"{sessions} webinars, {sessions * 1_000:,} registrants" in texts["en"]
    now = f"{expected.calls_now:,}"
    if days:
        calls = f"{now} Livestorm calls" if expected.calls_now else "No Livestorm call"
        assert f"{calls} now, the rest in at least {days} days at the month's pace" in texts["en"]
        assert f"le reste en {days} jours au moins, au rythme du mois" in texts["fr"]
    else:
        assert f"All of them are within the Livestorm calls of now ({now})" in texts["en"]


def test_the_page_says_so_while_the_allowance_is_not_known(state: PairState) -> None:
    session_listings.save(state, pd.DataFrame([past(1, 100)]), MOMENT, "run-1")
    with served_pages(FakeAirflow()) as address:
        text = requests.get(f"{address}/webinars/backfill?start=2026-01-01", timeout=60).text
    assert "the number of days is not known" in text


def test_a_window_that_has_ended_is_full_again() -> None:
    ended = synced(100, MOMENT - timedelta(days=31), refreshed=50)
    assert stored_quota(ended, None, 70, MOMENT) == Quota(10_000, 10_000, MOMENT, MOMENT, 70)
    open_window = synced(100, MOMENT - timedelta(days=29), refreshed=50)
    assert stored_quota(open_window, 20_000, 70, MOMENT) == Quota(20_000, 100, open_window.window_began, MOMENT, 70, 50)
    assert stored_quota(None, 20_000, 70, MOMENT).limit is None


def test_webinars_that_an_earlier_backfill_left_are_counted_once() -> None:
    """Two wait: one is among those of the period, the other costs a look-up more."""
    rows = [("s1", "waiting", 100.0), ("s2", "waiting", 100.0)]
    known = scope.typed_known(pd.DataFrame(rows, columns=["session_id", "status", "registrants_count"]))
    found = cost({"s1": 100, "s3": 51}, known, Quota(10_000, 10_000, MOMENT, MOMENT))
    assert (found.sessions, found.registrants, found.calls) == (3, 251, 2 + 2 + 3)


def test_the_cost_in_salesforce_follows_the_limit_of_bulk_jobs() -> None:
    """3,000 people and their members: two bulk jobs, or three composite requests each."""
    assert salesforce_calls(1, 3_000, 2_000) - salesforce_calls(1, 3_000, 3_000) == 2 * 6 - 2 * 3
    assert salesforce_calls(3, 1_080, 2_000) == 1 + 2 + 2 + 2 * 2 and salesforce_calls(0, 0, 2_000) == 0


@pytest.mark.parametrize(
    ("text", "start"),
    [("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)), ("31/01/2026", None), ("", None), ("now", None)],
)
def test_dates_of_the_form_are_utc(text: str, start: datetime | None) -> None:
    assert start_of(text) == start
