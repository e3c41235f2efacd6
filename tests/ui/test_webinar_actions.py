"""What the pages offer for a webinar, and when it is read next."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest
import requests

from livestorm_salesforce.domain.sessions import backfill, scope
from livestorm_salesforce.state import session_listings
from livestorm_salesforce.state.pair_state import PairState
from tests.harness.pages import NOW, FakeAirflow, served_pages

MOMENT = pd.Timestamp(NOW)


def listed(session: str, days_ago: int, **values: object) -> dict[str, object]:
    return dict.fromkeys(session_listings.WRITTEN) | {
        "session_id": session, "title": session, "status": "past", "in_scope": False, "note": "",
        "starts_at": MOMENT - timedelta(days=days_ago), "registrants_count": 10.0,
    } | values  # fmt: skip


@pytest.fixture
def state_of_webinars(state: PairState) -> PairState:
    """One that waits for the pace, one that the next run reads, one from before activation, and one without a date."""
    rows = [
        listed("waiting", 40, in_scope=True, note=f"deferred: {backfill.PACED}"),
        listed("unread", 1, in_scope=True),
        listed("earlier", 50, note=scope.BEFORE_ACTIVATION),
        listed("undated", 0, note=scope.BEFORE_ACTIVATION, starts_at=None),
    ]
    session_listings.save(state, pd.DataFrame(rows), MOMENT, "run-1")
    return state


def rows_of(language: str = "en") -> dict[str, str]:
    """The row of each webinar in the list."""
    with served_pages(FakeAirflow()) as address:
        html = requests.get(f"{address}/webinars", timeout=60, headers={"Accept-Language": language}).text
    rows = html.split("<tbody>")[1].split("<tr>")[1:]
    return {name: row for row in rows for name in ("waiting", "unread", "earlier", "undated") if f">{name}</a>" in row}


@pytest.mark.usefixtures("state_of_webinars")
def test_a_webinar_of_a_backfill_that_waits_is_read_later() -> None:
    rows = rows_of()
    assert "Next: later. Deferred: Backfill: read in portions" in rows["waiting"]
    assert "Next: in the next run" in rows["unread"] and "in the next run" not in rows["waiting"]
    assert "au rythme mensuel des appels Livestorm" in rows_of("fr")["waiting"]


@pytest.mark.usefixtures("state_of_webinars")
def test_a_webinar_that_ended_before_activation_offers_a_backfill_instead_of_a_sync() -> None:
    rows = rows_of()
    for name in ("waiting", "unread"):
        assert f'action="/webinars/{name}/sync"' in rows[name] and "/webinars/backfill" not in rows[name]
    assert 'href="/webinars/backfill?start=2026-10-04"' in rows["earlier"] and "/sync" not in rows["earlier"]
    assert 'href="/webinars/backfill"' in rows["undated"] and "/sync" not in rows["undated"]
    assert "Reprendre à partir d&#39;ici</a>" in rows_of("fr")["earlier"]


@pytest.mark.usefixtures("state_of_webinars")
def test_the_page_of_a_webinar_offers_the_same_and_the_date_includes_it() -> None:
    with served_pages(FakeAirflow()) as address:
        earlier, unread = (requests.get(f"{address}/webinars/{one}", timeout=60).text for one in ("earlier", "unread"))
        cost = requests.get(f"{address}/webinars/backfill?start=2026-10-04", timeout=60).text
    assert 'class="button" href="/webinars/backfill?start=2026-10-04"' in earlier and "/sync" not in earlier
    assert 'action="/webinars/unread/sync"' in unread and "/webinars/backfill" not in unread
    assert "3 webinars" in cost
