"""Pages of proxies, firewalls and maintenances instead of answers of Salesforce, at each kind of call."""

from __future__ import annotations

from typing import Any

import pytest

from livestorm_salesforce.clients.salesforce import Create, Query, Update, soql
from livestorm_salesforce.errors import ConfigError, OutcomeUnknown, TransientError
from tests.integration.clients.salesforce.bulk_server import Bulk, to_csv
from tests.integration.clients.salesforce.canary import assert_no_canary
from tests.integration.clients.salesforce.scripted_answers import done, echo, people, taken
from tests.integration.clients.scripted import Answer, Asked, in_turn

HTML = {"Content-Type": "text/html"}
PAGE = b"<!DOCTYPE html>\n<html>\n<body>canary, canary</body>\n</html>\n"
READ = Query("Lead", ["Id"])
FIND = Query("Lead", ["Id"], [soql.in_list("Email", ["canary@acme.example", "canary.2@acme.example"])])


def page(status: int, body: bytes = PAGE) -> Answer:
    return Answer(body, status, dict(HTML))


def calls(asked: list[Asked]) -> int:
    """Calls other than logins."""
    return sum(not one.path.endswith("/token") for one in asked)


@pytest.mark.parametrize("status", [402, 403, 404, 407, 411, 413, 451])
@pytest.mark.parametrize("body", [PAGE, b""], ids=["page", "empty"])
@pytest.mark.parametrize("request_", [READ, FIND, Create("Lead", people(1))], ids=["query", "composite", "write"])
def test_a_refusal_of_a_proxy_names_the_proxy_and_is_not_repeated(salesforce, status, body, request_) -> None:
    """It is neither a right that the user lacks nor an unknown record, and a write was not carried out."""
    client, server, _ = salesforce(lambda asked: page(status, body))
    with pytest.raises(ConfigError, match=f"without JSON \\(HTTP {status}\\)") as caught:
        client.execute([request_])
    assert "proxy" in caught.value.remedy
    assert calls(server.asked) <= (4 if status == 413 else 1) and "?" not in str(caught.value)
    assert_no_canary(caught.value)


@pytest.mark.parametrize("status", [401, 403, 407, 451])
def test_a_refusal_of_the_login_by_a_proxy_is_not_one_of_salesforce(salesforce, status) -> None:
    client, _, _ = salesforce(echo, login=lambda asked: page(status))
    with pytest.raises((ConfigError, TransientError)) as caught:
        client.execute([READ])
    assert "Login History" not in caught.value.remedy


@pytest.mark.parametrize("body", [{}, [], "maintenance", None, [{"errorCode": "X"}]], ids=str)
@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_login_without_token_is_tried_again(salesforce, body, status) -> None:
    login = in_turn(Answer(None if status == 204 else body, status), Answer({"access_token": "00Dx", "id": ""}))
    client, _, sleeps = salesforce(echo, login=login)
    assert client.execute([READ]) == [[]]
    assert len(sleeps) == 1


def limited(most: int) -> Any:
    """A proxy that refuses bodies of more bytes, in front of a Salesforce that accepts everything."""
    return lambda asked: page(413) if len(asked.body) > most else echo(asked)


def test_rows_are_divided_until_a_proxy_admits_their_body(salesforce) -> None:
    client, server, _ = salesforce(limited(2_000))
    results = client.execute([Create("Lead", people(100)), Create("Contact", people(3))])
    assert [row.success for row in results[0]] == [True] * 100 and len(results[1]) == 3
    sent = calls(server.asked)
    client.execute([Create("Lead", people(100))])
    assert client.transaction_sizes.rows("Lead") < 100, "later calls do not try the large body again"
    assert calls(server.asked) - sent < sent


def test_a_query_is_divided_until_a_proxy_admits_its_body(salesforce) -> None:
    emails = [f"canary.{number}@acme.example" for number in range(300)]
    client, _, _ = salesforce(limited(6_000))
    assert client.execute([Query("Lead", ["Id"], [soql.in_list("Email", emails)])]) == [[]]


def test_a_row_that_a_proxy_never_admits_is_an_error_with_its_remedy(salesforce) -> None:
    client, _, _ = salesforce(limited(10))
    with pytest.raises(ConfigError) as caught:
        client.execute([Create("Lead", people(2))])
    assert "request bodies" in caught.value.remedy


