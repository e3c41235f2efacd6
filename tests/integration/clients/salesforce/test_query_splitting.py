"""Queries that Salesforce rejects as too long, too complicated or too slow are divided."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest

from livestorm_salesforce.clients.salesforce import Create, Query, soql
from livestorm_salesforce.errors import ContractError, TransientError
from tests.integration.clients.scripted import Answer, Asked

EMAILS = [f"p{number}@x.io" for number in range(40)]
TOO_COMPLICATED = (400, [{"errorCode": "QUERY_TOO_COMPLICATED", "message": "canary"}])
TIMEOUT = (400, [{"errorCode": "QUERY_TIMEOUT", "message": "canary"}])
PAGE = (414, "<html>URI Too Long</html>")


def reading(*emails: str) -> Query:
    return Query("Lead", ["Id", "Email"], [soql.in_list("Email", emails)])


def values_of(statement: str) -> list[str]:
    return re.findall(r"'([^']*)'", statement)


class Org:
    """Answers queries with a record per value; rejects those of more than `most` values. `asked`: values of each.

    `whole`: the composite request is rejected, not the subrequest.
    """

    def __init__(self, most: int, refusal: tuple[int, object], *, whole: bool = False) -> None:
        self._most, self._refusal, self._whole = most, refusal, whole
        self.asked: list[int] = []

    def __call__(self, asked: Asked) -> Answer:
        parts = asked.json["compositeRequest"]
        answers = [self._part(part) for part in parts]
        if self._whole and any(status >= 400 for status, _ in answers):
            status, body = self._refusal
            return Answer(body.encode() if isinstance(body, str) else body, status)
        answered = [
            {"referenceId": part["referenceId"], "httpStatusCode": status, "body": body}
            for part, (status, body) in zip(parts, answers, strict=True)
        ]
        return Answer({"compositeResponse": answered})

    def _part(self, part: dict) -> tuple[int, object]:
        if part["method"] != "GET":
            return 200, [{"id": "00Q000000000001AAA", "success": True, "errors": []}]
        values = values_of(asked_statement(part["url"]))
        self.asked.append(len(values))
        if len(values) > self._most:
            return self._refusal
        records = [{"Id": f"00Q{value}", "Email": value} for value in values]
        return 200, {"totalSize": len(records), "done": True, "records": records}


def asked_statement(url: str) -> str:
    return unquote(url.split("?q=", 1)[1])


@pytest.mark.parametrize("whole", [False, True], ids=["the part", "the call"])
@pytest.mark.parametrize("refusal", [TOO_COMPLICATED, PAGE, (431, "<html>")], ids=["complicated", "414", "431"])
def test_a_query_that_is_too_long_is_divided(salesforce, refusal, whole):
    client, _, _ = salesforce(Org(10, refusal, whole=whole))
    (records,) = client.execute([reading(*EMAILS)])
    assert sorted(record["Email"] for record in records) == sorted(EMAILS)


def test_a_divided_query_keeps_the_records_of_other_requests_apart(salesforce):
    org = Org(10, TOO_COMPLICATED)
    client, _, _ = salesforce(org)
    requests = [reading("first@x.io"), reading(*EMAILS), Create("Lead", [{"LastName": "n"}]), reading("last@x.io")]
    first, long, made, last = client.execute(requests)
    assert [record["Email"] for record in first + last] == ["first@x.io", "last@x.io"]
    assert sorted(record["Email"] for record in long) == sorted(EMAILS) and made[0].success
    assert org.asked == [1, 40, 1, 20, 20, 10, 10, 10, 10]


def test_a_record_found_by_both_halves_is_returned_once(salesforce):
    """IN ignores case, so the two halves may contain the same value in two spellings."""

    def respond(asked):
        (part,) = asked.json["compositeRequest"] if len(asked.json["compositeRequest"]) == 1 else (None,)
        if part:
            body = [{"referenceId": "subrequest0", "httpStatusCode": 400, "body": TOO_COMPLICATED[1]}]
            return Answer({"compositeResponse": body})
        page = {"totalSize": 1, "done": True, "records": [{"Id": "00Q1", "Email": "Ada@x.io"}]}
        body = [{"referenceId": f"subrequest{index}", "httpStatusCode": 200, "body": page} for index in (0, 1)]
        return Answer({"compositeResponse": body})

    client, _, _ = salesforce(respond)
    assert client.execute([reading("ada@x.io", "ADA@x.io")]) == [[{"Id": "00Q1", "Email": "Ada@x.io"}]]


@pytest.mark.parametrize("refusal", [TOO_COMPLICATED, PAGE], ids=["complicated", "414"])
def test_a_single_value_that_is_too_long_is_an_error_after_few_calls(salesforce, refusal):
    client, server, _ = salesforce(Org(0, refusal))
    with pytest.raises(ContractError, match=str(refusal[0])) as caught:
        client.execute([reading(*[f"p{number}@x.io" for number in range(2000)])])
    assert "canary" not in str(caught.value) and len(server.asked) < 20


def test_a_query_that_times_out_twice_is_divided(salesforce):
    org = Org(10, TIMEOUT)
    client, _, sleeps = salesforce(org)
    (records,) = client.execute([reading(*EMAILS)])
    assert len(records) == 40 and org.asked == [40, 40, 20, 20, 10, 10, 10, 10]
    assert sleeps


def test_a_query_that_always_times_out_is_a_transient_error(salesforce):
    org = Org(0, TIMEOUT)
    client, server, _ = salesforce(org)
    with pytest.raises(TransientError, match="QUERY_TIMEOUT"):
        client.execute([reading(*EMAILS)])
    assert min(org.asked) == 5 and len(server.asked) < 12


def test_an_org_that_rejects_long_statements_is_read_completely(sandbox):
    leads = [{"LastName": "n", "Company": "c", "Email": email} for email in EMAILS]
    sandbox.org.insert("Lead", leads)
    sandbox.service.max_query_length = 200
    (records,) = sandbox.client().execute([reading(*EMAILS)])
    assert sorted(record["Email"] for record in records) == sorted(EMAILS)
