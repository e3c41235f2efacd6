"""Daily calls: counted, shown, refused when used up."""

from tests.sandbox.salesforce.conftest import Api


def usage(api: Api) -> int:
    used, maximum = api.get("/sobjects").headers["Sforce-Limit-Info"].removeprefix("api-usage=").split("/")
    assert int(maximum) == 115_000
    return int(used)


def test_every_answer_says_what_is_used(api: Api, lead: str) -> None:
    first = usage(api)
    bad = api.get("/nope")
    written = api.patch(f"/sobjects/Lead/{lead}", {"Title": "x"})
    assert bad.headers["Sforce-Limit-Info"] == f"api-usage={first + 1}/115000"
    assert written.headers["Sforce-Limit-Info"] == f"api-usage={first + 2}/115000"


def test_limits_say_what_remains(api: Api) -> None:
    answer = api.get("/limits").json()
    assert answer["DailyApiRequests"]["Max"] - answer["DailyApiRequests"]["Remaining"] == api.service.limits.used
    assert set(answer["DailyBulkV2QueryJobs"]) == {"Max", "Remaining"}


def test_collections_and_composite_count_once_and_a_batch_counts_each(api: Api) -> None:
    query = {"method": "GET", "url": "/services/data/v67.0/query?q=SELECT Id FROM Lead"}
    before = usage(api)
    api.collection("POST", "Lead", [{"LastName": "A", "Company": "B"}] * 200)
    api.post("/composite", {"compositeRequest": [{**query, "referenceId": f"q{n}"} for n in range(5)]})
    assert usage(api) == before + 3
    api.post("/composite/batch", {"batchRequests": [{**query, "url": query["url"][len("/services/data/") :]}] * 3})
    assert usage(api) == before + 3 + 3 + 1


def test_calls_of_the_last_24_hours_count(api: Api, clock: object) -> None:
    assert usage(api) >= 1
    api.service.clock.advance(hours=25)
    api.log_in()
    assert usage(api) == 1


def test_no_call_is_answered_when_the_day_is_used_up(api: Api) -> None:
    api.service.limit_daily(remaining=2)
    assert [api.get("/sobjects").status_code for _ in range(3)] == [200, 200, 403]
    refused = api.get("/sobjects")
    assert refused.json() == [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    assert "Retry-After" not in refused.headers
    api.service.clock.advance(hours=25)
    api.log_in()
    assert api.get("/sobjects").status_code == 200
