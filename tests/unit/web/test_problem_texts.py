"""Every problem has a title and a remedy in both languages."""

from __future__ import annotations

import pytest

from livestorm_salesforce.problems import DEFAULT_REMEDY, REMEDIES, Problem, ProblemCode, Severity
from livestorm_salesforce.web.problem_texts import problem_remedy, problem_title
from livestorm_salesforce.web.stored_texts import sentence
from livestorm_salesforce.web.translations import LANGUAGES, Translator

CODES = sorted({*map(str, ProblemCode), *map(str, REMEDIES)})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_title(language: str) -> None:
    t = Translator(language)
    titles = {code: problem_title(t, code) for code in CODES}
    assert [code for code, title in titles.items() if title == code or len(title) > 70] == []
    assert len(set(titles.values())) == len(CODES), "two codes have one title"


def test_every_remedy_is_translated() -> None:
    t = Translator("fr")
    assert [code for code in REMEDIES if problem_remedy(t, {"code": code}) == sentence(REMEDIES[code])] == []
    assert problem_remedy(t, {"code": "BRAND_NEW"}).startswith("Lisez le message")


def test_english_remedies_are_those_of_the_catalogue() -> None:
    t = Translator("en")
    assert problem_remedy(t, {"code": "VALUE_CUT"}) == sentence(REMEDIES["VALUE_CUT"])
    assert problem_remedy(t, {"code": "BRAND_NEW"}) == sentence(DEFAULT_REMEDY)
    assert problem_remedy(t, {"code": "VALUE_CUT", "remedy": "as stored with the run"}) == "As stored with the run."


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("CAMPAIGN_STRING_TOO_LONG", "Campaign refused: A value is too long"),
        ("STATUS_UNABLE_TO_LOCK_ROW", "Status refused: The record was locked by another user"),
        ("STATUS_KEPT", "A member status set by somebody else was kept"),
        ("BRAND_NEW", "BRAND_NEW"),
        (float("nan"), "Refused without a code"),
    ],
)
def test_codes_of_campaigns_and_statuses_name_their_object(code: str, title: str) -> None:
    assert problem_title(Translator("en"), code) == title


def test_the_remedy_of_a_held_back_row_is_that_of_its_code() -> None:
    held = Problem(ProblemCode.IN_QUARANTINE, Severity.NOTE, remedy_code="INVALID_EMAIL_ADDRESS").public_document()
    assert problem_remedy(Translator("fr"), held) == "Corrigez l'adresse dans Livestorm."
