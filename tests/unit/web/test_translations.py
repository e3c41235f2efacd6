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


def test_a_french_singular_shows_its_number_because_it_is_zero_too() -> None:
    """French has the singular for 0: "Un webinaire" would be shown for none."""
    singular = re.compile(r"\[one\] (.*)")
    found = [text for file in sources("fr").values() for text in singular.findall(file)]
    assert len(found) > 40 and [text for text in found if "{ $" not in text] == []


def test_french_punctuation_stays_on_the_line_of_its_word() -> None:
    t = Translator("fr")
    shown = t("filtered-by", filter="Absent"), t("field-nearest", field="« Title »"), t("item-salesforce-budget")
    assert shown == (
        "Seulement\xa0: Absent",
        "Vouliez-vous dire «\xa0Title\xa0»\xa0?",
        "L'organisation a utilisé plus de 90\xa0% de ses appels d'API de 24 heures",
    )


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
