"""API calls of the last 24 hours."""

from tests.sandbox.salesforce.conftest import Api


def usage(api: Api) -> int:
    used, maximum = api.get("/sobjects").headers["Sforce-Limit-Info"].removeprefix("api-usage=").split("/")
    assert int(maximum) == 115_000
    return int(used)


def test_every_response_contains_the_usage(api: Api, lead: str) -> None:
    first = usage(api)
    bad = api.get("/nope")
    written = api.patch(f"/sobjects/Lead/{lead}", {"Title": "x"})
    assert bad.headers["Sforce-Limit-Info"] == f"api-usage={first + 1}/115000"
    assert written.headers["Sforce-Limit-Info"] == f"api-usage={first + 2}/115000"


def test_limits_contain_the_remaining_calls(api: Api) -> None:
    answer = api.get("/limits").json()
    assert answer["DailyApiRequests"]["Max"] - answer["DailyApiRequests"]["Remaining"] == api.service.limits.used
    assert set(answer["DailyBulkV2QueryJobs"]) == {"Max", "Remaining"}


def test_collections_and_composite_count_as_one_call(api: Api) -> None:
    query = {"method": "GET", "url": "/services/data/v67.0/query?q=SELECT Id FROM Lead"}
    before = usage(api)
    api.collection("POST", "Lead", [{"LastName": "A", "Company": "B"}] * 200)
    api.post("/composite", {"compositeRequest": [{**query, "referenceId": f"q{n}"} for n in range(5)]})
    assert usage(api) == before + 3


def test_calls_of_the_last_24_hours_count(api: Api) -> None:
    assert usage(api) >= 1
    api.service.clock.advance(hours=25)
    api.log_in()
    assert usage(api) == 1


def test_calls_are_rejected_when_the_limit_is_reached(api: Api) -> None:
    api.service.limits.set_remaining(2)
    assert [api.get("/sobjects").status_code for _ in range(3)] == [200, 200, 403]
    rejected = api.get("/sobjects")
    assert rejected.json() == [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    assert "Retry-After" not in rejected.headers
    api.service.clock.advance(hours=25)
    api.log_in()
    assert api.get("/sobjects").status_code == 200
