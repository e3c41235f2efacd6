"""Ids match as whole words, short ids in id columns only; redacted JSON remains valid."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from livestorm_salesforce.domain.audit.erasure import DataSubject
from livestorm_salesforce.tasks.redaction import redact

LONG = "3f0c7a52-9b1e-4c55-8d0a-1f2e3d4c5b6a"
OTHERS = [
    {"at": "2026-11-23T10:17:00+00:00", "remaining": 17, "label": "17"},
    {"objects": {"Lead": {"values": ["17", "18"], "length": 17}}},
    "17f017",
    [],
]


@pytest.fixture
def subject() -> DataSubject:
    return DataSubject("mallory@acme.example".__eq__, {"mallory@acme.example"}, {"17", LONG})


@pytest.mark.parametrize("document", OTHERS)
def test_a_document_without_the_person_is_unchanged(subject: DataSubject, document: object) -> None:
    text = json.dumps(document, indent=1)
    assert redact("x.json", text, subject) == (text, 0)


def test_a_redacted_document_is_valid_json(subject: DataSubject) -> None:
    document = {
        LONG: 1,
        "said": f"of {LONG}.",
        "ids": [LONG, f"{LONG}-1", "18"],
        "deep": [{"email": "Mallory@acme.example"}],
    }
    text, count = redact("x.json", json.dumps(document), subject)
    assert json.loads(text) == {"said": "", "ids": [f"{LONG}-1", "18"], "deep": [{"email": ""}]}
    assert count == 4
    assert redact("x.json", text, subject) == (text, 0)


def test_rows_of_other_people_with_the_same_characters_are_kept(subject: DataSubject) -> None:
    frame = pd.DataFrame({
        "person_id": ["17", "117", "18", "19", "20"],
        "session_id": ["1", "17", "17", "1", "1"],
        "answer": ["", "17", "", f"I am {LONG}s", LONG],
    })  # fmt: skip
    assert subject.match_rows(frame).tolist() == [True, False, False, False, True]


def test_lines_and_records_match_whole_ids(subject: DataSubject) -> None:
    lines = ["| s-17 | 117 |\n", "| 17 | refused |\n", f"{LONG}\n", "17a 17_ -17\n"]
    assert redact("x.md", "".join(lines), subject) == (lines[0] + lines[3], 2)
    records = "person_id,tries\n17,1\n18,17\n117,2\n"
    assert redact("x.csv", records, subject) == ("person_id,tries\n18,17\n117,2\n", 1)
    marked = ("\ufeffperson_id,tries\n18,17\n117,2\n", 1)
    assert redact("x.csv", f"\ufeff{records}", subject) == marked, "with a byte order mark"


def test_a_raw_resource_matches_by_its_own_id(subject: DataSubject) -> None:
    mine, other = {"id": "17"}, {"id": "117", "attributes": {"value": "17", "session": {"id": "17"}, "at": 17}}
    assert [subject.is_in_resource(json.dumps(one)) for one in (mine, other)] == [True, False]


def test_invalid_json_does_not_stop_an_erasure() -> None:
    subject = DataSubject("ada@acme.example".__eq__, {"ada@acme.example"})
    subject.collect_line("")
    assert not subject.is_in_resource("") and not subject.is_in_resource('{"id": "p')
    assert subject.is_in_resource('{"email": "ada@acme.example", "na')
    assert redact("x.json", '{"a": "ada@acme.example",\n"b": ', subject) == ('"b": ', 1)
