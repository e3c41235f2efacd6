"""A value that makes Salesforce reject a whole call rejects its own row only."""

from __future__ import annotations

import pytest

from livestorm_salesforce.clients.salesforce import Create, Query
from tests.integration.clients.salesforce.scripted_answers import echo, people, taken
from tests.integration.clients.scripted import Answer

READ = Query("Lead", ["Id"])


def parser(bad: set[str]):
    """Rejects a whole collections call, as Salesforce does, if a value cannot be parsed as the type of its field."""

    def part(body: dict) -> tuple[int, object]:
        if any(record["LastName"] in bad for record in body["records"]):
            message = "Cannot deserialize instance of date from VALUE_STRING value canary at [line:1, column:99]"
            return 400, [{"errorCode": "JSON_PARSER_ERROR", "message": message}]
        return 200, taken(len(body["records"]))

    return by_part(part)


def by_part(part):
    """Answers each collections call, alone or in a composite request, by `part(body)`."""

    def respond(asked):
        if not asked.path.endswith("/composite"):
            status, body = part(asked.json)
            return Answer(body, status)
        answers = []
        for one in asked.json["compositeRequest"]:
            status, body = part(one["body"])
            answers.append({"referenceId": one["referenceId"], "httpStatusCode": status, "body": body})
        return Answer({"compositeResponse": answers})

    return respond


@pytest.mark.parametrize("rows", [200, 900])
def test_a_value_that_makes_salesforce_reject_a_call_rejects_its_own_row_only(salesforce, rows):
    client, server, _ = salesforce(parser({"n150"}))
    (results,) = client.execute([Create("Lead", people(rows))])
    assert [row for row, result in enumerate(results) if not result.success] == [150]
    assert results[150].code == "JSON_PARSER_ERROR"
    assert len(server.asked) <= 8


def naming_part(body: dict) -> tuple[int, object]:
    """Rejects a call as Salesforce does: the message names the first value that cannot be parsed."""
    bad = [record["LastName"] for record in body["records"] if record["LastName"].startswith("bad")]
    if not bad:
        return 200, taken(len(body["records"]))
    message = f"Cannot deserialize instance of date from VALUE_STRING value {bad[0]} or request may be missing a"
    return 400, [{"errorCode": "JSON_PARSER_ERROR", "message": f"{message} required field at [line:1, column:9]"}]


@pytest.mark.parametrize(
    ("names", "calls"),
    [
        (["good"] * 199 + ["bad"], 4),
        (["bad"] * 200, 3),
        ((["bad"] + ["good"] * 9) * 20, 4),
        ([f"bad {row}" if row % 20 == 0 else "good" for row in range(200)], 22),
    ],
    ids=["one", "all", "one value in every tenth", "ten values"],
)
def test_the_value_in_the_message_leads_to_the_rejected_rows(salesforce, names, calls):
    client, server, _ = salesforce(by_part(naming_part))
    records = [{"LastName": name, "Company": "Acme"} for name in names]
    (results,) = client.execute([Create("Lead", records)])
    assert [not result.success for result in results] == [name.startswith("bad") for name in names]
    assert len(server.asked) <= calls


def test_rows_that_were_not_sent_one_by_one_say_so(salesforce):
    client, _, _ = salesforce(by_part(naming_part))
    (results,) = client.execute([Create("Lead", [{"LastName": f"bad {row}"} for row in range(100)])])
    texts = [result.message for result in results if "not sent one by one" in result.message]
    assert texts and all(text.startswith(f"one of {len(texts)} rows") for text in texts)


def naming_seats(body: dict) -> tuple[int, object]:
    """Rejects a call for the first number of seats that is none."""
    bad = [record["Seats__c"] for record in body["records"] if "bad" in str(record.get("Seats__c"))]
    if not bad:
        return 200, taken(len(body["records"]))
    message = f"Cannot deserialize instance of double from VALUE_STRING value {bad[0]} at [line:1, column:9]"
    return 400, [{"errorCode": "JSON_PARSER_ERROR", "message": message}]


@pytest.mark.parametrize("bad", [21, 60, 150])
def test_more_rejected_values_than_divisions_hold_no_other_row_back(salesforce, bad):
    """The field that held the first ones tells which rows may be sent, and which value can be left out."""
    client, server, _ = salesforce(by_part(naming_seats))
    records = [{"LastName": f"n{row}", "Seats__c": f"bad {row}" if row < bad else None} for row in range(200)]
    (results,) = client.execute([Create("Lead", records)])
    assert [result.success for result in results] == [row >= bad for row in range(200)]
    assert {result.fields for result in results[:bad]} == {("Seats__c",)}
    assert len(server.asked) < 60


def test_a_value_in_two_fields_names_none(salesforce):
    client, _, _ = salesforce(by_part(naming_seats))
    (results,) = client.execute([Create("Lead", [{"LastName": "bad", "Seats__c": "bad"}, {"LastName": "n1"}])])
    assert [(result.success, result.fields) for result in results] == [(False, ()), (True, ())]


def test_the_calls_for_isolating_rejected_rows_are_limited(salesforce):
    client, server, _ = salesforce(parser({f"n{row}" for row in range(1000)}))
    (results,) = client.execute([Create("Lead", people(1000))])
    assert {result.code for result in results} == {"JSON_PARSER_ERROR"}
    assert len(server.asked) < 60


def test_after_a_rejected_composite_request_each_subrequest_is_sent_alone(salesforce):
    def respond(asked):
        if asked.path.endswith("/composite") and len(asked.json["compositeRequest"]) > 1:
            return Answer([{"errorCode": "JSON_PARSER_ERROR", "message": "Unrecognized field"}], 400)
        return echo(asked)

    client, server, _ = salesforce(respond)
    lead, read = client.execute([Create("Lead", people(2)), READ])
    assert len(lead) == 2 and read == []
    assert [path.rsplit("/", 1)[1] for path in server.paths()] == ["token", "composite", "sobjects", "query"]
