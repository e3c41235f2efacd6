"""Livestorm's resources as flat frames: epoch zeros, odd types, missing parts, answers of every kind."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from livestorm_salesforce.domain.registrants.transform import transform_registrants
from livestorm_salesforce.domain.sessions.transform import plain_text, transform_events, transform_sessions
from livestorm_salesforce.domain.shared import contracts


def person(number: str = "p1", **attributes: Any) -> dict[str, Any]:
    return {"id": number, "type": "people", "attributes": attributes}


def test_zero_is_never() -> None:
    times = {"started_at": 0, "ended_at": 0, "canceled_at": 0, "estimated_started_at": 1793347200}
    [session] = transform_sessions([{"id": "s1", "attributes": {"status": "upcoming"} | times}]).to_dict("records")
    assert pd.isna(session["started_at"])
    assert pd.isna(session["ended_at"])
    assert session["estimated_started_at"] == pd.Timestamp("2026-10-30T08:00:00Z")


def test_times_may_be_text_and_nonsense_is_no_time() -> None:
    given = ["2026-10-30T08:00:00Z", "1793347200", "soon", 10**18, -5, None, ""]
    sessions = [{"id": str(n), "attributes": {"status": "past", "ended_at": time}} for n, time in enumerate(given)]
    result = transform_sessions(sessions)["ended_at"]
    assert list(result[:2]) == [pd.Timestamp("2026-10-30T08:00:00Z")] * 2
    assert result[2:].isna().all()


def test_a_session_listed_on_two_pages_is_one() -> None:
    twice = [{"id": "s1", "attributes": {"status": "upcoming"}}] * 2
    assert len(transform_sessions(twice)) == 1


def test_a_session_without_a_status_is_kept_and_says_so() -> None:
    result = transform_sessions([{"id": "s1", "attributes": {"name": "Demo"}}])
    assert result["status"].tolist() == ["none"]


def test_empty_lists_make_empty_frames_of_the_same_columns() -> None:
    assert list(transform_registrants([], "s1").columns[: len(contracts.REGISTRANT_COLUMNS)]) != []
    for frame, contract in (
        (transform_sessions([]), contracts.SESSIONS),
        (transform_events([]), contracts.EVENTS),
    ):
        assert frame.empty
        assert set(frame) == set(contract.columns)


def test_a_registrant_with_nothing_but_an_id() -> None:
    [row] = transform_registrants([person()], "s1").to_dict("records")
    assert row["session_id"] == "s1"
    assert row["attended"] is False
    assert pd.isna(row["email"])
    assert pd.isna(row["email_key"])


def test_address_and_names_may_stand_in_the_form_only() -> None:
    fields = [{"id": "email", "value": " Ada@acme.example"}, {"id": "first_name", "value": "Ada"}]
    [row] = transform_registrants([person(last_name="Byron", registrant_detail={"fields": fields})], "s1").to_dict(
        "records"
    )
    assert (row["email"], row["email_key"], row["form.email"]) == (
        "Ada@acme.example",
        "ada@acme.example",
        "Ada@acme.example",
    )
    assert (row["form.first_name"], row["form.last_name"]) == ("Ada", "Byron")


def test_answers_of_every_kind() -> None:
    fields = [
        {"id": "topics", "value": ["CRM", " Events ", None]},
        {"id": "size", "value": 12},
        {"id": "agreed", "value": True},
        {"id": "blank", "value": "  "},
        {"id": "nothing", "value": None},
        {"id": "empty_list", "value": []},
        {"id": "twice", "value": "first"},
        {"id": "twice", "value": "last"},
        {"id": None, "value": "nameless"},
        {"value": "nameless"},
    ]
    [row] = transform_registrants([person(email="a@x.io", registrant_detail={"fields": fields})], "s1").to_dict(
        "records"
    )
    answers = {name: value for name, value in row.items() if name.startswith("form.") and not pd.isna(value)}
    assert answers == {"form.email": "a@x.io", "form.topics": "CRM;Events", "form.size": "12", "form.agreed": "true",
                       "form.twice": "last"}  # fmt: skip


def test_details_that_are_missing_null_or_of_another_type() -> None:
    detail = {"attended": "true", "attendance_rate": "82,5", "attendance_duration": "60"}
    people = [person("p1", registrant_detail=None, replay_view_detail=[]), person("p2", registrant_detail="?"),
              person("p3", registrant_detail=detail)]  # fmt: skip
    result = transform_registrants(people, "s1")
    assert list(result["attended"]) == [False, False, True]
    assert list(result["attendance_rate"].fillna(-1)) == [-1, -1, 82.5]
    assert result["attendance_minutes"].iloc[2] == 1.0


def test_a_replay_view_is_seen_in_the_flag_or_in_its_time() -> None:
    people = [person("p1", registrant_detail={"has_viewed_replay": True}),
              person("p2", replay_view_detail={"watched_at": 1793450000}), person("p3")]  # fmt: skip
    assert list(transform_registrants(people, "s1")["has_viewed_replay"]) == [True, True, False]


def test_a_registrant_on_two_pages_keeps_the_last_reading() -> None:
    people = [person("p1", email="old@x.io"), person("p2", email="b@x.io"), person("p1", email="new@x.io")]
    result = transform_registrants(people, "s1").set_index("person_id")["email"]
    assert result.to_dict() == {"p1": "new@x.io", "p2": "b@x.io"}


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("a<br>b<br/>c<BR class='x' />d", "a\nb\nc\nd"),
        ("<ul><li>x</li><li>y</li></ul>", "x\ny"),
        ("Q&amp;A &lt;b&gt; &eacute;", "Q&A <b> é"),
        ("<style>p { color: red }</style><p>a&nbsp;b</p>", "a b"),
        ("<!-- <p>hidden</p> -->shown", "shown"),
        ("<p></p>\n\n\n\n<p>x</p>", "x"),
        ("no markup", "no markup"),
        ("a <b>bold</b> word", "a bold word"),
        ("<p>unclosed", "unclosed"),
    ],
)
def test_markup_becomes_text(markup: str, text: str) -> None:
    assert plain_text(markup) == text


def linkage(*links: Any) -> dict[str, Any]:
    return {"tags": {"data": list(links)}}


def tag(number: Any, kind: str = "tags", **attributes: Any) -> dict[str, Any]:
    return {"type": kind, "id": number, "attributes": attributes}


def tags_of(relationships: Any, *included: dict[str, Any]) -> Any:
    event = {"id": "e1", "attributes": {}, "relationships": relationships}
    return transform_events([event], included).loc[0, "tags"]


@pytest.mark.parametrize(
    ("link", "included"),
    [
        ({"type": "tags", "id": "t1"}, tag("t1", title="Internal")),
        ({"type": "tags", "id": "t1"}, tag("t1", label="Internal")),
        ({"type": "tags", "id": "t1"}, tag("t1", name=None, slug="internal")),
        ({"type": "tag", "id": "t1"}, tag("t1", "tag", name="INTERNAL")),
        ({"type": "tags", "id": "t1"}, tag("t1", "tag", name="Internal")),
        ({"type": "event_tags", "id": "t1"}, tag("t1", "event_tags", name="Internal")),
        ({"type": "tags", "id": 7}, tag("7", name="Internal")),
    ],
)
def test_a_tag_is_found_by_its_link_however_its_type_and_its_name_are_called(link: Any, included: Any) -> None:
    assert tags_of(linkage(link), tag("t9", name="other"), included) == "internal"
    assert tags_of({"tags": {"data": link}}, included) == "internal"


def test_a_resource_of_another_type_that_has_a_tags_id_is_no_tag() -> None:
    link = {"type": "tags", "id": "1"}
    assert tags_of(linkage(link), tag("1", name="Internal"), tag("1", "sessions", name="Morning")) == "internal"


@pytest.mark.parametrize(
    ("relationships", "included"),
    [
        (linkage({"type": "tags", "id": "t1"}), []),
        (linkage({"type": "tags", "id": "t1"}), [tag("t1", colour="red")]),
        (linkage({"type": "tags", "id": "t1"}), [tag("t1", name=" ")]),
        (linkage({"type": "tags", "id": "t1"}, {"type": "tags", "id": "t2"}), [tag("t1", name="crm")]),
        (linkage("t1"), [tag("t1", name="crm")]),
        (None, [tag("t1", name="internal")]),
    ],
    ids=["not included", "no name", "blank", "one of two", "no link", "tied to nothing"],
)
def test_unknown_tags_are_not_treated_as_no_tags(relationships: Any, included: list[dict[str, Any]]) -> None:
    assert pd.isna(tags_of(relationships, *included))


@pytest.mark.parametrize("relationships", [None, {}, linkage(), {"tags": {"data": None}}, {"tags": {}}])
def test_an_event_without_tags_has_none(relationships: Any) -> None:
    assert tags_of(relationships) == ""


def test_an_event_lists_its_form_and_its_tags() -> None:
    linked = linkage({"type": "tags", "id": "t1"}, {"type": "tags", "id": "t2"})
    attributes = {"title": " Tour ", "fields": [{"id": "email"}, {"id": "company"}]}
    event = {"id": "e1", "attributes": attributes, "relationships": linked}
    tags = [tag("t1", name="CRM"), tag("t2", name=" Spring ")]
    [row] = transform_events([event], tags).to_dict("records")
    assert (row["title"], row["form"], row["tags"]) == ("Tour", "email;company", "crm;spring")


@pytest.mark.parametrize(
    ("questions", "result"),
    [
        ([{"id": "first_name", "required": True}, {"id": "company", "required": False}], "email;first_name"),
        ([{"id": "company", "required": None}], "email;company"),
        ([{"id": "company", "required": False}], "email"),
        ([], ""),
    ],
)
def test_a_form_lists_the_questions_that_may_not_be_left_out(questions: list, result: str) -> None:
    [row] = transform_events([{"id": "e1", "attributes": {"fields": questions}}]).to_dict("records")
    assert row["form"] == result


HALF = "Caf\ud83d"


def test_half_a_character_stops_neither_the_events_nor_a_choice() -> None:
    """JSON may carry half a surrogate pair; one event with it must not stop the reading of all."""
    event = transform_events([{"id": "e1", "attributes": {"title": HALF, "description": f"<p>{HALF}</p>"}}])
    assert event.loc[0, ["title", "description"]].tolist() == ["Caf", "Caf"]
    fields = [{"id": "drinks", "value": [HALF, "Tea"]}]
    people = transform_registrants([{"id": "p1", "attributes": {"registrant_detail": {"fields": fields}}}], "s1")
    assert people["form.drinks"].tolist() == ["Caf;Tea"]


@pytest.mark.parametrize("fields", [["x", 1, None, {"id": "company", "value": "Acme"}], {"id": "company"}, 7, "x"])
def test_a_form_that_is_no_list_of_questions_has_the_answers_that_can_be_read(fields: object) -> None:
    people = transform_registrants([{"id": "p1", "attributes": {"registrant_detail": {"fields": fields}}}], "s1")
    assert people["person_id"].tolist() == ["p1"]
    assert ("form.company" in people) == isinstance(fields, list)
    assert len(transform_events([{"id": "e1", "attributes": {"fields": fields, "description": 5}}])) == 1
