"""Sent and stored statuses are compared: which are refused, which are read back, which were replaced."""

from __future__ import annotations

import pandas as pd
import pytest

from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.plan.stored_statuses import (
    campaigns_to_configure,
    missing_statuses,
    statuses_to_verify,
    with_replaced,
    without_existing,
)

REGISTERED = "Registered"


def text_frame(rows: list[dict[str, object]], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns, dtype="str")


def plan(statuses: dict[int, str], *, linked: bool = False) -> Plan:
    """Members of the Campaign s1 with these statuses."""
    fields = pd.DataFrame({"change_id": list(statuses), "field": "Status", "before": None, "after": statuses.values()})
    campaigns = pd.DataFrame({"campaign_ref": ["s1"], "linked": [linked]})
    empty = pd.DataFrame()
    return Plan(empty, fields, empty, campaigns, empty, empty)


def members(*change_ids: int) -> pd.DataFrame:
    return pd.DataFrame({"change_id": change_ids, "campaign_ref": "s1", "campaign_id": "701", "record_id": None})


def offered(*labels: str, default: str = REGISTERED) -> pd.DataFrame:
    rows = [{"campaign_ref": "s1", "Label": label, "IsDefault": str(label == default).lower()} for label in labels]
    return text_frame(rows, ["campaign_ref", "Label", "IsDefault"])


def results(*change_ids: int, outcome: str = "done") -> pd.DataFrame:
    rows = {"change_id": change_ids, "outcome": outcome, "code": None, "message": None}
    ids = [f"00vM0000000000{change}QAA"[:18] for change in change_ids]
    return pd.DataFrame(rows | {"record_id": ids}).astype({"outcome": "str", "code": "str", "message": "str"})


def test_a_status_that_the_campaign_does_not_offer_is_refused_before_it_is_sent() -> None:
    rows = missing_statuses(plan({1: "registered", 2: "Attended"}), members(1, 2), offered(REGISTERED))
    assert rows.to_dict("records") == [
        {
            "change_id": 2,
            "outcome": "refused",
            "code": "STATUS_MISSING",
            "message": "the Campaign does not offer the status 'Attended'",
            "fields": "Status",
        }
    ]


def test_members_of_campaigns_whose_statuses_were_not_read_back_are_sent() -> None:
    assert missing_statuses(plan({1: "Attended"}), members(1), offered()).empty


def stored_members(ids: pd.Series, status: str) -> pd.DataFrame:
    return pd.DataFrame({"Id": ids, "CampaignId": "701000000000001AAA", "Status": status})


def campaign_statuses(default: str, *others: str) -> pd.DataFrame:
    labels = [default, *others]
    return pd.DataFrame({
        "CampaignId": "701000000000001AAA", "Label": labels, "IsDefault": [label == default for label in labels],
    })  # fmt: skip


def test_only_other_statuses_than_the_default_are_verified() -> None:
    sent = statuses_to_verify(
        plan({1: REGISTERED, 2: "Attended"}), members(1, 2), results(1, 2), offered(REGISTERED), REGISTERED
    )
    assert sent.of_campaign["change_id"].tolist() == [2]
    assert sent.of_member.empty


def test_all_statuses_are_verified_where_another_status_is_the_default() -> None:
    statuses = {1: REGISTERED, 2: "Attended"}
    other = statuses_to_verify(
        plan(statuses), members(1, 2), results(1, 2), offered("Sent", default="Sent"), REGISTERED
    )
    linked = statuses_to_verify(plan(statuses, linked=True), members(1, 2), results(1, 2), offered(), REGISTERED)
    for sent in (other, linked):
        assert sent.of_campaign.empty
        assert sent.of_member["change_id"].tolist() == [1, 2]


def test_refused_members_are_not_verified() -> None:
    sent = statuses_to_verify(plan({1: "Attended"}), members(1), results(1, outcome="refused"), offered(), REGISTERED)
    assert sent.change_ids.empty


def test_a_member_with_a_replaced_status_is_refused() -> None:
    rows = results(1, 2)
    sent = statuses_to_verify(plan({1: "Attended", 2: "Attended"}), members(1, 2), rows, offered(), REGISTERED)
    stored = stored_members(rows["record_id"].iloc[1:], REGISTERED)
    replaced = with_replaced(rows, sent, stored, campaign_statuses(REGISTERED, "Attended - MQL"))
    assert replaced["outcome"].tolist() == ["done", "refused"]
    assert replaced["code"].tolist()[1] == "STATUS_REPLACED"


@pytest.mark.parametrize(
    ("status", "outcome", "code"),
    [("attended - mql", "done", "STATUS_CHANGED"), ("Not offered", "refused", "STATUS_REPLACED")],
)
def test_a_status_of_the_campaign_that_a_flow_set_is_accepted(status: str, outcome: str, code: str) -> None:
    rows = results(1)
    sent = statuses_to_verify(plan({1: "Attended"}), members(1), rows, offered(), REGISTERED)
    stored = stored_members(rows["record_id"], status)
    changed = with_replaced(rows, sent, stored, campaign_statuses(REGISTERED, "Attended - MQL"))
    assert (changed["outcome"].tolist(), changed["code"].tolist()) == ([outcome], [code])


def test_statuses_of_a_campaign_that_was_refused_are_not_sent() -> None:
    changes = pd.DataFrame({"object": "CampaignMemberStatus", "campaign_ref": ["new", "refused", "new"]})
    planned = Plan(changes, *(pd.DataFrame() for _ in range(5)))
    links = pd.DataFrame({"campaign_ref": ["new", "refused", "other"], "campaign_id": ["701A", None, "701B"]})
    assert campaigns_to_configure(planned, links)["campaign_id"].tolist() == ["701A"]


def test_a_refused_creation_of_a_status_that_exists_is_no_refusal() -> None:
    columns = ["campaign_id", "source_key", "action", "outcome"]
    rows = text_frame(
        [
            {"campaign_id": "701", "source_key": "Attended", "action": "create", "outcome": "refused"},
            {"campaign_id": "701", "source_key": "Other", "action": "create", "outcome": "refused"},
            {"campaign_id": "701", "source_key": "Attended", "action": "update", "outcome": "refused"},
        ],
        columns,
    )
    stored = text_frame([{"CampaignId": "701", "Label": "ATTENDED"}], ["CampaignId", "Label"])
    assert without_existing(rows, stored)[["source_key", "action"]].to_numpy().tolist() == [
        ["Other", "create"],
        ["Attended", "update"],
    ]
