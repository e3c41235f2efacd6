"""The client with the sandbox's org: stored records and call counts."""

from __future__ import annotations

import pytest

from livestorm_salesforce.clients.salesforce import Create, Delete, Query, Update, Upsert, soql
from livestorm_salesforce.errors import ConfigError
from service_sandbox.salesforce.org.policies import AssignmentRule


def leads(number: int, start: int = 0) -> list[dict]:
    return [
        {"LastName": f"Doe {row}", "Company": 'Acme, "Ltd"\nParis', "Email": f"p{row}@example.test"}
        for row in range(start, start + number)
    ]


def test_records_are_read_as_they_were_written(sandbox):
    client = sandbox.client()
    (results,) = client.execute([Create("Lead", leads(3))])
    assert [(row.success, row.created) for row in results] == [(True, True)] * 3
    where = [soql.in_list("Email", ["p0@example.test", "P2@EXAMPLE.TEST"])]
    rows = client.query(Query("Lead", ["Id", "Email", "Company"], where))
    assert rows == [
        {"Id": results[row].id, "Email": f"p{row}@example.test", "Company": leads(1)[0]["Company"]} for row in (0, 2)
    ]


def test_the_tasks_of_a_run_share_one_login(sandbox):
    sandbox.client().find_object("Lead")
    second = sandbox.client()
    second.find_object("Contact")
    assert sandbox.calls.count("token") == 1
    assert second.calls == 1


def test_after_an_expired_token_one_login_and_one_retry_follow(sandbox):
    client = sandbox.client()
    client.find_object("Lead")
    sandbox.service.auth.expire_all()
    (results,) = client.execute([Create("Lead", leads(1))])
    assert results[0].success and len(sandbox.org.rows("Lead")) == 1
    assert sandbox.calls == ["token", "describe", "collections.create", "token", "collections.create"]


def test_a_thousand_new_rows_cost_one_call(sandbox):
    client = sandbox.client()
    client.find_object("Lead")
    before = client.calls
    (results,) = client.execute([Create("Lead", leads(1000))])
    assert all(row.success for row in results) and len({row.id for row in results}) == 1000
    assert client.calls - before == 1


def test_five_queries_and_collections_share_a_call_and_keep_their_order(sandbox):
    client = sandbox.client()
    client.execute([Create("Lead", leads(2)), Create("Contact", [{"LastName": "Roe", "Email": "c@example.test"}])])
    before = client.calls
    by_mail = Query("Lead", ["Id"], [soql.in_list("Email", ["p0@example.test"])])
    read, made, again = client.execute([by_mail, Create("Lead", leads(1)), by_mail])
    assert (len(read), len(again)) == (1, 2) and made[0].success
    assert client.calls - before == 1


def test_a_long_result_is_read_page_by_page(sandbox):
    sandbox.org.insert("Lead", leads(4100))
    client = sandbox.client()
    rows = client.query(Query("Lead", ["Id", "Email"]))
    assert len({row["Id"] for row in rows}) == 4100
    assert sandbox.calls.count("query") + sandbox.calls.count("query.more") == 3 or client.calls == 4


def test_parents_are_returned_without_attributes(sandbox):
    client = sandbox.client()
    campaign = client.execute([Create("Campaign", [{"Name": "Tour"}])])[0][0].id
    lead = client.execute([Create("Lead", leads(1))])[0][0].id
    client.execute([Create("CampaignMember", [{"CampaignId": campaign, "LeadId": lead, "Status": "Sent"}])])
    (row,) = client.query(Query("CampaignMember", ["Status", "Lead.Email", "Contact.Email"]))
    assert row == {"Status": "Sent", "Lead": {"Email": "p0@example.test"}, "Contact": None}


def test_rejected_rows_are_results_and_the_others_are_written(sandbox):
    client = sandbox.client()
    records = [
        *leads(2),
        {"LastName": "x" * 81, "Company": "y", "Email": "a@example.test"},
        {"Email": "b@example.test"},
    ]
    (results,) = client.execute([Create("Lead", records)])
    assert [row.success for row in results] == [True, True, False, False]
    assert results[2].code == "STRING_TOO_LONG" and results[2].fields == ("LastName",)
    assert results[3].code == "REQUIRED_FIELD_MISSING" and set(results[3].fields) == {"LastName", "Company"}
    assert "x" * 81 not in repr(results[2])


def test_updates_by_id_and_upserts_by_external_id(sandbox):
    sandbox.org.add_field(
        "Campaign", "Livestorm_Session_Id__c", type="string", length=50, external_id=True, unique=True
    )
    client = sandbox.client()
    upsert = Upsert("Campaign", "Livestorm_Session_Id__c", [{"Name": "A", "Livestorm_Session_Id__c": "s1"}])
    first, second = (client.execute([upsert])[0][0] for _ in range(2))
    assert (first.created, second.created) == (True, False) and first.id == second.id
    client.execute([Update("Campaign", [{"Id": first.id, "Name": "B", "Description": None}])])
    (row,) = sandbox.org.rows("Campaign")
    assert row["Name"] == "B"
    (results,) = client.execute([Delete([first.id])])
    assert results[0].success and not sandbox.org.rows("Campaign")


