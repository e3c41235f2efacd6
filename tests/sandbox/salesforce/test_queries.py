"""Results of queries."""

# ruff: noqa: S608 - queries are put together from the parts that a test is about

import pytest

from service_sandbox.salesforce import Org
from tests.sandbox.salesforce.conftest import Api

OLD, NEW = "2020-05-01T08:00:00Z", "2024-05-01T08:00:00Z"


@pytest.fixture
def people(org: Org) -> None:
    """Five leads with values that are difficult to query."""
    org.insert("Lead", [
        {"LastName": "Émile", "Company": "Acme", "Email": "Zoe@Acme.io", "CreatedDate": NEW, "City": "Nice"},
        {"LastName": "O'Neil", "Company": "acme", "Email": "o@acme.io", "CreatedDate": OLD, "NumberOfEmployees": 5},
        {"LastName": "100%_sure", "Company": "B", "CreatedDate": OLD, "NumberOfEmployees": 50, "IsConverted": True},
        {"LastName": "Straße", "Company": "B", "Email": "zoe@acme.io", "CreatedDate": OLD},
        {"LastName": "Gone", "Company": "B", "Email": "gone@acme.io", "IsDeleted": True},
    ])  # fmt: skip


def names(api: Api, condition: str) -> list[str]:
    return [row["LastName"] for row in api.records(f"SELECT LastName FROM Lead WHERE {condition}")]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("Email = 'ZOE@ACME.IO'", ["Émile", "Straße"]),
        ("Email IN ('zoe@acme.io', 'O@Acme.io')", ["Émile", "O'Neil", "Straße"]),
        ("LastName = 'ÉMILE'", ["Émile"]),
        ("LastName = 'STRASSE'", ["Straße"]),
        ("LastName = 'o\\'neil'", ["O'Neil"]),
        ("LastName = '\\u004f\\'NEIL'", ["O'Neil"]),
        ("City = null", ["O'Neil", "100%_sure", "Straße"]),
        ("City = ''", ["O'Neil", "100%_sure", "Straße"]),
        ("City != null", ["Émile"]),
        ("City != 'Nice'", ["O'Neil", "100%_sure", "Straße"]),
        ("City NOT IN ('nice')", ["O'Neil", "100%_sure", "Straße"]),
        ("City IN (null, 'Paris')", ["O'Neil", "100%_sure", "Straße"]),
        ("NOT City = 'Nice'", ["O'Neil", "100%_sure", "Straße"]),
        ("LastName LIKE 's%'", ["Straße"]),
        ("LastName LIKE '%\\%\\_%'", ["100%_sure"]),
        ("LastName LIKE '_mile'", ["Émile"]),
        ("NumberOfEmployees > 5", ["100%_sure"]),
        ("NumberOfEmployees >= 5 AND NumberOfEmployees < 50", ["O'Neil"]),
        ("NumberOfEmployees <> 5", ["Émile", "100%_sure", "Straße"]),
        ("IsConverted = TRUE", ["100%_sure"]),
        ("CreatedDate < 2021-01-01T00:00:00+02:00 AND IsConverted = false", ["O'Neil", "Straße"]),
        ("CreatedDate >= 2024-05-01T10:00:00+0200", ["Émile"]),
        ("CreatedDate = LAST_N_YEARS:3", ["Émile"]),
        ("(Company = 'acme' AND City = null) OR LastName > 'S'", ["Émile", "O'Neil", "Straße"]),
        ("LastName = 'Gone'", []),
        ("Lead.LastName = 'Straße'", ["Straße"]),
    ],
)
def test_conditions(api: Api, people: None, condition: str, found: list[str]) -> None:
    assert names(api, condition) == found


def test_results_have_stored_values_and_api_names(api: Api, people: None) -> None:
    assert api.records("select EMAIL, lastname from lead where email = 'ZOE@ACME.IO' limit 1") == [
        {"Email": "Zoe@Acme.io", "LastName": "Émile"}
    ]


