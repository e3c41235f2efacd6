"""Describe results are cached in a reduced form that keeps everything the schemas need."""

from __future__ import annotations

from livestorm_salesforce.domain.shared.org_schema import parse_describe
from livestorm_salesforce.state.org_describe import _reduced


def test_the_reduced_describe_keeps_the_number_of_digits() -> None:
    field = {"name": "Seats__c", "type": "int", "digits": 8, "precision": 0, "scale": 0, "label": "Seats"}
    kept = _reduced({"name": "Lead", "createable": True, "updateable": True, "fields": [field]})
    assert parse_describe(kept).fields["Seats__c"].whole_digits == 8
