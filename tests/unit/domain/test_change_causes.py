"""Why a registration is written again, from literal frames."""

from __future__ import annotations

import pandas as pd
import pytest

from livestorm_salesforce.config import Mapping
from livestorm_salesforce.domain.plan.member_reasons import with_member_reasons
from livestorm_salesforce.domain.registrants import change_causes
from livestorm_salesforce.domain.registrants.change_causes import CauseSources, ChangeCause
from livestorm_salesforce.domain.registrants.row_hashes import add_hashes, hashed_mapping

OLD = Mapping()
NEW = Mapping.model_validate({"campaign_member": {"City__c": "city"}})


def registrations(city: str = "Paris", title: str = "Engineer") -> pd.DataFrame:
    """One registration of an ended session; columns are those of registrants."""
    return pd.DataFrame([{
        "session_id": "s1", "person_id": "p1", "email_key": "ada@acme.example", "status": "past", "campaign_ref": "s1",
        "attended": False, "attendance_pending": False, "has_viewed_replay": False,
        "form.city": city, "form.job_title": title,
        "person_changed": True, "member_changed": True,
    }])  # fmt: skip


def causes(rows: pd.DataFrame, mapping: Mapping, loaded: pd.DataFrame, *earlier: Mapping) -> tuple[int, int]:
    sources = CauseSources(loaded, [hashed_mapping(one) for one in earlier])
    found = change_causes.with_causes(add_hashes(rows, mapping), mapping, sources)
    return int(found["person_cause"].item()), int(found["member_cause"].item())


def loaded_under(mapping: Mapping, rows: pd.DataFrame) -> pd.DataFrame:
    return add_hashes(rows, mapping)[["session_id", "person_id", "person_hash", "member_hash"]]


@pytest.mark.parametrize(
    ("mapping", "rows", "earlier", "expected"),
    [
        (OLD, registrations(), [], (ChangeCause.SALESFORCE, ChangeCause.SALESFORCE)),
        (NEW, registrations(), [OLD], (ChangeCause.MAPPING, ChangeCause.MAPPING)),
        (NEW, registrations(), [], (ChangeCause.LIVESTORM, ChangeCause.LIVESTORM)),
        (NEW, registrations(title="CEO"), [OLD], (ChangeCause.LIVESTORM, ChangeCause.MAPPING)),
        (OLD, registrations(title="CEO"), [], (ChangeCause.LIVESTORM, ChangeCause.SALESFORCE)),
    ],
    ids=["nothing changed", "mapping", "mapping of unknown age", "mapping and answers", "answers"],
)
def test_the_cause_of_a_change_is_livestorm_the_mapping_or_salesforce(
    mapping: Mapping, rows: pd.DataFrame, earlier: list[Mapping], expected: tuple[int, int]
) -> None:
    assert causes(rows, mapping, loaded_under(OLD, registrations()), *earlier) == expected


def test_a_registration_that_was_never_loaded_comes_from_livestorm() -> None:
    nothing = loaded_under(OLD, registrations()).iloc[:0]
    assert causes(registrations(), OLD, nothing) == (ChangeCause.LIVESTORM, ChangeCause.LIVESTORM)


def test_each_field_of_a_member_has_its_own_reason() -> None:
    fields = {"Rate__c": "attendance_rate", "Seen__c": "replay_watched_at", "City__c": "city", "Utm__c": "utm_source",
              "Source__c": {"value": "Livestorm"}}  # fmt: skip
    mapping = Mapping.model_validate({"campaign_member": fields})
    written = [(0, "Status", "Attended"), (0, "Livestorm_Replay_Status__c", "Watched"), (0, "City__c", "Paris"),
               (1, "Status", "registered"), (1, "Rate__c", "80"), (1, "Seen__c", "2026-11-23"), (1, "Utm__c", "ads"),
               (1, "Source__c", "Livestorm"), (2, "City__c", "Lyon"), (3, "Status", "Attended")]  # fmt: skip
    updated = pd.DataFrame(written, columns=["row", "field", "after"])
    livestorm, remapped, edited = ChangeCause.LIVESTORM, ChangeCause.MAPPING, ChangeCause.SALESFORCE
    reasons = with_member_reasons(updated, pd.Series([livestorm, livestorm, remapped, edited]), mapping)
    assert reasons["field_reason"].tolist() == [
        "attendance in Livestorm", "replay view in Livestorm", "answers in Livestorm", "registered in Livestorm",
        "attendance in Livestorm", "replay view in Livestorm", "registration data in Livestorm",
        "fixed value of the mapping", "the mapping was changed",
        "Salesforce no longer has the value that was loaded",
    ]  # fmt: skip
