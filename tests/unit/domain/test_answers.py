"""Form answers are converted in the language of the form; answers with two meanings are not (field A8)."""

from __future__ import annotations

import pandas as pd
import pytest

from livestorm_salesforce.domain.shared import answers
from livestorm_salesforce.domain.shared.answer_dates import parse_date, parse_datetime
from livestorm_salesforce.domain.shared.answer_numbers import parse_number
from livestorm_salesforce.domain.shared.org_schema import FieldInfo


@pytest.mark.parametrize(
    ("answer", "language", "number"),
    [
        ("1 200,50", "fr", "1200.50"), ("1\u202f200,50", "fr", "1200.50"), ("1\u00a0200", "", "1200"),
        ("1 200,50 €", "fr", "1200.50"), ("€ 1,200.50", "en", "1200.50"), ("EUR 12", "", "12"),
        ("12,5 %", "fr", "12.5"),
        ("1.200,50", "de", "1200.50"), ("1.200,50", "", "1200.50"), ("1,200.50", "fr", "1200.50"),
        ("1,200", "en", "1200"), ("1,200", "en-GB", "1200"), ("1,200", "fr", "1.200"), ("1,200", "", None),
        ("1.200", "en", "1.200"), ("1.200", "", "1.200"), ("1.200", "fr", None), ("1.200", "de", None),
        ("0,125", "en", "0.125"), ("12,5", "en", "12.5"), ("12.5", "fr", "12.5"), (",5", "fr", ".5"),
        ("1.", "en", "1."),
        ("1,200,300", "fr", "1200300"), ("1.200.300", "en", "1200300"), ("1.200.30", "fr", None),
        ("1'200.50", "de", "1200.50"), ("1\u2019200", "fr", "1200"), ("-3", "fr", "-3"), ("\u22123,5", "fr", "-3.5"),
        ("+12", "fr", "12"), ("1e3", "fr", "1e3"), ("06 12 34 56 78", "fr", None), ("12 34", "fr", None),
        ("10-50", "fr", None), ("a dozen", "en", None), ("20k", "en", None), ("1,2,3", "en", None), (".", "fr", None),
        ("1 200 3", "fr", None), ("1,200.500.300", "en", None), ("10\u00b2", "en", None), ("", "fr", None),
        ("1 200.50,3", "fr", None), ("nan", "fr", None), ("inf", "en", None), ("0x1F", "en", None),
    ],
)  # fmt: skip
def test_numbers(answer: str, language: str, number: str | None) -> None:
    assert parse_number(answer, language) == number


@pytest.mark.parametrize(
    ("answer", "language", "day"),
    [
        ("05/11/2026", "fr", "2026-11-05"), ("05/11/2026", "en", "2026-05-11"), ("05/11/2026", "en-GB", "2026-11-05"),
        ("05/11/2026", "de", "2026-11-05"), ("05/11/2026", "", None), ("05/11/2026", "ja", None),
        ("25/11/2026", "en", "2026-11-25"), ("11/25/2026", "fr", "2026-11-25"), ("11/11/2026", "", "2026-11-11"),
        ("5.11.2026", "en", "2026-11-05"), ("5-11-2026", "fr", "2026-11-05"), ("5/11-2026", "fr", None),
        ("2026-11-05", "fr", "2026-11-05"), ("2026/11/5", "en", "2026-11-05"),
        ("2026-11-05T23:30:00Z", "", "2026-11-05"),
        ("05/11/2026 14h30", "fr", "2026-11-05"), ("05/11/2026 perhaps", "fr", None), ("05/11/26", "fr", None),
        ("jeudi 5 novembre 2026", "fr", "2026-11-05"), ("Thursday, November 5, 2026", "en", "2026-11-05"),
        ("le 5 novembre 2026", "fr", "2026-11-05"), ("Thu. 5 Nov 2026", "en", "2026-11-05"),
        ("5 novembre 2026", "fr", "2026-11-05"), ("1er août 2026", "en", "2026-08-01"),
        ("5 févr. 2026", "fr", "2026-02-05"),
        ("November 5, 2026", "fr", "2026-11-05"), ("Nov. 5th 2026", "", "2026-11-05"),
        ("5th of May 2026", "", "2026-05-05"),
        ("5-Nov-2026", "en", "2026-11-05"), ("31/02/2026", "fr", None), ("13/13/2026", "fr", None),
        ("05/11/0026", "fr", None), ("5 floreal 2026", "fr", None), ("next week", "en", None), ("", "fr", None),
    ],
)  # fmt: skip
def test_dates(answer: str, language: str, day: str | None) -> None:
    assert parse_date(answer, language) == day


