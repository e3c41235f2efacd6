"""The approval task asks only if the form requests it, and a rejected plan is reported as a preview."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, BaseOperator
from airflow.sdk.exceptions import DownstreamTasksSkipped

from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.orchestration import plan_approval, task_context
from livestorm_salesforce.orchestration.plan_approval import PlanApproval
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


def answered(approval: PlanApproval, option: str) -> dict[tuple[str, str], Any]:
    """XComs of the task after a person or the timeout has chosen an option."""
    xcoms: dict[tuple[str, str], Any] = {}
    event = {"chosen_options": [option], "params_input": {}, "responded_at": datetime.now(UTC),
             "responded_by_user": WHO}  # fmt: skip
    there = context({"approve": "ask"}, xcoms, approval)
    try:
        returned = approval.execute_complete(there, event)
    except DownstreamTasksSkipped:
        return xcoms  # Airflow pushes no return value then
    there["ti"].xcom_push("return_value", returned)
    return xcoms


@pytest.mark.parametrize(("option", "writes"), [("Approve", True), ("Reject", False)])
def test_a_rejected_plan_is_reported_as_a_preview(approval: PlanApproval, option: str, writes: bool) -> None:
    xcoms = answered(approval, option)
    run = plan_approval.report_task_run(context({"approve": "ask"}, xcoms), "approve")
    assert run.writes is writes
    assert not [word for word in WHO.values() if word in str(xcoms)], "who answered is in XCom"


def test_a_run_without_approval_is_reported_as_a_writing_run() -> None:
    assert plan_approval.report_task_run(context({}), "approve").writes
