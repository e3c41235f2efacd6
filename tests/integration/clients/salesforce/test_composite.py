"""Grouping of requests into calls, and parsing of the responses."""

from __future__ import annotations

import pytest

from livestorm_salesforce.clients.salesforce import Create, Delete, Query, Update, Upsert, soql
from livestorm_salesforce.errors import ConfigError, ContractError, OutcomeUnknown, QuotaExhausted
from tests.integration.clients.salesforce.canary import assert_no_canary
from tests.integration.clients.salesforce.scripted_answers import echo, people, taken
from tests.integration.clients.scripted import Answer

READ = Query("Lead", ["Id"])


def test_five_collections_of_two_hundred_rows_share_a_call(salesforce):
    client, server, _ = salesforce(echo)
    (results,) = client.execute([Create("Lead", people(2001))])
    assert len(results) == 2001 and all(row.success for row in results)
    sizes = [
        [len(part["body"]["records"]) for part in asked.json["compositeRequest"]]
        if asked.path.endswith("/composite")
        else len(asked.json["records"])
        for asked in server.asked[1:]
    ]
    assert sizes == [[200] * 5, [200] * 5, 1]


def test_each_write_in_a_composite_request_carries_the_write_headers(salesforce):
    client, server, _ = salesforce(echo)
    client.execute([READ, Upsert("Campaign", "Key__c", [{"Key__c": "a", "Name": "b"}]), Update("Lead", [{"Id": "i"}])])
    body = server.asked[1].json
    assert body["allOrNone"] is False and body["collateSubrequests"] is False
    read, upsert, update = body["compositeRequest"]
    assert (read["method"], read["url"]) == ("GET", "/services/data/v67.0/query?q=SELECT%20Id%20FROM%20Lead")
    assert (upsert["method"], upsert["url"]) == ("PATCH", "/services/data/v67.0/composite/sobjects/Campaign/Key__c")
    assert upsert["httpHeaders"]["Sforce-Auto-Assign"] == "FALSE" and "httpHeaders" not in read
    assert server.asked[1].headers["sforce-auto-assign"] == "FALSE"
    assert server.asked[1].headers["sforce-duplicate-rule-header"] == "allowSave=true"
    assert update["body"] == {"allOrNone": False, "records": [{"attributes": {"type": "Lead"}, "id": "i"}]}
    assert len({part["referenceId"] for part in body["compositeRequest"]}) == 3


def test_a_composite_request_of_queries_has_no_write_headers(salesforce):
    client, server, _ = salesforce(echo)
    client.execute([READ, READ])
    assert not {"sforce-auto-assign", "sforce-duplicate-rule-header"} & set(server.asked[1].headers)


def test_a_single_query_is_a_get_unless_it_contains_a_value_or_is_long(salesforce):
    client, server, _ = salesforce(echo)
    client.execute([READ])
    client.execute([Query("Lead", ["Id"], [soql.in_list("Email", ["canary@example.test"])])])
    client.execute([Query("Lead", ["Id"] * 900)])
    assert [path.rsplit("/", 1)[1] for path in server.paths()] == ["token", "query", "composite", "composite"]
    assert all("canary" not in asked.path and "canary" not in str(asked.query) for asked in server.asked)


def test_answers_are_matched_by_reference_in_any_order(salesforce):
    def respond(asked):
        answer = echo(asked)
        answer.body["compositeResponse"].reverse()
        return answer

    client, _, _ = salesforce(respond)
    lead, campaign = client.execute([Create("Lead", people(3)), Create("Campaign", people(2))])
    assert (len(lead), len(campaign)) == (3, 2)


def failing(code: str, status: int = 400, message: str = "canary") -> dict:
    return {"httpStatusCode": status, "httpHeaders": {}, "body": [{"errorCode": code, "message": message}]}


def with_part(number: int, answer: dict):
    """Accepts all but one subrequest of each composite request."""

    def respond(asked):
        given = echo(asked)
        if asked.path.endswith("/composite"):
            given.body["compositeResponse"][number] |= answer
        return given

    return respond


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (failing("INVALID_FIELD", message="No such column 'Nope' on sobject of type Lead"), ConfigError),
        (failing("REQUEST_LIMIT_EXCEEDED", 403, "TotalRequests Limit exceeded."), QuotaExhausted),
        (failing("UNKNOWN_EXCEPTION", 500), OutcomeUnknown),
    ],
)
def test_a_failed_subrequest_raises_after_the_results_of_the_others_are_reported(salesforce, answer, error):
    client, _, _ = salesforce(with_part(0, answer))
    reported: list[int] = []
    with pytest.raises(error) as caught:
        client.execute(
            [Create("Lead", people(2)), Create("Campaign", people(1))],
            on_rows=lambda number, rows: reported.append(number),
        )
    assert reported == [1]
    assert_no_canary(caught.value)


