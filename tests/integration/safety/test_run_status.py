"""A run with rejected rows is green and needs attention; a run that could not read or write is red."""

from __future__ import annotations

from typing import Any

import pytest

from livestorm_salesforce.enums import RedWhen
from livestorm_salesforce.errors import RETRIES, ConfigError, PartialLoad, TransientError
from livestorm_salesforce.orchestration import failures
from livestorm_salesforce.tasks import report
from tests.harness.webinar import Webinar


def concluded(webinar: Webinar, run_id: str) -> dict[str, Any]:
    return report.conclude(webinar.world.task(run_id, "report"), lambda _: None)


def is_red(webinar: Webinar, run_id: str) -> bool:
    try:
        concluded(webinar, run_id)
    except PartialLoad as error:
        return "1 x FIELD_CUSTOM_VALIDATION_EXCEPTION" in str(error)
    return False


def test_a_run_with_rejected_rows_is_green_and_needs_attention(refusing: Webinar) -> None:
    refusing.world.run(name="first")
    document = concluded(refusing, "first")
    assert (document["verdict"], document["new_refusals"]) == ("problems", 1)
    (refused,) = [one for one in document["problems"] if one["severity"] == "refused"]
    assert refused["remedy"]
    assert "# Sync report: needs attention" in refusing.world.last["markdown"]


@pytest.mark.parametrize(("setting", "first", "again"), [("new_refusals", True, False), ("any_refusal", True, True)])
def test_the_setting_makes_rejected_rows_red(
    refusing: Webinar, monkeypatch: pytest.MonkeyPatch, setting: str, *, first: bool, again: bool
) -> None:
    monkeypatch.setenv("LIVESTORM_SALESFORCE_RED_WHEN", setting)
    refusing.world.run(name="first")
    assert is_red(refusing, "first") == first
    assert is_red(refusing, "first") == first, "a cleared report counts the same rows"
    refusing.world.run(name="second", manual=True)
    assert is_red(refusing, "second") == again


def test_a_refused_campaign_is_new_once(webinar: Webinar, monkeypatch: pytest.MonkeyPatch) -> None:
    webinar.world.refuse("Campaign")
    assert webinar.world.run()["new_refusals"] > 0
    assert webinar.world.run(manual=True)["new_refusals"] == 0


def test_a_session_that_could_not_be_read_makes_a_run_red(webinar: Webinar) -> None:
    world = webinar.world
    webinar.register("ada")
    world.sandbox.faults.add("error", service="livestorm", path=f"/sessions/{webinar.session}/people", status=500)
    for task, do in world.tasks("unread", {}, manual=False):
        if task.startswith("extract"):
            for number in range(1, RETRIES + 1):
                with pytest.raises(TransientError):
                    do(number)
        do(RETRIES + 1)
    with pytest.raises(PartialLoad, match="SESSION_UNREAD"):
        concluded(webinar, "unread")


def test_the_failure_of_the_report_repeats_the_first_cause(webinar: Webinar) -> None:
    run = webinar.world.task("early", "plan")
    run.mark_started()
    failures.on_failure({"ti": _instance(run.dag_id), "exception": ConfigError("No field.", remedy="add it")})  # type: ignore[arg-type]
    with pytest.raises(PartialLoad, match=r"the task plan failed. No field. Remedy: add it"):
        concluded(webinar, "early")


def _instance(dag_id: str) -> Any:
    class Instance:
        run_id, task_id, map_index, try_number = "early", "plan", -1, 1

    Instance.dag_id = dag_id  # type: ignore[attr-defined]
    return Instance()


@pytest.mark.parametrize("wrong", ["sometimes", "red"])
def test_another_value_is_rejected(webinar: Webinar, monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("LIVESTORM_SALESFORCE_RED_WHEN", wrong)
    with pytest.raises(ConfigError, match="LIVESTORM_SALESFORCE_RED_WHEN"):
        webinar.world.app()
    assert {*RedWhen} == {"failed", "new_refusals", "any_refusal"}