@pytest.mark.parametrize("status", [200, 201])
def test_a_page_does_not_confirm_an_upload(salesforce, status) -> None:
    bulk = Bulk()
    bulk.trouble = {"batches": [page(status)]}
    client, _, _ = salesforce(bulk)
    client.bulk_above = 2
    assert all(row.success for row in client.write(Create("Lead", people(3))))
    assert bulk.kinds.count("create") == bulk.kinds.count("batches") == 2


@pytest.mark.parametrize("body", [{}, [], {"state": "Open"}, "ok"], ids=str)
def test_a_job_that_was_not_started_is_started_again(salesforce, body) -> None:
    """Its state, not the status of the response, tells whether it was started."""
    bulk = Bulk()
    bulk.trouble = {"close": [Answer(body)]}
    client, _, _ = salesforce(bulk)
    client.bulk_above = 2
    assert all(row.success for row in client.write(Create("Lead", people(3))))
    assert bulk.kinds.count("close") == 2


@pytest.mark.parametrize("name", ["failedResults", "successfulResults"])
def test_a_page_is_no_list_of_results(salesforce, name) -> None:
    bulk = Bulk()
    bulk.failed, bulk.trouble = {"n1": "DUPLICATE_VALUE:canary:--"}, {name: [page(200), page(200)]}
    client, _, _ = salesforce(bulk)
    client.bulk_above = 2
    results = client.write(Create("Lead", people(3)))
    assert [row.success for row in results] == [True, False, True]


@pytest.mark.parametrize("empty", [b"", PAGE.replace(b"\n", b"")], ids=["empty", "page of one line"])
def test_an_empty_list_of_failures_does_not_make_uncounted_rows_successful(salesforce, empty) -> None:
    bulk = Bulk()
    bulk.omitted, bulk.failed = {"numberRecordsFailed"}, {"00Q1": "DUPLICATE_VALUE:x:--"}
    bulk.trouble = {"failedResults": [Answer(empty)]}
    client, _, _ = salesforce(bulk)
    client.bulk_above = 2
    with pytest.raises(OutcomeUnknown, match="no result for 1 of 3"):
        client.write(Update("Lead", [{"Id": f"00Q{row}", "Title": "x"} for row in range(3)]))


def test_uncounted_rows_are_successful_if_a_list_names_them(salesforce) -> None:
    bulk = Bulk()
    bulk.omitted = {"numberRecordsFailed"}
    bulk.trouble = {"failedResults": [to_csv(["sf__Id", "sf__Error", "Id", "Title"], [])]}
    client, _, _ = salesforce(bulk)
    client.bulk_above = 2
    assert all(row.success for row in client.write(Update("Lead", [{"Id": f"00Q{row}"} for row in range(3)])))


@pytest.mark.parametrize("status", [200, 400, 404, 410, 502, 503])
def test_a_page_at_a_further_page_of_a_query_is_never_its_end(salesforce, status) -> None:
    first = {"totalSize": 2, "done": False, "nextRecordsUrl": "/services/data/v67.0/query/01g-2000"}
    rows = [{"Id": "00Q000000000001AAA"}, {"Id": "00Q000000000002AAA"}]
    answers = in_turn(page(status), Answer(done(rows[1:])))

    def respond(asked: Asked) -> Answer:
        return answers(asked) if asked.path.endswith("-2000") else Answer({**first, "records": rows[:1]})

    client, _, _ = salesforce(respond)
    if status in (404, 410):
        with pytest.raises(ConfigError):
            client.execute([READ])
        return
    assert client.execute([READ]) == [rows]


def test_a_rejection_in_json_is_still_salesforces(salesforce) -> None:
    client, _, _ = salesforce(lambda asked: Answer([{"errorCode": "INSUFFICIENT_ACCESS", "message": "x"}], 403))
    with pytest.raises(ConfigError, match="INSUFFICIENT_ACCESS"):
        client.execute([READ])
    client, _, _ = salesforce(lambda asked: Answer(taken(1)))
    assert client.execute([Create("Lead", people(1))])[0][0].success
