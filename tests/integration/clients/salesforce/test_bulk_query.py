"""Bulk queries: pages by locator, and jobs that do not end well."""

from __future__ import annotations

import pytest

from livestorm_salesforce.errors import ContractError, TransientError
from tests.integration.clients.salesforce.bulk_server import JOB
from tests.integration.clients.salesforce.canary import assert_no_canary
from tests.integration.clients.scripted import Answer


def page(rows: str, locator: str, number: int) -> Answer:
    headers = {"Sforce-Locator": locator, "Sforce-NumberOfRecords": str(number), "Content-Type": "text/csv"}
    return Answer(f'"Id","Lead.Email"\n{rows}'.encode(), headers=headers)


def query_server(pages: dict[str | None, Answer], state: str = "JobComplete", message: str = ""):
    def respond(asked):
        if asked.path.endswith("/results"):
            return pages[asked.query.get("locator")]
        return Answer({"id": JOB.format(0), "state": state, "errorMessage": message})

    return respond


def test_a_bulk_query_reads_page_after_page_until_the_locator_says_null(salesforce):
    pages = {None: page('"1","a@x"\n"2",""\n', "MTIz", 2), "MTIz": page('"3","c@x"\n', "null", 1)}
    client, _, _ = salesforce(query_server(pages))
    assert list(client.bulk_query("SELECT Id, Lead.Email FROM CampaignMember")) == [
        {"Id": "1", "Lead": {"Email": "a@x"}},
        {"Id": "2", "Lead": None},
        {"Id": "3", "Lead": {"Email": "c@x"}},
    ]


def test_a_bulk_query_that_sends_fewer_records_than_it_told_is_transient(salesforce):
    client, _, _ = salesforce(query_server({None: page('"1","a@x"\n', "null", 2)}))
    with pytest.raises(TransientError, match="told 2 records and sent 1"):
        list(client.bulk_query("SELECT Id FROM Lead"))


@pytest.mark.parametrize(("state", "error"), [("Failed", ContractError), ("Aborted", TransientError)])
def test_a_bulk_query_that_does_not_end_well_is_an_error(salesforce, state, error):
    client, _, _ = salesforce(query_server({}, state, "canary"))
    with pytest.raises(error) as caught:
        list(client.bulk_query("SELECT Id FROM Lead"))
    assert_no_canary(caught.value)
