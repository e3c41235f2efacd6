"""An id is the person's only as a whole one, where ids of people stand; JSON stays JSON."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from livestorm_salesforce.domain.audit.erasure import Person
from livestorm_salesforce.tasks.redaction import redact

LONG = "3f0c7a52-9b1e-4c55-8d0a-1f2e3d4c5b6a"
OTHERS = [
    {"at": "2026-11-23T10:17:00+00:00", "remaining": 17, "label": "17"},
    {"objects": {"Lead": {"values": ["17", "18"], "length": 17}}},
    "17f017",
    [],
]


@pytest.fixture
def person() -> Person:
    return Person("mallory@acme.example".__eq__, {"mallory@acme.example"}, {"17", LONG})


@pytest.mark.parametrize("document", OTHERS)
def test_a_document_without_the_person_is_left_alone(person: Person, document: object) -> None:
    text = json.dumps(document, indent=1)
    assert redact("x.json", text, person) == (text, 0)


def test_a_document_with_the_person_stays_one(person: Person) -> None:
    document = {
        LONG: 1,
        "said": f"of {LONG}.",
        "ids": [LONG, f"{LONG}-1", "18"],
        "deep": [{"email": "Mallory@acme.example"}],
    }
    text, count = redact("x.json", json.dumps(document), person)
    assert json.loads(text) == {"said": "", "ids": [f"{LONG}-1", "18"], "deep": [{"email": ""}]}
    assert count == 4
    assert redact("x.json", text, person) == (text, 0)


def test_rows_of_others_with_the_same_characters_stay(person: Person) -> None:
    frame = pd.DataFrame({
        "person_id": ["17", "117", "18", "19", "20"],
        "session_id": ["1", "17", "17", "1", "1"],
        "answer": ["", "17", "", f"I am {LONG}s", LONG],
    })  # fmt: skip
    assert person.rows(frame).tolist() == [True, False, False, False, True]


def test_lines_and_records_go_by_whole_ids(person: Person) -> None:
    lines = ["| s-17 | 117 |\n", "| 17 | refused |\n", f"{LONG}\n", "17a 17_ -17\n"]
    assert redact("x.md", "".join(lines), person) == (lines[0] + lines[3], 2)
    records = "person_id,tries\n17,1\n18,17\n117,2\n"
    assert redact("x.csv", records, person) == ("person_id,tries\n18,17\n117,2\n", 1)


def test_answers_go_by_their_own_id(person: Person) -> None:
    mine, other = {"id": "17"}, {"id": "117", "attributes": {"value": "17", "session": {"id": "17"}, "at": 17}}
    assert [person.answered(json.dumps(one)) for one in (mine, other)] == [True, False]


def test_what_is_no_json_stops_no_erasure() -> None:
    person = Person("ada@acme.example".__eq__, {"ada@acme.example"})
    person.learn_line("")
    assert not person.answered("") and not person.answered('{"id": "p')
    assert person.answered('{"email": "ada@acme.example", "na')
    assert redact("x.json", '{"a": "ada@acme.example",\n"b": ', person) == ('"b": ', 1)
