"""The same facts in other formats: types, nesting and spellings that Livestorm does not document."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from livestorm_salesforce.domain.registrants.transform import transform_registrants
from livestorm_salesforce.domain.sessions.transform import transform_events, transform_sessions
from livestorm_salesforce.domain.sessions.webhook_deliveries import is_outdated, latest_versions, registered_before


def registrant(*, detail: dict[str, Any] | None = None, **attributes: Any) -> dict[str, Any]:
    """The only row of a session with one registrant, without nulls."""
    person = {"id": "p1", "attributes": {**attributes, "registrant_detail": detail or {}}}
    [row] = transform_registrants([person], "s1").to_dict("records")
    return {str(name): value for name, value in row.items() if not pd.isna(value)}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"value": "Acme", "label": "Acme Inc.", "position": 1}, "Acme"),
        ({"label": "Acme"}, "Acme"),
        ([{"label": "CRM"}, {"label": "Events"}], "CRM;Events"),
        ([["CRM"], None, ["Events"]], "CRM;Events"),
        ([True, 12.0], "true;12"),
        (12.0, "12"),
        ({"position": 1}, None),
        ([{}], None),
    ],
)
def test_an_answer_is_written_as_text_never_as_an_object(value: Any, text: str | None) -> None:
    for fields in ([{"id": "company", "value": value}], [{"slug": "company", "value": value}], {"company": value}):
        assert registrant(detail={"fields": fields}).get("form.company") == text
    assert registrant(first_name=value).get("form.first_name") == text
    assert registrant(detail={"utm_source": value}).get("utm_source") == text
    assert transform_events([{"id": "e1", "attributes": {"title": value}}])["title"].fillna("")[0] == (text or "")


@pytest.mark.parametrize(
    ("written", "rate"),
    [("82.5", 82.5), ("82,5", 82.5), ("82.5 %", 82.5), ("82,5%", 82.5), ("-1", None), (-1, None), ("1,234", None)],
)
def test_a_rate_may_be_text_and_is_never_negative(written: Any, rate: float | None) -> None:
    assert registrant(detail={"attendance_rate": written}).get("attendance_rate") == rate


@pytest.mark.parametrize("time", [1793450000, "1793450000", 1793450000.0, 1793450000000, "2026-10-31T13:33:20+01:00"])
def test_a_time_may_be_text_or_milliseconds(time: Any) -> None:
    """In lists and in deliveries."""
    moment = pd.Timestamp("2026-10-31T12:33:20Z")
    found = registrant(detail={"created_at": time}, replay_view_detail={"watched_at": time})
    assert found["registered_at"] == found["replay_watched_at"] == moment
    assert found["has_viewed_replay"]
    older, newer = (
        {"id": "p1", "attributes": {"updated_at": at, "registrant_detail": {"created_at": at}}, "meta": {"sent": sent}}
        for at, sent in ((time, 2e9), (1793450001, 1.9e9))
    )
    assert latest_versions([newer, older]) == [newer]
    assert not registered_before(older, moment - pd.Timedelta(seconds=1)) and registered_before(older, moment)
    registered = {**older, "meta": {"sent": 2e9, "webhook": {"event": "people.registered"}}}
    assert is_outdated(registered, moment + pd.Timedelta(seconds=1)) and not is_outdated(registered, moment)


def session(**attributes: Any) -> dict[str, Any]:
    [row] = transform_sessions([{"id": "s1", "attributes": attributes}]).to_dict("records")
    return {str(name): value for name, value in row.items() if not pd.isna(value)}


@pytest.mark.parametrize("status", ["on_demand", "ON_DEMAND", "on-demand", "On demand"])
def test_the_status_of_a_session_has_one_spelling(status: str) -> None:
    assert session(status=status)["status"] == "on_demand"


def test_both_spellings_of_canceled_in_any_case() -> None:
    assert session(status="Cancelled")["status"] == session(status="canceled")["status"] == "canceled"


@pytest.mark.parametrize("nothing", [None, "", 0, "0", False, {}, []])
def test_a_session_without_parent_is_no_breakout_room(nothing: Any) -> None:
    assert "breakout_room_parent_session_id" not in session(breakout_room_parent_session_id=nothing)


@pytest.mark.parametrize(
    ("attributes", "relationships"),
    [
        ({"event_id": "e1"}, {}),
        ({"event_id": {"id": "e1", "type": "events"}}, None),
        ({"event_type_id": "e1"}, {"event": None}),
        ({"event_id": None}, {"event": {"data": {"type": "events", "id": "e1"}}}),
    ],
)
def test_the_event_of_a_session_is_an_attribute_or_a_relationship(attributes: Any, relationships: Any) -> None:
    found = transform_sessions([{"id": "s1", "attributes": attributes, "relationships": relationships}])
    assert found["event_id"].tolist() == ["e1"]