def test_the_default_order_is_ascending_with_nulls_first(api: Api, people: None) -> None:
    def order(by: str) -> list[str]:
        return [row["LastName"] for row in api.records(f"SELECT LastName FROM Lead ORDER BY {by}")]

    assert order("CreatedDate, Id DESC") == ["Straße", "100%_sure", "O'Neil", "Émile"]
    assert order("NumberOfEmployees, LastName DESC") == ["Émile", "Straße", "O'Neil", "100%_sure"]
    assert order("NumberOfEmployees DESC NULLS LAST, LastName") == ["100%_sure", "O'Neil", "Straße", "Émile"]


def test_limit_and_offset(api: Api, people: None) -> None:
    answer = api.query("SELECT LastName FROM Lead ORDER BY Id LIMIT 2 OFFSET 1")
    assert (answer["totalSize"], answer["done"]) == (2, True)
    assert [row["LastName"] for row in answer["records"]] == ["O'Neil", "100%_sure"]


def test_count_returns_a_number_without_records(api: Api, people: None) -> None:
    assert api.query("SELECT COUNT() FROM Lead") == {"totalSize": 4, "done": True, "records": []}


def test_groups_are_aggregate_results(api: Api, people: None) -> None:
    rows = api.records("SELECT Company, COUNT(Id), MAX(CreatedDate) newest FROM Lead GROUP BY Company ORDER BY Company")
    assert [(row["expr0"], row["newest"][:4]) for row in rows] == [(2, "2024"), (2, "2020")]
    twice = "SELECT Email FROM Lead WHERE Email != null GROUP BY Email HAVING COUNT(Id) > 1"
    assert [row["Email"].lower() for row in api.records(twice)] == ["zoe@acme.io"]
    assert api.query(twice)["records"][0]["attributes"] == {"type": "AggregateResult"}


def test_records_have_attributes(api: Api, lead: str) -> None:
    answer = api.query("SELECT Id FROM Lead")
    attributes = {"type": "Lead", "url": f"/services/data/v67.0/sobjects/Lead/{lead}"}
    assert answer == {"totalSize": 1, "done": True, "records": [{"attributes": attributes, "Id": lead}]}


def test_parents_are_nested(api: Api, campaign: str, lead: str) -> None:
    api.org.insert("CampaignMember", [{"CampaignId": campaign, "LeadId": lead}])
    row = api.query("SELECT Lead.Email, Contact.Email, Campaign.Owner.Name FROM CampaignMember")["records"][0]
    assert row["Lead"]["Email"] == "Jane@Acme.io"
    assert row["Lead"]["attributes"]["type"] == "Lead"
    assert row["Contact"] is None
    assert row["Campaign"]["Owner"]["Name"] == "Sand Box"


def test_a_parent_used_only_in_a_condition_is_not_in_the_result(api: Api, campaign: str, lead: str) -> None:
    api.org.insert("CampaignMember", [{"CampaignId": campaign, "LeadId": lead}])
    found = api.records("SELECT Status FROM CampaignMember WHERE Campaign.Name = 'webinar' ORDER BY Lead.Name")
    assert found == [{"Status": "Sent"}]


def test_child_queries(api: Api, campaign: str, lead: str) -> None:
    empty = api.org.insert("Campaign", [{"Name": "Empty"}])[0]
    api.org.insert("CampaignMember", [{"CampaignId": campaign, "LeadId": lead}])
    rows = api.query("SELECT Id, (SELECT Lead.Name FROM CampaignMembers) FROM Campaign ORDER BY Id")["records"]
    assert rows[0]["CampaignMembers"]["totalSize"] == 1
    assert rows[0]["CampaignMembers"]["records"][0]["Lead"]["Name"] == "Jane Doe"
    assert (rows[1]["Id"], rows[1]["CampaignMembers"]) == (empty, None)


def test_semi_joins_and_anti_joins(api: Api, campaign: str, lead: str) -> None:
    other = api.org.insert("Lead", [{"LastName": "Other", "Company": "B"}])[0]
    api.org.insert("CampaignMember", [{"CampaignId": campaign, "LeadId": lead}])
    inside = "SELECT LeadId FROM CampaignMember WHERE Campaign.Name = 'Webinar'"
    assert api.records(f"SELECT Id FROM Lead WHERE Id IN ({inside})") == [{"Id": lead}]
    assert api.records(f"SELECT Id FROM Lead WHERE Id NOT IN ({inside})") == [{"Id": other}]


