"""Rejected values are left out until the org accepts the row, and each one is reported."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from livestorm_salesforce.clients.salesforce import Create, RowResult, Update
from livestorm_salesforce.writers.row_sender import Group, RowResults, send_groups

Rule = Callable[[dict[str, Any]], RowResult | None]
PICKLIST, INTEGRITY = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "FIELD_INTEGRITY_EXCEPTION"
PAYS = "Un problème est survenu avec ce pays, même s\u2019il peut sembler correct.: Pays"
NO_COUNTRY = "There's a problem with this country, even though it may appear correct.: Country"


class Org:
    """Accepts a record unless a rule rejects it. `sent`: all received records."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self.sent: list[dict[str, Any]] = []

    def uses_bulk(self, rows: int) -> bool:
        return False

    def execute(self, requests: list[Create], on_rows: Callable[[int, dict[int, RowResult]], None]) -> None:
        for number, request in enumerate(requests):
            self.sent += request.records
            on_rows(number, {row: self._answer(record) for row, record in enumerate(request.records)})

    def _answer(self, record: dict[str, Any]) -> RowResult:
        return self._rule(record) or RowResult(True, id="00Q000000000001AAA", created=True)


def refusal(code: str, *fields: str, message: str = "bad value") -> RowResult:
    return RowResult(False, code=code, message=message, fields=fields)


def outcome(rule: Rule, record: dict[str, Any], request: type = Create) -> tuple[Org, dict[str, Any], RowResults]:
    org, result = Org(rule), RowResults()
    [row] = send_groups(org, [Group(partial(request, "Lead"), [(7, record)])], result).to_dict("records")
    return org, row, result


def one_at_a_time(*picklists: str) -> Rule:
    """Salesforce names only the first invalid picklist."""
    return lambda record: next((refusal(PICKLIST, name) for name in picklists if name in record), None)


@pytest.mark.parametrize("bad", [["Rating"], ["Rating", "Industry"], ["Rating", "Industry", "LeadSource"]])
def test_values_rejected_one_after_the_other_are_left_out_and_reported(bad: list[str]) -> None:
    org, row, result = outcome(one_at_a_time(*bad), {"LastName": "Byron", **dict.fromkeys(bad, "x")})
    assert (row["outcome"], row["dropped"]) == ("done", " ".join(bad))
    assert org.sent[-1] == {"LastName": "Byron"} and len(org.sent) == 1 + len(bad)
    assert result.dropped == {7: bad}


def test_the_number_of_attempts_is_bounded_by_the_values_of_the_record() -> None:
    bad = [f"Choice{number}__c" for number in range(30)]
    org, row, _ = outcome(one_at_a_time(*bad), {"LastName": "Byron", **dict.fromkeys(bad, "x")})
    assert (row["outcome"], row["dropped"], len(org.sent)) == ("done", " ".join(bad), 31)
    always = refusal(PICKLIST, "Rating")
    org, row, _ = outcome(lambda record: always, {"LastName": "Byron", "Rating": "x"})
    assert (row["outcome"], len(org.sent)) == ("refused", 2)


@pytest.mark.parametrize(
    "answer",
    [
        refusal(INTEGRITY, "Country"),
        refusal(INTEGRITY, "StateCode"),
        refusal(INTEGRITY, message=NO_COUNTRY),
        refusal(INTEGRITY, message=PAYS),
    ],
    ids=["country named", "a code that was not sent", "named in the message", "in the user's language"],
)
def test_a_rejected_country_or_state_removes_both_from_the_address(answer: RowResult) -> None:
    """A state without its country, or with another one, would be rejected too."""
    record = {"LastName": "Byron", "City": "Lyon", "State": "Rhone", "Country": "Frankreich", "CountryCode": "FR"}
    org, row, _ = outcome(lambda record: answer if "Country" in record or "State" in record else None, record)
    assert org.sent[1:] == [{"LastName": "Byron", "City": "Lyon"}]
    assert sorted(row["dropped"].split()) == ["Country", "CountryCode", "State"]


@pytest.mark.parametrize(
    ("message", "dropped"),
    [
        ("Campaign Type: bad value for restricted picklist field: Webinar", "Type"),
        ("Type de campagne\u00a0: valeur incorrecte pour une liste de sélection restreinte\u00a0: Webinar", "Type"),
        ("Topics: bad value for restricted picklist field: Sales", "Topics__c"),
        ("Lead Source: bad value for restricted picklist field: Web", "LeadSource"),
        ("Quelle: ungültiger Wert: Web", "LeadSource Origin__c"),
        ("Lead Origin: bad value for restricted picklist field: we", "Origin__c"),
        ("Thema: ungültiger Wert: anything else", None),
        ("Name: bad value for restricted picklist field: Byron", None),
    ],
)
def test_a_picklist_that_is_rejected_without_its_name_is_found_by_its_value(message: str, dropped: str | None) -> None:
    """Record types that restrict a picklist reject values without the field name."""
    record = {"LastName": "Byron", "Name": "Webinar", "Type": "Webinar", "Topics__c": "Design;Sales", "Seats__c": 3}
    record |= {"LeadSource": "Web", "Origin__c": "Web", "Title": "Great Webinar"}
    bad = set((dropped or "none").split())
    rule = lambda record: refusal(PICKLIST, message=message) if bad & {*record, "none"} else None  # noqa: E731
    org, row, result = outcome(rule, record)
    assert row["outcome"] == ("done" if dropped else "refused")
    assert result.dropped == ({7: dropped.split()} if dropped else {})
    assert set(org.sent[-1]) == set(record) - bad


