"""Rejected queries: the messages in the reference, and the position of the error."""

# ruff: noqa: E501, S608 - long queries and answers, compared whole

import pytest

from service_sandbox.salesforce.model.errors import ApiError
from service_sandbox.salesforce.soql.error_positions import locate_error
from service_sandbox.salesforce.soql.parser import parse
from tests.sandbox.salesforce.conftest import Api

ADVICE = "Please reference your WSDL or the describe call for the appropriate names."


def test_an_unknown_field_is_reported_with_its_position(api: Api) -> None:
    assert api.query_error("SELECT Nope FROM Lead") == {
        "message": "\nSELECT Nope FROM Lead\n       ^\nERROR at Row:1:Column:8\nNo such column 'Nope' on entity 'Lead'. If you "
        f"are attempting to use a custom field, be sure to append the '__c' after the custom field name. {ADVICE}",
        "errorCode": "INVALID_FIELD",
    }


def test_an_unknown_object_is_reported_with_its_position(api: Api) -> None:
    """Recorded from a real org, word for word."""
    assert api.query_error("select count() from XYZZY") == {
        "message": "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\nsObject type 'XYZZY' is not "
        "supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. "
        f"{ADVICE}",
        "errorCode": "INVALID_TYPE",
    }


@pytest.mark.parametrize(
    ("before", "word", "after"),
    [
        (
            "LastReferencedDate, Jigsaw, JigsawCompanyId, ",
            "CleanStatus",
            ", AccountSource, DunsNumber| Tradestyle, NaicsCode",
        ),
        (
            "WebEmail__c, Case_Resolution_Summary__c, ",
            "MW_Case_ID__c",
            ", Escalation_Helper_Contact__c| Last_Escalation__c",
        ),
        ("LastModifiedById,NumberOfEmployees,OwnerId,", "Ownership", ",ParentId,Rating,Sic,Type| AnnualRevenueInEuros"),
    ],
)
def test_part_of_a_long_query_is_reported(before: str, word: str, after: str) -> None:
    """Recorded from real orgs: about fifty characters before and after the position, cut between names."""
    shown, rest = after.split("|")
    text = f"SELECT Id, SomethingQuiteLongBefore, {before}{word}{shown},{rest} FROM Account"
    at = text.index(before) + len(before)
    lines = locate_error(text, at, "problem").splitlines()
    assert lines[1:3] == [f"{before}{word}{shown}", " " * len(before) + "^"]


def test_the_row_counts_lines(api: Api) -> None:
    message = api.query_error("SELECT Id\nFROM Lead\nWHERE Nope = 1")["message"]
    assert message.startswith("\nWHERE Nope = 1\n      ^\nERROR at Row:3:Column:7\n")


@pytest.mark.parametrize(
    ("query", "place", "problem"),
    [
        ("SELECT Id, From Account LIMIT 10", 12, "unexpected token: 'From'"),
        ("SELECT Id FROM Lead WHERE Name IN ()", 36, "unexpected token: ')'"),
        ("SELECT Id FROM Lead WHERE Name = 'a' AND City = 'b' OR City = 'c'", 53, "unexpected token: 'OR'"),
        ("SELECT Id FROM Lead WHERE NOT Name = 'a' AND City = 'b'", 42, "unexpected token: 'AND'"),
        ("SELECT Id FROM Lead WHERE", 26, "unexpected token: '<EOF>'"),
        ('SELECT Id FROM Lead WHERE Name = "a"', 34, "line 1:33 no viable alternative at character '\"'"),
        ("SELECT Id FROM Lead WHERE Name = :name", 34, "Bind variables only allowed in Apex code"),
        ("SELECT Id FROM Lead WHERE Name IS NULL", 32, "unexpected token: 'IS'"),
        ("SELECT * FROM Lead", 8, "line 1:7 no viable alternative at character '*'"),
        ("SELECT Id FROM Lead WHERE CreatedDate = SOMEDAY", 41, "unexpected token: 'SOMEDAY'"),
        ("SELECT Id FROM Lead LIMIT -1", 27, "unexpected token: '-1'"),
        ("SELECT Name label FROM Lead", 8, "only aggregate expressions use field aliasing"),
        ("SELECT Id FROM Lead GROUP BY City", 8, "Field must be grouped or aggregated: Id"),
        ("SELECT toLabel(Status) FROM Lead", 8, "unexpected token: 'toLabel'"),
        ("SELECT FIELDS(ALL) FROM Lead LIMIT 200", 8, "unexpected token: 'FIELDS'"),
        ("SELECT Id FROM Lead FOR UPDATE", 21, "unexpected token: 'FOR'"),
        ("SELECT Id FROM Lead USING SCOPE mine", 21, "unexpected token: 'USING'"),
    ],
)  # fmt: skip
def test_invalid_syntax_is_reported_with_its_position(api: Api, query: str, place: int, problem: str) -> None:
    error = api.query_error(query)
    assert error["errorCode"] == "MALFORMED_QUERY"
    assert error["message"].endswith(f"^\nERROR at Row:1:Column:{place}\n{problem}")


