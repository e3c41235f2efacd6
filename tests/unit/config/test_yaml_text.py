"""The text of the mapping file: unquoted values keep their spelling, and hostile files are rejected quickly."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from livestorm_salesforce.config import load_mapping
from livestorm_salesforce.errors import ConfigError

SPELLINGS = ["06", "01000", "+33", "1.10", "012E00000000001", "0o17", "1_000", "2026-11-05", "0x1F", "1e3", "-0", "Yes",
             "true", "TRUE", ".5", "12:30", "=", "01/02/2026"]  # fmt: skip
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "company.yaml"


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_unquoted_constant_keeps_its_spelling(file: Path, spelling: str) -> None:
    file.write_text(
        f"lead:\n  Email: email\n  Code__c: {{value: {spelling}}}\n  Zip__c: {{from: city, fallback: {spelling}}}\n"
        f"fallback: {spelling}\nevents: {{exclude: [{spelling}]}}\ncampaign: {{type: {spelling}}}\n"
    )
    mapping = load_mapping(file)
    constants = [mapping.lead["Code__c"].value, mapping.lead["Zip__c"].fallback, mapping.fallback]
    assert [*constants, *mapping.events.exclude, mapping.campaign.type] == [spelling] * 5


def test_ids_that_look_like_numbers_are_keys_as_written(file: Path) -> None:
    file.write_text(
        "campaign:\n  link:\n    sessions: {012E5: 701000000000001AAA}\n    events: {0042: 701000000000002}\n"
    )
    link = load_mapping(file).campaign.link
    assert (link.sessions, link.events) == ({"012E5": "701000000000001AAA"}, {"0042": "701000000000002"})


def test_typed_settings_are_converted_from_their_text(file: Path) -> None:
    file.write_text(
        "version: 1\nlimits: {share_of_updates: 0.5, creates: 100, unmatched: }\npeople: {team_members: TRUE, "
        "key_field: null}\nreading: {verify_hours: 1e2}\nreplay: ~\n"
    )
    mapping = load_mapping(file)
    assert mapping.limits.model_dump() == {
        "share_of_updates": 0.5, "share_from": 500, "creates": 100, "unmatched": None
    }  # fmt: skip
    assert (mapping.people.team_members, mapping.people.key_field) == (True, None)
    assert (mapping.reading.verify_hours, mapping.replay) == (100, None)


HOSTILE = {
    "alias bomb": (BOMB, "more than 5,000 values"),
    "alias bomb below a key": (BOMB.replace("a: &a", "lead: &a"), "more than 5,000 values"),
    "alias bomb as a key": (f"{BOMB}? *i\n: x\n", "a key that is not one word"),
    "alias of itself": ("lead: &a {Title: *a}\n", "lead.Title: has nothing under it"),
    "list of itself": ("custom_attributes: &a [*a]\n", "custom_attributes.0: |an alias that contains itself"),
    "merge bomb": (
        "a: &a {x: 1}\nb: &b {<<: [*a, *a]}\n" + "".join(f"c{n}: {{<<: [*b, *b]}}\n" for n in range(800)),
        "more than 5,000 values",
    ),
    "merges of a wide mapping": (
        "a: &a {" + ",".join(f"k{n}: 1" for n in range(1_000)) + "}\n" + "c: {<<: *a}\n" * 100,
        "more than 5,000 values",
    ),
    "2,000 unknown sections": ("".join(f"a{n}: x\n" for n in range(2_000)), "2000 mistake"),
    "80,000 values": ("events: {include: [" + "x, " * 80_000 + "x]}\n", "more than 5,000 values"),
    "deep flow nesting": ("lead: " + "[" * 5_000, "nested more than 12 levels deep"),
    "deep block nesting": ("".join(" " * n + "a:\n" for n in range(300)), "nested more than 12 levels deep"),
    "deep nesting of keys": ("? " * 5_000, "nested more than 12 levels deep|a key that is not one word"),
    "number of 5,000 digits": ("lead: {Code__c: {value: " + "9" * 5_000 + "}}\n", "a value of 5,000 characters"),
    "setting of 5,000 digits": ("limits: {creates: " + "9" * 5_000 + "}\n", "a value of 5,000 characters"),
    "comments of 10 MB": ("# no news\n" * 1_000_000, "larger than 256 KB or 10,000 lines"),
    "one comment of 10 MB": ("#" * 10_000_000, "larger than 256 KB or 10,000 lines"),
    "blank lines": ("\n" * 20_000, "larger than 256 KB or 10,000 lines"),
    "half a surrogate pair": ('campaign: {link: {sessions: {"\\ud800": 701000000000001}}}\n', "surrogate"),
    "a character beyond Unicode": ('fallback: "\\UFFFFFFFF"\n', "not YAML"),
}


@pytest.mark.parametrize(("text", "message"), HOSTILE.values(), ids=list(HOSTILE))
def test_a_hostile_file_is_rejected_within_a_second(file: Path, text: str, message: str) -> None:
    file.write_text(text)
    started = time.process_time()
    with pytest.raises(ConfigError, match=message):
        load_mapping(file)
    assert time.process_time() - started < 1


def test_a_merge_shares_the_fields_of_leads_and_contacts(file: Path) -> None:
    people = "{Email: {from: email}, LastName: {from: last_name}, Company: {from: company}}"
    file.write_text(f"lead: &people {people}\ncontact: {{<<: *people, Title: {{from: job_title}}}}\n")
    assert set(load_mapping(file).contact) == {"Email", "LastName", "Company", "Title"}


def test_a_file_with_a_byte_order_mark_is_read(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbffallback: unknown\n")
    assert load_mapping(file).fallback == "unknown"
