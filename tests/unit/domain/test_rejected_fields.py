"""Which fields of a row an error rejects, and the outcome of the row."""

from __future__ import annotations

from typing import Any

import pytest

from livestorm_salesforce.domain.plan.rejected_fields import (
    INTEGRITY,
    PICKLIST,
    is_consequence_of_drop,
    rejected_fields,
    row_outcome,
)
from livestorm_salesforce.enums import RowOutcome

LEAD = {"LastName": "Byron", "Company": "Acme", "Rating": "Hot", "Industry": "Hot", "Country": "FR", "State": "X"}


@pytest.mark.parametrize(
    ("code", "message", "fields", "expected"),
    [
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "no", ("Rating",), []),
        (PICKLIST, "bad value", ("Rating",), ["Rating"]),
        (PICKLIST, "bad value", ("LastName",), []),
        (PICKLIST, "Rating: bad value for restricted picklist field: Hot", (), ["Rating"]),
        (PICKLIST, "Lead Rating: bad value for restricted picklist field: Hot", (), ["Rating"]),
        (PICKLIST, "Bewertung: ung\u00fcltiger Wert: Hot", (), ["Rating", "Industry"]),
        (INTEGRITY, "There's a problem with this country", ("Country",), ["Country", "State"]),
        (INTEGRITY, "Invalid state for the country", (), ["Country", "State"]),
        (INTEGRITY, "Ce pays n'existe pas", (), ["Country", "State"]),
        ("NUMBER_OUTSIDE_VALID_RANGE", "too large", ("Rating", "Company"), ["Rating"]),
    ],
    ids=[
        "not droppable", "named field", "required field", "label", "label with the object", "label in another language",
        "country named", "state in the message", "message in another language", "named and required",
    ],
)  # fmt: skip
def test_rejected_fields(code: str, message: str, fields: tuple[str, ...], expected: list[str]) -> None:
    assert rejected_fields(code, message, fields, LEAD) == expected


@pytest.mark.parametrize(
    ("code", "fields", "record", "expected"),
    [
        ("ENTITY_IS_DELETED", (), {"Id": "00Q", "Title": "x"}, RowOutcome.RECORD_MISSING),
        ("ENTITY_IS_DELETED", ("AccountId",), {"Id": "003", "AccountId": "001"}, RowOutcome.REFUSED),
        ("INVALID_CROSS_REFERENCE_KEY", (), {"LastName": "B", "OwnerId": "005"}, RowOutcome.REFUSED),
        ("INVALID_CROSS_REFERENCE_KEY", (), {"CampaignId": "701", "LeadId": "00Q"}, RowOutcome.RECORD_MISSING),
        ("REQUIRED_FIELD_MISSING", (), {"Id": "00Q"}, RowOutcome.REFUSED),
    ],
    ids=["deleted record", "deleted account", "wrong owner", "member of a deleted person", "another code"],
)
def test_only_a_matched_record_can_be_missing(
    code: str, fields: tuple[str, ...], record: dict[str, Any], expected: RowOutcome
) -> None:
    assert row_outcome(False, code, fields, record) == expected
    assert row_outcome(True, None, (), record) == RowOutcome.DONE


def test_a_missing_required_field_that_was_dropped_is_a_consequence() -> None:
    assert is_consequence_of_drop("REQUIRED_FIELD_MISSING", ("Seats__c",), ["Seats__c"])
    assert not is_consequence_of_drop("REQUIRED_FIELD_MISSING", ("Other__c",), ["Seats__c"])
    assert not is_consequence_of_drop("STRING_TOO_LONG", ("Seats__c",), ["Seats__c"])