@pytest.mark.parametrize(
    ("answer", "language", "zone", "moment"),
    [
        ("05/11/2026 14h30", "fr", "Europe/Paris", "2026-11-05T13:30:00Z"),
        ("5 novembre 2026 à 14h", "fr", "Europe/Paris", "2026-11-05T13:00:00Z"),
        ("11/05/2026 2:30 PM", "en", "America/New_York", "2026-11-05T19:30:00Z"),
        ("11/05/2026 at 12:05 a.m.", "en", "", "2026-11-05T00:05:00Z"),
        ("2026-11-05T14:30:00+01:00", "fr", "Asia/Tokyo", "2026-11-05T13:30:00Z"),
        ("2026-11-05 14:30:15", "fr", "Europe/Paris", "2026-11-05T13:30:15Z"),
        ("2026-11-05T13:30:00.250Z", "fr", "Europe/Paris", "2026-11-05T13:30:00Z"),
        ("05/11/2026", "fr", "Europe/Paris", "2026-11-04T23:00:00Z"),
        ("05/11/2026", "fr", "Mars/Base", "2026-11-05T00:00:00Z"),
        ("05/11/2026 25:00", "fr", "", None), ("05/11/2026 soon", "fr", "", None), ("14:30", "fr", "", None),
    ],
)  # fmt: skip
def test_moments(answer: str, language: str, zone: str, moment: str | None) -> None:
    assert parse_datetime(answer, language, zone) == moment


@pytest.mark.parametrize(
    ("answer", "value"),
    [("Oui", "true"), ("OUI !", "true"), ("✓", "true"), ("☐", "false"),
     ("Non", "false"), ("on", "true"), ("OFF", "false"), ("yes.", "true"), ("n", "false"),
     ("Vrai", "true"), ("faux", "false"), ("1", "true"), ("0", "false"), ("true", "true"), ("perhaps", None),
     ("Oui, mais non", None)],
)  # fmt: skip
def test_yes_and_no(answer: str, value: str | None) -> None:
    converted = answers.convert(pd.Series([answer, None], dtype="str"), None, FieldInfo("Agreed__c", "boolean"))
    assert converted.fillna("-").tolist() == [value or "-", "-"]


def test_each_answer_is_converted_with_its_own_hint() -> None:
    given = pd.Series(["05/11/2026", "05/11/2026", None, "05/11/2026"], index=[4, 5, 6, 7], dtype="str")
    hints = pd.Series(["fr Europe/Paris", "en Europe/Paris", None, None], index=given.index, dtype="str")
    converted = answers.convert(given, hints, FieldInfo("Since__c", "date"))
    assert converted.index.tolist() == [4, 5, 6, 7]
    assert converted.fillna("-").tolist() == ["2026-11-05", "2026-05-11", "-", "-"]


def test_a_table_replaces_whole_answers_and_single_choices_without_regard_to_case() -> None:
    given = pd.Series(["ja", "JA ", "Rot;grün", "a;b", None], dtype="str")
    table = {"Ja": "true", "rot": "Red", "Grün": "Green", "A;B": "both"}
    assert answers.translate(given, table).fillna("-").tolist() == ["true", "true", "Red;Green", "both", "-"]
