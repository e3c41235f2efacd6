"""Deployments that are refused, interrupted or late: all or nothing, and never more than was approved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from livestorm_salesforce.errors import ConfigError, OutcomeUnknown, StalePlan, TransientError
from livestorm_salesforce.tasks.deployment import deploy as deployment
from livestorm_salesforce.tasks.deployment.plan import DeploymentPlan
from tests.integration.pipeline.bare_org import (
    ALL,
    KEYS,
    REPLAY,
    SESSION,
    bare_org,
    custom_fields,
    deployments,
    document,
    lines,
    run_all,
    task,
)
from tests.integration.safety import permissions_page


@pytest.mark.parametrize(
    ("org", "reason", "remedy"),
    [
        ({"deployments": {"custom_fields": 0}}, "maximum number of custom fields", "delete custom fields"),
        (
            {"deployments": {"deleted_fields": {"Lead": ["Livestorm_Key__c"]}}},
            "Lead.Livestorm_Key__c: There is already a field named", "erase the deleted field",
        ),
    ],
)  # fmt: skip
def test_a_refused_component_stops_the_run_before_the_question(
    tmp_path: Path, org: dict[str, Any], reason: str, remedy: str
) -> None:
    with bare_org(tmp_path, **org) as made:
        with pytest.raises(ConfigError, match=reason) as raised:
            deployment.compare(task(made))
        assert remedy in raised.value.remedy and "nothing was deployed" in str(raised.value)
        assert custom_fields(made) == set()


def test_the_error_for_a_user_who_may_not_deploy_names_the_right(tmp_path: Path) -> None:
    with bare_org(tmp_path, user=permissions_page.rights()) as made:
        with pytest.raises(ConfigError) as raised:
            deployment.compare(task(made, {"deploy": True}))
        assert "Modify Metadata Through Metadata API Functions" in raised.value.remedy


def test_a_connection_to_another_org_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with bare_org(tmp_path) as made:
        monkeypatch.setattr(
            "livestorm_salesforce.clients.salesforce.client.SalesforceClient.org_id",
            lambda client: f"00D0000000000{id(client) % 97:02d}",
        )
        with pytest.raises(ConfigError, match="leads to the org"):
            deployment.compare(task(made))
        assert deployments(made) == 0


@pytest.mark.parametrize("is_started", [False, True])
def test_nothing_is_deployed_to_another_org_than_the_approved_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_started: bool
) -> None:
    """Both connections were edited after the approval, or before a retry."""
    with bare_org(tmp_path) as made:
        run = task(made)
        deployment.compare(run)
        if is_started:
            deployment._save(run, {**document(made), "deployment_id": "0Af000000000001AAA"})
        before = deployments(made)
        users = made.org.users
        users.organization_id = f"00D{'9' * 12}{users.organization_id[15:]}"
        made.sandbox.salesforce_api.auth.expire_all()
        with pytest.raises(StalePlan, match=r"another org|was approved for"):
            deployment.deploy(task(made))
        assert deployments(made) == before and custom_fields(made) == set()


def test_a_busy_queue_is_waited_for_with_a_limit_and_resumed(tmp_path: Path) -> None:
    with bare_org(tmp_path) as made:
        run = task(made)
        deployment.compare(run)
        made.org.deployments["queue_seconds"] = 10_000
        with pytest.raises(TransientError, match=r"has not ended after 30 minutes \(state Pending\)"):
            deployment.compare(task(made, run_id="other"))
        asked = deployments(made)
        made.org.deployments["queue_seconds"] = 0
        assert deployment.deploy(run)["fields"] == 4
        assert deployments(made) == asked + 2


def test_a_started_deployment_is_waited_for_by_the_next_attempt(tmp_path: Path) -> None:
    with bare_org(tmp_path) as made:
        run = task(made)
        deployment.compare(run)
        later = list(range(2, 22))
        made.sandbox.faults.add("error", service="salesforce", call_type="metadata.status", nth=later, status=503)
        with pytest.raises(TransientError):
            deployment.deploy(run)
        assert "deployment_id" in document(made)
        made.sandbox.faults.clear()
        before = deployments(made)
        assert deployment.deploy(run)["fields"] == 0, "the first attempt's deployment did it"
        assert custom_fields(made) == set(ALL) and deployments(made) == before + 1, "one more dry run"


def test_a_lost_answer_is_not_repeated_blindly(tmp_path: Path) -> None:
    with bare_org(tmp_path) as made:
        run = task(made)
        deployment.compare(run)
        made.sandbox.faults.add("cut_after", service="salesforce", call_type="metadata.deploy", nth=2)
        with pytest.raises(OutcomeUnknown):
            deployment.deploy(run)
        made.sandbox.faults.clear()
        assert deployment.deploy(run)["fields"] == 4
        assert custom_fields(made) == set(ALL)


def test_less_than_approved_is_deployed_never_more(tmp_path: Path) -> None:
    approved = DeploymentPlan("00D", "c", fields=(SESSION, REPLAY), permission_set=True, left_out=KEYS)
    now = DeploymentPlan("00D", "c", fields=(REPLAY, *KEYS), permission_set=True, assign=True)
    assert now.limited_to(approved) == DeploymentPlan("00D", "c", fields=(REPLAY,), permission_set=True)
    assert DeploymentPlan.from_document(approved.document()) == approved


def test_no_secret_and_no_person_is_stored(tmp_path: Path) -> None:
    with bare_org(tmp_path) as made:
        run_all(made, assign=True)
        text = str(lines(made)) + str(document(made))
        for secret in ("admin-secret", made.sandbox.consumer_secret, made.sandbox.livestorm_token):
            assert secret not in text
