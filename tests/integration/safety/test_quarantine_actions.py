"""What a person does with the rows in quarantine: list, retry, dismiss."""

from __future__ import annotations

import pandas as pd
import pytest

from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.problems import remedy
from livestorm_salesforce.tasks import quarantine
from tests.harness.webinar import Webinar
from tests.harness.world import World


def settle(world: World, action: str, ids: list[str], reason: str = "") -> dict:
    return quarantine.settle(world.task("by-hand", "settle"), action, ids, reason)


def test_the_action_retry_makes_rows_due_in_the_next_run(refusing: Webinar) -> None:
    world = refusing.world
    world.run()
    world.accept("Lead")
    result = settle(world, "retry", [])
    assert result["chosen"] == 1
    assert world.run()["buckets"]["created"] == 1


def test_a_dismissed_row_is_not_retried_until_it_changes(refusing: Webinar) -> None:
    world = refusing.world
    world.run()
    settle(world, "dismiss", [refusing.session], "a competitor")
    refusing.register("bob")
    result = world.run(manual=True)
    assert result["buckets"]["refused"] == 0
    assert any(reason.startswith("dismissed from quarantine") for reason in result["skipped"])
    assert world.quarantine["dismiss_reason"].tolist() == ["a competitor"]
    world.livestorm.edit_registration(refusing.session, "mallory@acme.example", last_name="Fine")
    refusing.register("carl")
    assert world.run(manual=True)["buckets"]["created"] == 2
    assert world.quarantine.empty


def test_a_dismissal_requires_ids_and_a_reason(refusing: Webinar) -> None:
    refusing.world.run()
    with pytest.raises(ConfigError, match="ids and a reason"):
        settle(refusing.world, "dismiss", [], "because")
    with pytest.raises(ConfigError, match="ids and a reason"):
        settle(refusing.world, "dismiss", [refusing.session], " ")
    with pytest.raises(ConfigError, match="None of these ids"):
        settle(refusing.world, "dismiss", ["nobody"], "because")


@pytest.mark.parametrize(("ids", "reason"), [(["\ud800"], "a test"), (["s1"], "\udc00")])
def test_text_that_cannot_be_stored_is_rejected(webinar: Webinar, ids: list[str], reason: str) -> None:
    with pytest.raises(ConfigError, match="half a surrogate pair"):
        quarantine.settle(webinar.world.task("by-hand", "settle"), "dismiss", ids, reason)


def test_the_list_contains_ids_and_remedies_and_no_personal_data(refusing: Webinar) -> None:
    refusing.world.run()
    result = settle(refusing.world, "list", [])
    assert result["rows"] == 1
    assert "validation rule" in result["listed"][0]["remedy"]
    assert "mallory" not in str(result).lower()
    (kept,) = pd.read_csv(result["csv"], dtype="str").to_dict("records")
    assert kept["remedy"] == result["listed"][0]["remedy"] == remedy("FIELD_CUSTOM_VALIDATION_EXCEPTION")
    assert (kept["fields"], kept["tries"]) == ("LastName", "1")
    assert kept["first_at"] == kept["last_at"] == result["listed"][0]["last_at"]
    assert "not wanted" in kept["message"]
    assert not [name for name in kept if name.endswith("_hash")], "nobody can read them"
