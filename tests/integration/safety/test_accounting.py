"""A new Contact's Account is guessed by web domain only where it is the only one that fits (Q13)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.webinar import Webinar


@pytest.fixture(autouse=True)
def _matching(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text("people: {create: contact, account: match}\n")
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(file))


def account_of_ada(webinar: Webinar, *sites: str) -> str | None:
    """The Website of the Account of Ada's new Contact, among these."""
    made = webinar.world.org.insert("Account", [{"Name": f"Company at {site}", "Website": site} for site in sites])
    webinar.register("ada", company="Somewhere else")
    assert webinar.world.run()["verdict"] == "ok"
    account = webinar.world.record("Contact", LastName="Adason").get("AccountId")
    return dict(zip(made, sites, strict=True)).get(account)


@pytest.mark.parametrize(
    "site", ["acme.example", "https://www.Acme.example/de/kontakt?x=1", "http://acme.example:8080"]
)
def test_the_account_is_found_by_the_domain_in_its_website(webinar: Webinar, site: str) -> None:
    others = ["https://notacme.example", "https://acme.example.evil/", "https://news.example/acme.example"]
    assert account_of_ada(webinar, *others, site) == site


def test_accounts_with_paths_of_one_domain_are_ambiguous(webinar: Webinar) -> None:
    assert account_of_ada(webinar, "acme.example", "https://www.acme.example/de") is None
