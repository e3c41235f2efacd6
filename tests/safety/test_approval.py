"""The task between plan and load: it asks only if the form said so, and a refusal is reported as what it is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.standard.operators.hitl import ApprovalOperator

from include.livestorm_salesforce import dag_support
from tests.safety.conftest import Webinar


def context(params: dict[str, Any], answer: dict[str, Any] | None = None) -> dict[str, Any]:
    ti = SimpleNamespace(task_id="approve", map_index=-1, try_number=1, xcom_pull=lambda task_ids: answer)
    return {"ti": ti, "dag_run": SimpleNamespace(run_type="scheduled"), "run_id": "r", "params": params}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Bodies of the questions that Airflow was given."""
    bodies: list[str] = []
    monkeypatch.setattr(ApprovalOperator, "execute", lambda task, context: bodies.append(task.body))
    return bodies


@pytest.mark.parametrize(
    ("params", "times"),
    [({}, 0), ({"approve": "never"}, 0), ({"approve": "accept"}, 0), ({"approve": "ask"}, 1),
     ({"approve": "ask", "mode": "preview"}, 0)],
)  # fmt: skip
def test_a_person_is_asked_only_if_the_form_says_so(
    webinar: Webinar, asked: list[str], params: dict[str, Any], times: int
) -> None:
    webinar.register("ada")
    for task, do in webinar.world.tasks("r", params, by_hand=False):
        do(1)
        if task == "plan":
            break
    dag_support.PlanApproval(task_id="approve").execute(context(params))
    assert len(asked) == times
    assert all("| Lead | 1 | 0 |" in body for body in asked)


def test_nobody_waits_for_ever() -> None:
    task = dag_support.PlanApproval(task_id="approve")
    assert task.response_timeout == dag_support.PATIENCE
    assert task.defaults == ["Reject"]


@pytest.mark.parametrize(
    ("answer", "writes"),
    [(None, True), ({"chosen_options": ["Approve"]}, True), ({"chosen_options": ["Reject"]}, False)],
)
def test_a_refused_plan_is_reported_as_a_preview(answer: dict[str, Any] | None, writes: bool) -> None:
    run = dag_support.concluding_run_of(context({"approve": "ask"}, answer), "approve")
    assert run.writes is writes
