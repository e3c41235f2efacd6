"""Logs contain neither personal data nor secrets, at any level."""

from __future__ import annotations

import pytest

from livestorm_salesforce.clients.salesforce import Create, Query, Update, soql
from livestorm_salesforce.errors import OutcomeUnknown
from tests.integration.clients.salesforce.conftest import SECRET, TOKEN
from tests.integration.clients.scripted import Answer, in_turn

ROWS = Answer([{"id": "00Q", "success": True, "errors": []}])
LEAD = {"LastName": "canary", "Email": "canary@example.test"}


def test_logs_of_reads_and_writes_contain_no_secret(salesforce, logged):
    client, _, _ = salesforce(in_turn(ROWS, ROWS, Answer({"compositeResponse": []}), Answer({}, 500)))
    find = Query("Lead", ["Id"], [soql.in_list("Email", [LEAD["Email"]])])
    client.execute([Create("Lead", [LEAD])])
    client.execute([Update("Lead", [{"Id": "00Q", **LEAD}])])
    for requests in ([find, Create("Lead", [LEAD])], [Create("Lead", [LEAD])]):
        with pytest.raises(OutcomeUnknown):
            client.execute(requests)
    logged("canary", SECRET, TOKEN.body["access_token"])
