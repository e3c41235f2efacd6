"""English and French have the same messages with the same values."""

from __future__ import annotations

import re

import pytest

from livestorm_salesforce.errors import ContractError
from livestorm_salesforce.web.translations import Translator, choose_language, sources

MESSAGE = re.compile(r"^([a-z][\w-]*) =(.*(?:\n(?: |\}).*)*)", re.MULTILINE)
VALUE = re.compile(r"\{ \$(\w+)")
#: Messages that English takes from the catalogue of problems, and from the reasons of decisions.
ENGLISH_ELSEWHERE = {"remedies.ftl", "reasons.ftl"}


def messages(language: str) -> dict[str, set[str]]:
    """The values that each message needs."""
    texts = [text for name, text in sources(language).items() if name not in ENGLISH_ELSEWHERE]
    found = [match for text in texts for match in MESSAGE.finditer(text)]
    assert len({match[1] for match in found}) == len(found), "a message is defined twice"
    return {match[1]: set(VALUE.findall(match[2])) for match in found}


def test_both_languages_have_the_same_messages_and_values() -> None:
    english, french = messages("en"), messages("fr")
    assert english == french and len(english) > 100


def test_a_missing_message_or_value_is_an_error() -> None:
    with pytest.raises(ContractError, match="There is no message 'no-such' in language 'fr'"):
        Translator("fr")("no-such")
    with pytest.raises(ContractError, match="Message 'page-of' in language 'en'"):
        Translator("en")("page-of")


def test_words_without_a_text_are_shown_as_they_are() -> None:
    t = Translator("fr")
    assert t.of("status", "past_not_started") == "Non tenu"
    assert t.of("status", "brand new") == "brand new" and t.of("remedy", "NEW_CODE", "ask") == "ask"


@pytest.mark.parametrize(
    ("cookies", "accepted", "language"),
    [
        ({"livestorm_language": "fr"}, "en-US,en;q=0.9", "fr"),
        ({}, "fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ({}, "de,en;q=0.8", "en"),
        ({"livestorm_language": "xx"}, "", "en"),
    ],
)
def test_the_language_follows_airflow_then_the_browser(cookies: dict[str, str], accepted: str, language: str) -> None:
    assert choose_language(cookies, accepted) == language