def test_a_query_that_times_out_in_a_composite_request_is_retried_alone(salesforce):
    attempts = iter([failing("QUERY_TIMEOUT")])

    def respond(asked):
        given = echo(asked)
        if asked.path.endswith("/composite"):
            given.body["compositeResponse"][1] |= next(attempts, {})
        return given

    client, server, sleeps = salesforce(respond)
    assert client.execute([READ, READ]) == [[], []]
    assert [path.rsplit("/", 1)[1] for path in server.paths()] == ["token", "composite", "query"] and len(sleeps) == 1


def test_a_composite_response_without_an_answer_to_a_write_is_an_unknown_outcome(salesforce):
    client, _, _ = salesforce(lambda asked: Answer({"compositeResponse": []}))
    with pytest.raises(OutcomeUnknown):
        client.execute([Create("Lead", people(2)), READ])
    with pytest.raises(ContractError):
        client.execute([READ, READ])


@pytest.mark.parametrize("body", [[], {"unexpected": True}, taken(1)], ids=["empty", "object", "too few"])
def test_a_collections_response_that_does_not_match_the_rows_is_an_unknown_outcome(salesforce, body):
    client, server, _ = salesforce(lambda asked: Answer(body))
    with pytest.raises(OutcomeUnknown):
        client.execute([Create("Lead", people(2))])
    assert len(server.asked) == 2


def test_both_spellings_of_a_row_error_are_read(salesforce):
    misspelt = {
        "duplicateResut": {"allowSave": False, "errorMessage": "Use one of these records?"},
        "errorCode": "DUPLICATES_DETECTED",
        "message": "Use one of these records?",
    }
    rows = [
        {"success": False, "errors": [{"statusCode": "DUPLICATE_VALUE", "message": "m", "fields": ["A__c", "b d"]}]},
        {"success": False, "errors": [misspelt]},
        {"success": False, "errors": [{"duplicateResult": {"errorMessage": "x"}}]},
        {"success": False, "errors": []},
    ]
    client, _, _ = salesforce(lambda asked: Answer(rows))
    (results,) = client.execute([Create("Lead", people(4))])
    codes = ["DUPLICATE_VALUE", "DUPLICATES_DETECTED", "DUPLICATES_DETECTED", "UNKNOWN_ERROR"]
    assert [row.code for row in results] == codes
    assert results[0].fields == ("A__c",) and results[1].message == "Use one of these records?"


def test_a_row_names_the_fields_of_all_errors_with_the_first_code(salesforce):
    picklist = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    errors = [
        {"statusCode": picklist, "message": "first", "fields": ["Industry"]},
        {"statusCode": "STRING_TOO_LONG", "message": "other", "fields": ["Title"]},
        {"statusCode": picklist, "message": "second", "fields": ["Rating", "Industry"]},
    ]
    client, _, _ = salesforce(lambda asked: Answer([{"success": False, "errors": errors}]))
    ((row,),) = client.execute([Create("Lead", people(1))])
    assert (row.code, row.message, row.fields) == (picklist, "first", ("Industry", "Rating"))


def test_deletions_have_a_hundred_ids_per_url(salesforce):
    def respond(asked):
        count = 0
        if asked.path.endswith("/composite"):
            parts = asked.json["compositeRequest"]
            body = [
                {"referenceId": part["referenceId"], "httpStatusCode": 200, "body": taken(part["url"].count("00Q"))}
                for part in parts
            ]
            return Answer({"compositeResponse": body})
        count = asked.query["ids"].count("00Q")
        return Answer(taken(count))

    client, server, _ = salesforce(respond)
    (results,) = client.execute([Delete([f"00Q{row:015d}" for row in range(150)])])
    assert len(results) == 150 and all(row.success for row in results)
    urls = [part["url"] for part in server.asked[1].json["compositeRequest"]]
    assert all(url.endswith("&allOrNone=false") for url in urls) and len(urls) == 2


def test_an_update_without_an_id_is_a_value_error(salesforce):
    client, server, _ = salesforce(echo)
    with pytest.raises(ValueError, match="Id"):
        client.execute([Update("Lead", [{"Title": "x"}])])
    assert not server.asked


def test_no_request_costs_no_call(salesforce):
    client, server, _ = salesforce(echo)
    assert client.execute([]) == []
    assert client.execute([Create("Lead", [])]) == [[]]
    assert not server.asked
