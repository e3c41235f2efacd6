"""The approval task asks only if the form requests it, and a rejected plan is reported as a preview."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, BaseOperator
from airflow.sdk.exceptions import DownstreamTasksSkipped

from livestorm_salesforce.errors import ConfigError, StalePlan
from livestorm_salesforce.orchestration import notifications, notifier, plan_approval, task_context
from livestorm_salesforce.orchestration.plan_approval import PlanApproval
from livestorm_salesforce.state import approvals
from tests.harness.webinar import Webinar

WHO = {"id": "who@company.example", "name": "Who Approves"}


class Ti:
    """A task instance with the XComs of its run by task and key."""

    dag_id, map_index, try_number = "livestorm_to_salesforce", -1, 1

    def __init__(self, task_id: str, xcoms: dict[tuple[str, str], Any]) -> None:
        self.task_id, self.xcoms = task_id, xcoms

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[self.task_id, key] = value

    def xcom_pull(self, task_ids: str, key: str = "return_value") -> Any:
        return self.xcoms.get((task_ids, key))


def context(params: dict[str, Any], xcoms: dict[tuple[str, str], Any] | None = None, task: Any = None) -> Any:
    ti = Ti("approve" if task else "report", {} if xcoms is None else xcoms)
    dag = SimpleNamespace(params=["mode", "approve"])
    return {"ti": ti, "dag_run": SimpleNamespace(run_type="scheduled"), "run_id": "r", "params": params, "task": task,
            "dag": dag}  # fmt: skip


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Bodies of the questions passed to Airflow."""
    bodies: list[str] = []
    monkeypatch.setattr(ApprovalOperator, "execute", lambda task, context: bodies.append(task.body))
    return bodies


@pytest.mark.parametrize(
    ("params", "times"),
    [({}, 0), ({"approve": "never"}, 0), ({"approve": "accept"}, 0), ({"approve": "ask"}, 1),
     ({"approve": "ask", "mode": "preview"}, 0)],
)  # fmt: skip
def test_a_person_is_asked_only_if_the_form_requests_it(
    webinar: Webinar, asked: list[str], params: dict[str, Any], times: int
) -> None:
    webinar.register("ada")
    for task, do in webinar.world.tasks("r", params, manual=False):
        do(1)
        if task == "plan":
            break
    PlanApproval(task_id="approve").execute(context(params))
    assert len(asked) == times
    assert all("/livestorm_to_salesforce/r/changes" in body for body in asked)


def test_the_question_contains_numbers_limits_and_fields(webinar: Webinar, asked: list[str], tmp_path: Path) -> None:
    world = webinar.world
    world.org.insert("Contact", [{"LastName": "Adason", "Email": "ada@acme.example", "Title": "Intern"}])
    webinar.register("ada")
    webinar.register("bob")
    mapping = tmp_path / "limits.yaml"
    mapping.write_text("limits: {creates: 0}\n")
    with patch.dict(os.environ, LIVESTORM_SALESFORCE_MAPPING=str(mapping)):
        plan_of(webinar, "r")
        task = PlanApproval(task_id="approve")
        task.execute(context({"approve": "ask"}))
    (body,) = asked
    assert "new and 1 changed records" in task.subject and "Scheduled runs wait" in task.subject
    assert "| Lead | 1 | 0 |" in body and "| Contact | 0 | 1 |" in body
    assert "limits.creates allows 0" in body
    assert "| Contact | Title | 1 |" in body
    assert "acme.example" not in body and "Adason" not in body


def plan_of(webinar: Webinar, run_id: str) -> None:
    for task, do in webinar.world.tasks(run_id, {"approve": "ask"}, manual=False):
        do(1)
        if task == "plan":
            break


def test_a_run_does_not_ask_about_another_plan_than_it_showed(webinar: Webinar, asked: list[str]) -> None:
    webinar.register("ada")
    plan_of(webinar, "r")
    ask = PlanApproval(task_id="approve")
    ask.execute(context({"approve": "ask"}))
    plan_of(webinar, "r")
    ask.execute(context({"approve": "ask"}))
    assert asked[0] == asked[1]
    webinar.register("bob")
    plan_of(webinar, "r")
    with pytest.raises(StalePlan, match="plan has changed since"):
        ask.execute(context({"approve": "ask"}))


@pytest.mark.parametrize(("option", "user"), [("Approve", "Who Approves"), ("Reject", None)])
def test_the_plan_the_user_and_the_time_are_recorded(
    webinar: Webinar, asked: list[str], approval: PlanApproval, option: str, user: str | None
) -> None:
    webinar.register("ada")
    plan_of(webinar, "r")
    approval.execute(context({"approve": "ask"}, task=approval))
    answered(approval, option, {"id": "who", "name": user} if user else None)
    (decision,) = approvals.decisions_of(webinar.world.state, "livestorm_to_salesforce", "r")
    assert (decision.decision, decision.decided_by) == (option, user)
    assert decision.plan_hash and f"Plan `{decision.plan_hash}`" in asked[0]
    assert abs(decision.at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_waiting_approval_is_notified_at_once(
    webinar: Webinar, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    monkeypatch.setenv(notifier.CLASS, "airflow.sdk.BaseNotifier")
    monkeypatch.setattr(notifications, "send", lambda context, notification: sent.append(notification))
    webinar.register("ada")
    plan_of(webinar, "r")
    there = context({"approve": "ask"})
    there["dag_run"].dag_id, there["dag_run"].run_id = "livestorm_to_salesforce", "r"
    PlanApproval(task_id="approve").execute(there)
    (one,) = sent
    assert one["event"] == "approval" and "new and 0 changed records" in one["subject"]


def test_an_undeclared_param_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"'Mode'.*mode, approve"):
        task_context.task_run(context({"Mode": "preview"}))


def test_an_unanswered_approval_ends_as_a_rejection() -> None:
    task = PlanApproval(task_id="approve")
    assert task.response_timeout == plan_approval.APPROVAL_TIMEOUT
    assert task.defaults == ["Reject"]


@pytest.fixture
def approval() -> PlanApproval:
    """The approval task in a DAG, with a downstream task that a rejection skips."""
    with DAG("d", schedule=None):
        made = PlanApproval(task_id="approve")
        made >> BaseOperator(task_id="load_campaigns")
    return made


def answered(approval: PlanApproval, option: str, who: dict[str, str] | None = WHO) -> dict[tuple[str, str], Any]:
    """XComs of the task after a person or the timeout has chosen an option."""
    xcoms: dict[tuple[str, str], Any] = {}
    event = {"chosen_options": [option], "params_input": {}, "responded_at": datetime.now(UTC),
             "responded_by_user": who}  # fmt: skip
    there = context({"approve": "ask"}, xcoms, approval)
    try:
        returned = approval.execute_complete(there, event)
    except DownstreamTasksSkipped:
        return xcoms  # Airflow pushes no return value then
    there["ti"].xcom_push("return_value", returned)
    return xcoms


@pytest.mark.parametrize(("option", "writes"), [("Approve", True), ("Reject", False)])
def test_a_rejected_plan_is_reported_as_a_preview(
    webinar: Webinar, approval: PlanApproval, option: str, writes: bool
) -> None:
    webinar.world.task("r", "").mark_started()
    xcoms = answered(approval, option)
    run = plan_approval.report_task_run(context({"approve": "ask"}, xcoms), "approve")
    assert run.writes is writes
    assert not [word for word in WHO.values() if word in str(xcoms)], "who answered is in XCom"


def test_a_run_without_approval_is_reported_as_a_writing_run() -> None:
    assert plan_approval.report_task_run(context({}), "approve").writes