def test_large_writes_use_bulk_jobs_and_every_row_has_its_result(sandbox):
    client = sandbox.client()
    records = leads(2500)
    records[7] = {"LastName": "No company", "Email": "x@example.test"}
    records[8] = {**records[8], "Email": "not an address"}
    results = client.write(Create("Lead", records), match_on=["Email"])
    assert [row for row, result in enumerate(results) if not result.success] == [7, 8]
    assert (results[7].code, results[8].code) == ("REQUIRED_FIELD_MISSING", "INVALID_EMAIL_ADDRESS")
    by_id = {row["Id"]: row["LastName"] for row in sandbox.org.rows("Lead")}
    assert all(by_id[result.id] == records[row]["LastName"] for row, result in enumerate(results) if result.success)
    assert all(result.created for result in results if result.success)


def test_a_bulk_update_does_not_read_the_list_of_successes(sandbox):
    ids = sandbox.org.insert("Lead", leads(2100))
    client = sandbox.client()
    results = client.write(Update("Lead", [{"Id": one, "Title": "CTO"} for one in ids]))
    assert [row.id for row in results] == ids and all(row.success and not row.created for row in results)
    assert {row["Title"] for row in sandbox.org.rows("Lead")} == {"CTO"}
    assert "bulk.results" not in sandbox.calls


def test_campaign_members_are_written_in_jobs_of_one_batch(sandbox, monkeypatch):
    monkeypatch.setattr("livestorm_salesforce.clients.salesforce.bulk_ingest.BATCH_ROWS", 1500)
    client = sandbox.client()
    campaign = client.execute([Create("Campaign", [{"Name": "Tour"}])])[0][0].id
    people = sandbox.org.insert("Lead", leads(2400))
    members = [{"CampaignId": campaign, "LeadId": person, "Status": "Sent"} for person in people]
    results = client.write(Create("CampaignMember", members), match_on=["CampaignId", "LeadId", "ContactId"])
    assert all(result.success for result in results) and len(sandbox.org.rows("CampaignMember")) == 2400
    assert sandbox.calls.count("bulk.create") == 2


def test_locked_rows_are_retried_alone(sandbox):
    client = sandbox.client()
    sandbox.org.reject_next_writes(2)
    (results,) = client.execute([Create("Lead", leads(5))])
    assert all(result.success for result in results) and len(sandbox.org.rows("Lead")) == 5
    assert sandbox.calls.count("collections.create") == 2 and sandbox.sleeps == [1.0]


def test_a_query_after_locked_rows_reads_what_their_repetition_wrote(sandbox):
    client = sandbox.client()
    sandbox.org.reject_next_writes(2)
    results, found = client.execute([Create("Lead", leads(5)), Query("Lead", ["Id"], [])])
    assert {row["Id"] for row in found} == {result.id for result in results} and len(found) == 5


def test_a_permanent_lock_is_a_rejection_after_limited_retries(sandbox):
    client = sandbox.client()
    sandbox.org.reject_next_writes(1000)
    reported: dict = {}
    (results,) = client.execute([Create("Lead", leads(2))], on_rows=lambda number, rows: reported.update(rows))
    assert [result.code for result in results] == ["UNABLE_TO_LOCK_ROW"] * 2
    assert reported == dict(enumerate(results))


def test_an_unknown_field_or_object_is_a_config_error_that_names_it_and_no_value(sandbox):
    client = sandbox.client()
    where = [soql.in_list("Email", ["canary@example.test"])]
    for query in [Query("Lead", ["Nope__c"], where), Query("Nope__c", ["Id"], where)]:
        with pytest.raises(ConfigError, match="'Nope__c'") as caught:
            client.query(query)
        assert "canary" not in str(caught.value)
    with pytest.raises(ConfigError):
        client.describe_all(["Nope__c"])


def test_every_write_carries_the_assignment_and_duplicate_rule_headers(sandbox):
    queue = sandbox.org.users.add_queue("Rule's queue")
    sandbox.org.policies.assignment = AssignmentRule(queue)
    for start, auto_assign in ((0, False), (10, True)):
        client = sandbox.client(auto_assign=auto_assign)
        client.execute([Create("Lead", leads(1, start)), Create("Lead", leads(1, start + 1))])
        client.execute([Create("Lead", leads(1, start + 2))])
        owners = {row["OwnerId"] == queue for row in sandbox.org.rows("Lead")[-3:]}
        assert owners == {auto_assign}
