"""An erasure finds the person by every spelling of the address, and nobody else."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.state import registrations, sync_state
from livestorm_salesforce.tasks import erase
from service_sandbox.livestorm.store import Store
from tests.harness.webinar import Webinar, make_webinar
from tests.harness.world import World
from tests.integration.safety.erasure import ADDRESS, texts, with_person


@pytest.fixture
def kept(webinar: Webinar) -> Webinar:
    return with_person(webinar)


@pytest.mark.parametrize(
    "text", ["Mallory <mallory@acme.example>", "mallory@acme.example, ada@acme.example", "mailto:mallory@acme.example"]
)
def test_a_text_with_more_than_an_address_is_an_error(kept: Webinar, text: str) -> None:
    with pytest.raises(ConfigError, match="no e-mail address"):
        erase.erase_address(kept.world.app(), text)


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("mallory+web@acme.example", "Mallory+Web@ACME.example"),
        ("mallory@société.example", "MALLORY@XN--SOCIT-ESAB.EXAMPLE"),
        ("mallory@xn--socit-esab.example", "mallory@Société.example"),
    ],
)
def test_a_person_is_found_by_each_spelling_of_the_address(webinar: Webinar, stored: str, asked: str) -> None:
    world = webinar.world
    world.livestorm.register(webinar.session, stored, "Mal", "Malloryson", fields={"company": "Acme"})
    world.run()
    assert erase.erase_address(world.app(), asked)["found after"] == 0
    assert "malloryson" not in texts(world.store)


def test_a_text_that_is_not_an_address_is_an_error(kept: Webinar) -> None:
    with pytest.raises(ConfigError, match="no e-mail address"):
        erase.erase_address(kept.world.app(), "  \n")


def test_a_person_who_only_mentions_the_address_is_kept(webinar: Webinar) -> None:
    """The answer of a colleague that names the person is erased; other data of the colleague is kept."""
    world = webinar.world
    webinar.register("mallory")
    webinar.register("ada", job_title=f"Friend of {ADDRESS}")
    webinar.register("o'mallory")
    world.run()
    before = world.audit()
    erase.erase_address(world.app(), ADDRESS)
    after = world.audit()
    for lead in ("ada@acme.example", "o'mallory@acme.example"):
        record = world.record("Lead", Email=lead)["Id"]
        mine = before[(before["record_id"] == record) & ~before["after"].str.contains(ADDRESS, na=False)]
        assert len(mine) > 3 and mine["field"].isin(after.loc[after["record_id"] == record, "field"]).all()
    assert len(registrations.load_row_hashes(world.state, [webinar.session])) == 2


def test_short_ids_remove_no_data_of_others_and_no_state(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Livestorm does not guarantee UUIDs: here ids are numbers, which counts, times and answers contain too."""
    numbers = Counter()
    monkeypatch.setattr(Store, "new_id", lambda store, table: str(numbers.update([table]) or numbers[table]))
    webinar = make_webinar(world)
    for name in ("mallory", "ada", "bob"):
        webinar.register(name, job_title="1")
    world.run()
    before = texts(world.store)
    erase.erase_address(world.app(), ADDRESS)
    assert all(json.loads(file.read_bytes()) is not None for file in world.store.rglob("*.json"))
    after = texts(world.store)
    assert ADDRESS not in after
    assert after.count("ada@acme.example") == before.count("ada@acme.example")
    assert len(sync_state.load(world.state).known) == 1
    assert sorted(registrations.load_row_hashes(world.state, [webinar.session])["person_id"]) == ["2", "3"]
    result = world.run({"full_read": True}, manual=True)
    assert result["verdict"] == "ok"
