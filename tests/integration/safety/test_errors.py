"""Every situation of the error table, produced end to end, and the generated page."""

from __future__ import annotations

from pathlib import Path

import pytest

from livestorm_salesforce.errors import SITUATIONS, Situation
from livestorm_salesforce.problems import REMEDIES
from scripts import errors_doc
from tests.harness import world
from tests.harness.webinar import make_webinar
from tests.integration.safety import situations


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_a_situation_produces_its_message_and_remedy(
    situation: Situation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIVESTORM_SALESFORCE_MAPPING", raising=False)
    seed = {
        "extends": "empty",
        "livestorm": {"settings": {"interval_limit": 0}},
        "salesforce": {"org": situations.ORGS.get(situation.name, {})},
    }
    with world.open_world(tmp_path, seed, fast=True) as made:
        webinar = make_webinar(made)
        webinar.register("ada")
        webinar.register("bob")
        situations.MAKE[situation.name](made, tmp_path)
        result = made.run()
        error = result.get("error")
        if situation.kind[0].isupper() and situation.kind[1].islower():
            assert type(error).__name__ == situation.kind
            assert situation.see in str(error)
            assert "Remedy: " in str(error)
            remedy = str(error)
            assert made.org.rows("Lead") == []
            seen = str(error)
        else:
            (problem,) = [problem for problem in result["problems"] if problem["code"] == situation.kind]
            assert situation.see in problem["public"]
            assert problem["remedy"] == REMEDIES[situation.kind]
            remedy = problem["remedy"]
            seen = str(result)
        assert situation.do.rstrip(".").casefold() in remedy.casefold()
        for secret in ("acme.example", "Adason", made.sandbox.livestorm_token, made.sandbox.consumer_secret):
            assert secret not in seen


def test_an_outage_of_salesforce_has_the_same_message_before_and_after_the_login(tmp_path: Path) -> None:
    (down,) = (situation for situation in SITUATIONS if situation.name == "Salesforce down")
    seed = {"extends": "empty", "livestorm": {"settings": {"interval_limit": 0}}}
    with world.open_world(tmp_path, seed, fast=True) as made:
        make_webinar(made).register("ada")
        situations.MAKE[down.name](made, tmp_path)
        before = str(made.run()["error"])
        made.sandbox.faults.clear()
        assert made.run()["verdict"] == "ok"
        made.sandbox.clock.advance(hours=7)
        situations.MAKE[down.name](made, tmp_path)
        after = str(made.run()["error"])
        assert ("the login" in before, "the login" in after) == (True, False)
        assert all(down.see in message for message in (before, after))


def test_an_outage_of_salesforce_loses_no_registrant(tmp_path: Path) -> None:
    seed = {"extends": "empty", "livestorm": {"settings": {"interval_limit": 0}}}
    with world.open_world(tmp_path, seed, fast=True) as made:
        webinar = make_webinar(made)
        made.run()
        for name in ("ada", "bob"):
            made.sandbox.faults.add("error", service="salesforce", share=1.0, status=503)
            webinar.register(name)
            assert "failed" in made.run_with_retries().values()
            made.sandbox.clock.advance(minutes=30)
        made.sandbox.faults.clear()
        assert made.run()["verdict"] == "ok"
        assert len(made.org.rows("CampaignMember")) == 2


def test_every_situation_of_the_table_is_tested() -> None:
    assert {situation.name for situation in SITUATIONS} == set(situations.MAKE)


def test_the_page_equals_the_generated_one() -> None:
    assert errors_doc.FILE.read_text("utf-8") == errors_doc.page(), "run python -m scripts.errors_doc"
