"""What is known to be loaded is not compared again; what may differ is, and all that is written with it."""

from __future__ import annotations

import pandas as pd
import pytest

from livestorm_salesforce.config import Mapping
from livestorm_salesforce.domain.registrants import change_detection as rules
from livestorm_salesforce.domain.registrants.row_hashes import add_hashes
from livestorm_salesforce.domain.registrants.transform import transform_registrants

NOW = pd.Timestamp("2026-11-23T10:00:00Z")
FACTS = pd.DataFrame(
    {"session_id": ["s1"], "status": ["upcoming"], "campaign_ref": ["s1"], "timezone": "UTC", "language": "en"},
    dtype="str",
)


def people(count: int, **changed: str) -> pd.DataFrame:
    """Registrants p0, p1, ... of one session; `changed` gives some of them another job title."""
    rows = []
    for number in range(count):
        title = {"id": "job_title", "value": changed.get(f"p{number}", "Engineer")}
        detail = {"fields": [title], "created_at": 1793347200}
        rows.append({"id": f"p{number}", "attributes": {"email": f"p{number}@x.io", "registrant_detail": detail}})
    return transform_registrants(rows, "s1").reindex(columns=rules.columns_needed(Mapping()))


def prepared(rows: pd.DataFrame, mapping: Mapping | None = None, **memory: pd.DataFrame) -> pd.DataFrame:
    return rules.detect_changes(rows, FACTS, mapping or Mapping(), NOW, **memory)


def dirty(rows: pd.DataFrame) -> list[str]:
    return rows.loc[rows["person_changed"] | rows["member_changed"], "person_id"].tolist()


@pytest.fixture
def row_hashes() -> pd.DataFrame:
    return prepared(people(200))[list(rules.ROW_HASHES)]


def test_without_memory_everybody_is_compared() -> None:
    assert len(dirty(prepared(people(3)))) == 3


def test_nobody_is_compared_again_when_nothing_changed(row_hashes: pd.DataFrame) -> None:
    assert dirty(prepared(people(200), row_hashes=row_hashes)) == []


def test_a_new_registrant_does_not_bring_the_others_back(row_hashes: pd.DataFrame) -> None:
    """A missing row must not turn the fingerprints of the others into rounded floats."""
    assert dirty(prepared(people(201), row_hashes=row_hashes)) == ["p200"]


def test_another_answer_is_compared_for_the_person_and_not_for_the_member(row_hashes: pd.DataFrame) -> None:
    rows = prepared(people(200, p7="Countess"), row_hashes=row_hashes).set_index("person_id")
    assert rows.index[rows["person_changed"]].tolist() == ["p7"]
    assert not rows["member_changed"].any()


def test_another_fingerprint_by_one_bit_is_another(row_hashes: pd.DataFrame) -> None:
    row_hashes.loc[row_hashes["person_id"] == "p3", "person_hash"] ^= 1
    assert dirty(prepared(people(200), row_hashes=row_hashes)) == ["p3"]


def test_another_mapping_makes_all_rows_new_but_another_rhythm_of_reading_none(row_hashes: pd.DataFrame) -> None:
    other = Mapping.model_validate({"fallback": "[unknown]"})
    assert len(dirty(prepared(people(200), other, row_hashes=row_hashes))) == 200
    rhythm = Mapping.model_validate({"reading": {"verify_hours": 1}, "events": {"exclude": ["e9"]}})
    assert dirty(prepared(people(200), rhythm, row_hashes=row_hashes)) == []


def test_fingerprints_hold_no_address_and_differ_between_neighbours() -> None:
    rows = add_hashes(prepared(people(50)), Mapping())
    assert rows["person_hash"].dtype == rows["member_hash"].dtype == "uint64"
    assert rows["person_hash"].is_unique


def test_null_and_empty_are_not_the_same_as_a_neighbouring_column() -> None:
    """`a` + nothing and nothing + `a` in two columns are two rows."""
    rows = prepared(people(2)).assign(**{"form.city": ["a", None], "form.country": [None, "a"], "email_key": "same"})
    assert add_hashes(rows, Mapping())["person_hash"].is_unique


def test_sessions_out_of_scope_leave_no_rows() -> None:
    assert prepared(people(2).assign(session_id="s9")).empty
