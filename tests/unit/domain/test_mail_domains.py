"""Both spellings of a domain with letters beyond ASCII are one domain; similar letters are not."""

from __future__ import annotations

import pandas as pd
import pytest

from livestorm_salesforce.config import Mapping
from livestorm_salesforce.domain.registrants.eligibility import decide_eligibility
from livestorm_salesforce.domain.shared import mail_domains, normalize


@pytest.mark.parametrize(
    ("address", "key"),
    [
        (" Jean@SOCIÉTÉ.fr ", "jean@xn--socit-esab.fr"),
        ("jean@socie\u0301te\u0301\u3002fr", "jean@xn--socit-esab.fr"),
        ("JEAN@XN--SOCIT-ESAB.fr", "jean@xn--socit-esab.fr"),
        ("a@straße.de", "a@xn--strae-oqa.de"),  # not strasse.de, which is another mailbox
        ("a@pаypal.com", "a@xn--pypal-4ve.com"),  # with a Cyrillic letter
        ("rené@acme.example", "rené@acme.example"),
        ("a@☃.é.net", "a@☃.xn--9ca.net"),
        ("société.fr", "société.fr"),
        (None, None),
    ],
)
def test_keys_hold_the_ascii_spelling_of_the_domain(address: str | None, key: str | None) -> None:
    (found,) = normalize.key(pd.Series([address], dtype="str"))
    assert (None if pd.isna(found) else found) == key


def test_queries_ask_for_both_spellings() -> None:
    assert mail_domains.spellings(["jean@xn--socit-esab.fr", "ada@acme.fr", "xn--9ca.fr", None, "a@xn--.fr"]) == [
        "jean@xn--socit-esab.fr", "jean@société.fr", "ada@acme.fr", "xn--9ca.fr", "é.fr", "a@xn--.fr"
    ]  # fmt: skip


@pytest.mark.parametrize("rule", [{"exclude_domains": ["Société.fr"]}, {"exclude_emails": ["test*@société.*"]}])
def test_excluded_addresses_match_in_both_spellings(rule: dict[str, list[str]]) -> None:
    keys = normalize.key(pd.Series(["test1@société.fr", "test2@XN--socit-esab.fr", "ada@societe.fr"], dtype="str"))
    registrants = pd.DataFrame({"email_key": keys, "role": "participant", "is_guest_speaker": False,
                                "registered_at": pd.Timestamp("2026-11-23", tz="UTC")})  # fmt: skip
    decided = decide_eligibility(registrants, Mapping(version=1, people=rule), pd.Timestamp("2026-01-01", tz="UTC"))
    assert decided["is_eligible"].tolist() == [False, False, True]