@pytest.mark.parametrize(
    ("query", "code", "problem"),
    [
        ("SELECT Id FROM Lead WHERE Description = 'x'", "INVALID_FIELD", "field 'Description' can not be filtered in a query call"),
        ("SELECT Id FROM Lead ORDER BY Description", "INVALID_FIELD", "field 'Description' can not be sorted in a query call"),
        ("SELECT Description FROM Lead GROUP BY Description", "MALFORMED_QUERY", "can not be grouped"),
        ("SELECT Foo.Name FROM Lead", "INVALID_FIELD", "Didn't understand relationship 'Foo' in field path."),
        ("SELECT Id, (SELECT Id FROM Foos) FROM Lead", "INVALID_TYPE", "Didn't understand relationship 'Foos' in FROM part"),
        ("SELECT Id, Id FROM Lead", "INVALID_FIELD", "duplicate field selected: Id"),
        ("SELECT Id FROM Lead WHERE CreatedDate > '2026-01-01'", "INVALID_FIELD",
         "value of filter criterion for field 'CreatedDate' must be of type dateTime and should not be enclosed in quotes"),
        ("SELECT Id FROM Lead WHERE Email = 5", "INVALID_FIELD", "must be of type string and should be enclosed in quotes"),
        ("SELECT Id FROM Lead WHERE CreatedDate > 2026-01-01", "INVALID_FIELD", "must be of type dateTime"),
        ("SELECT Id FROM Lead WHERE CreatedDate > 2026-13-45T00:00:00Z", "MALFORMED_QUERY", "Invalid datetime"),
        ("SELECT Id FROM Lead WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: x"),
        ("SELECT Id FROM Lead WHERE Name IN (SELECT LeadId FROM CampaignMember)", "INVALID_FIELD", "semi join"),
        ("SELECT Id FROM Lead WHERE Id IN (SELECT Status FROM CampaignMember)", "INVALID_FIELD", "id or reference"),
        ("SELECT Id FROM Lead WHERE Name = '\\q'", "MALFORMED_QUERY", "Illegal character sequence '\\q'"),
        ("SELECT Id FROM Lead WHERE NumberOfEmployees LIKE '5%'", "INVALID_FIELD", "invalid operator on int field"),
    ],
)  # fmt: skip
def test_unsupported_conditions_are_rejected(api: Api, query: str, code: str, problem: str) -> None:
    error = api.query_error(query)
    assert error["errorCode"] == code
    assert problem in error["message"]


def test_an_empty_query_is_rejected(api: Api) -> None:
    assert api.query_error("  ") == {
        "message": "SOQL statements cannot be empty or null", "errorCode": "MALFORMED_QUERY",
    }  # fmt: skip


def test_a_statement_has_at_most_100000_characters() -> None:
    with pytest.raises(ApiError) as error:
        parse("SELECT Id FROM Lead WHERE Name IN (" + ",".join(["'abcdefgh'"] * 10_000) + ")")
    assert error.value.body[0]["errorCode"] == "QUERY_TOO_COMPLICATED"


def test_a_literal_has_at_most_4000_characters() -> None:
    parse(f"SELECT Id FROM Lead WHERE Name = '{'x' * 4000}'")
    with pytest.raises(ApiError):
        parse(f"SELECT Id FROM Lead WHERE Name = '{'x' * 4001}'")


def test_an_offset_has_at_most_2000_rows(api: Api) -> None:
    assert api.query_error("SELECT Id FROM Lead OFFSET 2001")["errorCode"] == "NUMBER_OUTSIDE_VALID_RANGE"


def test_the_maximum_length_of_queries_is_configurable(api: Api) -> None:
    api.service.max_query_length = 30
    assert api.query_error("SELECT Id FROM Lead WHERE Email = 'a'")["errorCode"] == "QUERY_TOO_COMPLICATED"
    assert api.query("SELECT Id FROM Lead")["totalSize"] == 0