def test_ids_of_both_lengths(api: Api, lead: str) -> None:
    assert api.records(f"SELECT Id FROM Lead WHERE Id = '{lead[:15]}'") == [{"Id": lead}]
    assert api.records(f"SELECT Id FROM Lead WHERE Id IN ('{lead.lower()}')") == [{"Id": lead}]


def test_a_compound_address_is_an_object(api: Api, org: Org) -> None:
    org.insert("Lead", [{"LastName": "A", "Company": "B", "City": "Nice", "Country": "France"}])
    address = api.records("SELECT Address FROM Lead")[0]["Address"]
    assert (address["city"], address["country"], address["street"]) == ("Nice", "France", None)


def test_includes_and_excludes(api: Api, org: Org) -> None:
    org.add_field("Lead", "Topics__c", type="multipicklist", values=["A", "B", "C"])
    org.insert(
        "Lead",
        [
            {"LastName": "One", "Company": "x", "Topics__c": "A;B"},
            {"LastName": "Two", "Company": "x", "Topics__c": "C"},
        ],
    )
    assert names(api, "Topics__c INCLUDES ('a;b', 'x')") == ["One"]
    assert names(api, "Topics__c EXCLUDES ('A')") == ["Two"]


def test_query_all_includes_deleted_records(api: Api, people: None) -> None:
    answer = api.get("/queryAll", params={"q": "SELECT LastName FROM Lead WHERE IsDeleted = true"}).json()
    assert [row["LastName"] for row in answer["records"]] == ["Gone"]
    assert api.query("SELECT COUNT() FROM Lead WHERE IsDeleted = true")["totalSize"] == 0


@pytest.fixture
def many(org: Org) -> None:
    org.insert("Lead", [{"LastName": f"L{number:04}", "Company": "B"} for number in range(4500)])


def test_pages_have_2000_records(api: Api, many: None) -> None:
    answer = api.query("SELECT LastName FROM Lead ORDER BY LastName")
    seen = []
    while True:
        seen += [row["LastName"] for row in answer["records"]]
        assert answer["totalSize"] == 4500
        if answer["done"]:
            break
        answer = api.get(answer["nextRecordsUrl"]).json()
    assert "nextRecordsUrl" not in answer
    assert seen == [f"L{number:04}" for number in range(4500)]


@pytest.mark.parametrize(("wanted", "got"), [("500", 500), ("50", 200), ("9000", 2000)])
def test_the_page_size_can_be_requested(api: Api, many: None, wanted: str, got: int) -> None:
    answer = api.query("SELECT Id FROM Lead", headers={"Sforce-Query-Options": f"batchSize={wanted}"})
    assert len(answer["records"]) == got


def test_an_unknown_cursor_is_rejected(api: Api) -> None:
    answer = api.get("/query/01g5j0000000009AAA-2000")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


def test_a_long_list_of_values(api: Api, people: None) -> None:
    numbers = ",".join(str(number) for number in range(5_500))
    query = f"SELECT LastName FROM Lead WHERE NumberOfEmployees IN ({numbers})"
    body = {"method": "GET", "url": f"/services/data/v67.0/query?q={query}", "referenceId": "q"}
    answer = api.post("/composite", {"compositeRequest": [body]}).json()["compositeResponse"][0]["body"]
    assert [row["LastName"] for row in answer["records"]] == ["O'Neil", "100%_sure"]


def test_too_many_conditions_are_too_complicated(api: Api) -> None:
    condition = " OR ".join(["City='a'"] * 2_000)
    body = {
        "method": "GET",
        "url": f"/services/data/v67.0/query?q=SELECT Id FROM Lead WHERE {condition}",
        "referenceId": "q",
    }
    answer = api.post("/composite", {"compositeRequest": [body]}).json()["compositeResponse"][0]
    assert (answer["httpStatusCode"], answer["body"][0]["errorCode"]) == (400, "QUERY_TOO_COMPLICATED")
