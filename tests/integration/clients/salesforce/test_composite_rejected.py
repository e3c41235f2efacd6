"""A composite request that Salesforce rejects as a whole has written nothing."""

from __future__ import annotations

import pytest

from livestorm_salesforce.clients.salesforce import Create, Query
from livestorm_salesforce.errors import OutcomeUnknown
from tests.integration.clients.salesforce.scripted_answers import echo, people, taken
from tests.integration.clients.scripted import Answer, Asked

READ = Query("Lead", ["Id"])
LIMIT_EXCEEDED = {
    "body": [{"errorCode": "LIMIT_EXCEEDED", "message": "The request can't contain more than 25 operations."}],
    "httpHeaders": {},
    "httpStatusCode": 400,
    "referenceId": None,
}
HALTED = {
    "body": [{"errorCode": "PROCESSING_HALTED", "message": "The transaction was rolled back since another ..."}],
    "httpHeaders": {},
    "httpStatusCode": 400,
}


def limit_exceeded(asked: Asked) -> list[dict]:
    return [LIMIT_EXCEEDED]


def halted(asked: Asked) -> list[dict]:
    """The first collection reports rows as written although they were rolled back."""
    first, *others = asked.json["compositeRequest"]
    failed = {"success": False, "errors": [{"statusCode": "DUPLICATES_DETECTED", "message": "", "fields": []}]}
    rows = [*taken(len(first["body"]["records"]) - 1), failed]
    answered = {"body": rows, "httpHeaders": {}, "httpStatusCode": 200, "referenceId": first["referenceId"]}
    return [answered, *({**HALTED, "referenceId": one["referenceId"]} for one in others)]


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("refuse", [limit_exceeded, halted], ids=["limit exceeded", "halted"])
def test_a_composite_request_rejected_as_a_whole_has_written_nothing(salesforce, refuse, status):
    written: list[dict] = []

    def respond(asked):
        if asked.path.endswith("/composite"):
            return Answer({"compositeResponse": refuse(asked)}, status if refuse is limit_exceeded else 200)
        written.extend(asked.json["records"])
        return echo(asked)

    client, server, _ = salesforce(respond)
    lead, campaign = client.execute([Create("Lead", people(3)), Create("Campaign", people(2))])
    assert [len(lead), len(campaign), len(written)] == [3, 2, 5]
    assert all(result.success for result in (*lead, *campaign))
    assert [path.rsplit("/", 1)[1] for path in server.paths()] == ["token", "composite", "sobjects", "sobjects"]


@pytest.mark.parametrize(
    "form",
    [{"httpStatusCode": "400"}, {"httpStatusCode": 400.0}, {"referenceId": ""}, {"body": LIMIT_EXCEEDED["body"][0]}],
    ids=["status as text", "status as a float", "empty reference", "one error without a list"],
)
def test_a_whole_rejection_in_another_form_has_written_nothing(salesforce, form):
    def respond(asked):
        if asked.path.endswith("/composite"):
            return Answer({"compositeResponse": [LIMIT_EXCEEDED | form]})
        return echo(asked)

    client, _, _ = salesforce(respond)
    lead, campaign = client.execute([Create("Lead", people(3)), Create("Campaign", people(2))])
    assert all(result.success for result in (*lead, *campaign))


def test_a_whole_rejection_by_a_broken_server_has_an_unknown_outcome(salesforce):
    broken = {**LIMIT_EXCEEDED, "httpStatusCode": 500}
    client, _, _ = salesforce(lambda asked: Answer({"compositeResponse": [broken]}))
    with pytest.raises(OutcomeUnknown):
        client.execute([Create("Lead", people(2)), Create("Campaign", people(2))])


@pytest.mark.parametrize("status", [400, 500])
@pytest.mark.parametrize(
    "message", ["System.LimitException: Apex CPU time limit exceeded", "LeadTrigger: not more than 50 records, please"]
)
def test_one_limit_error_for_a_whole_call_divides_its_rows(salesforce, status, message):
    """A transaction that exceeds a limit is rolled back, whatever the form of the answer is (field A3)."""
    written: list[dict] = []

    def answer(records: list[dict]) -> tuple[int, list[dict]]:
        if len(records) > 50:
            return status, [{"errorCode": "UNKNOWN_EXCEPTION", "message": message}]
        written.extend(records)
        return 200, taken(len(records))

    def respond(asked):
        if not asked.path.endswith("/composite"):
            code, body = answer(asked.json["records"])
            return Answer(body, code)
        parts = [(one["referenceId"], *answer(one["body"]["records"])) for one in asked.json["compositeRequest"]]
        names = ("referenceId", "httpStatusCode", "body")
        return Answer({"compositeResponse": [dict(zip(names, part, strict=True)) for part in parts]})

    client, _, _ = salesforce(respond)
    (results,) = client.execute([Create("Lead", people(120))])
    assert all(result.success for result in results) and len(results) == len(written) == 120