def test_an_integrity_error_without_a_field_removes_nothing_from_a_record_without_address() -> None:
    org, row, result = outcome(lambda record: refusal(INTEGRITY, message=PAYS), {"LastName": "Byron", "Title": "x"})
    assert (row["outcome"], result.dropped, len(org.sent)) == ("refused", {}, 1)


def test_another_rejected_reference_keeps_the_address() -> None:
    org, row, _ = outcome(
        lambda record: refusal(INTEGRITY, "OwnerId", message="Owner of another state") if "OwnerId" in record else None,
        {"LastName": "Byron", "OwnerId": "701", "Country": "France"},
    )
    assert org.sent[1:] == [{"LastName": "Byron", "Country": "France"}]
    assert row["dropped"] == "OwnerId"


def test_the_record_itself_is_never_left_out() -> None:
    org, row, _ = outcome(lambda record: refusal(INTEGRITY, "Id"), {"Id": "00Q", "Title": "x"}, Update)
    assert (row["outcome"], len(org.sent)) == ("refused", 1)


def test_an_update_whose_values_are_all_rejected_is_not_sent_again() -> None:
    """An update without values would only start the org's automation, at every full read."""
    record = {"Id": "00Q000000000001AAA", "Rating": "x", "Industry": "y"}
    org, row, _ = outcome(one_at_a_time("Rating", "Industry"), record, Update)
    assert [set(one) for one in org.sent] == [{"Id", "Rating", "Industry"}, {"Id", "Industry"}]
    assert (row["outcome"], row["dropped"], row["record_id"]) == ("done", "Rating Industry", "00Q000000000001AAA")


@pytest.mark.parametrize(
    ("code", "name"), [("NUMBER_OUTSIDE_VALID_RANGE", "Seats__c"), ("INVALID_EMAIL_ADDRESS", "Second_Email__c")]
)
def test_a_rejected_number_or_second_address_removes_its_field_only(code: str, name: str) -> None:
    record = {"LastName": "Byron", "Email": "ada@acme.example", name: 1e30}
    org, row, _ = outcome(lambda record: refusal(code, name) if name in record else None, record)
    assert org.sent[1:] == [{"LastName": "Byron", "Email": "ada@acme.example"}]
    assert (row["outcome"], row["dropped"]) == ("done", name)


@pytest.mark.parametrize("name", ["Email", "LastName", "Company"])
def test_no_person_is_created_without_address_or_name(name: str) -> None:
    record = {"LastName": "Byron", "Company": "Acme", "Email": "ada@acme"}
    org, row, _ = outcome(lambda record: refusal("INVALID_EMAIL_ADDRESS", name), record)
    assert (row["outcome"], row["code"], len(org.sent)) == ("refused", "INVALID_EMAIL_ADDRESS", 1)


def test_the_reported_reason_is_the_invalid_value_of_a_required_field() -> None:
    missing, bad = refusal("REQUIRED_FIELD_MISSING", "Seats__c"), refusal("NUMBER_OUTSIDE_VALID_RANGE", "Seats__c")
    org, row, _ = outcome(lambda record: bad if "Seats__c" in record else missing, {"LastName": "B", "Seats__c": 1e30})
    assert (row["outcome"], row["code"], len(org.sent)) == ("refused", "NUMBER_OUTSIDE_VALID_RANGE", 2)


def too_long_above(limit: int, *fields: str) -> Rule:
    """Rejects text of more than `limit` bytes, as an org whose fields are shorter than its describe says."""

    def rule(record: dict[str, Any]) -> RowResult | None:
        long = [name for name in fields if len(str(record.get(name, "")).encode()) > limit]
        message = f"{long[0]}: data value too large: {record[long[0]]} (max length={limit})" if long else ""
        return refusal("STRING_TOO_LONG", *long, message=message) if long else None

    return rule


def test_a_value_that_is_too_long_for_the_org_is_shortened_and_the_person_is_created() -> None:
    org = Org(too_long_above(10, "FirstName", "Company", "Phone"))
    result = RowResults(lambda: {"Lead": {"FirstName", "Company"}})
    record = {"LastName": "Byron", "FirstName": "é" * 8, "Company": "Analytical Engines", "Phone": "0" * 11}
    [row] = send_groups(org, [Group(partial(Create, "Lead"), [(7, record)])], result).to_dict("records")
    assert org.sent[-1] == {"LastName": "Byron", "FirstName": "é" * 5, "Company": "Analytical"}
    assert (row["outcome"], row["dropped"], row["shortened"]) == ("done", "Phone", "Company:10 FirstName:5")


def test_a_value_that_stays_too_long_is_refused_after_a_bounded_number_of_attempts() -> None:
    org, result = Org(lambda record: refusal("STRING_TOO_LONG", "Company")), RowResults(lambda: {"Lead": {"Company"}})
    record = {"LastName": "Byron", "Company": "Analytical Engines"}
    [row] = send_groups(org, [Group(partial(Create, "Lead"), [(7, record)])], result).to_dict("records")
    assert (row["outcome"], row["code"], len(org.sent)) == ("refused", "STRING_TOO_LONG", 4)
