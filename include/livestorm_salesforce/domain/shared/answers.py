"""Converts form answers to the type of a field, in the language of the form (field A8).

Only spellings with one meaning in that language are converted. `05/11/2026` is 5 November in French and May 11 in
English; without a language it is not converted. A time without zone is in the session's zone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from livestorm_salesforce.domain.shared import answer_dates, normalize
from livestorm_salesforce.domain.shared.answer_numbers import parse_number
from livestorm_salesforce.domain.shared.org_schema import FieldInfo

YES = frozenset(["true", "1", "1.0", "yes", "y", "on", "checked", "oui", "o", "vrai", "coché", "✓", "✔", "☑"])
NO = frozenset(["false", "0", "0.0", "no", "n", "off", "unchecked", "non", "faux", "décoché", "☐"])
Parse = Callable[[str, str, str], str | None]


def is_parsed(info: FieldInfo) -> bool:
    """Whether answers are converted for a field of this type."""
    return info.is_number or info.type in ("boolean", "date", "datetime")


def hint(languages: pd.Series, zones: pd.Series) -> pd.Series:
    """Language and time zone of each answer as one text, e.g. `fr Europe/Paris`; either may be missing."""
    return languages.fillna("") + " " + zones.fillna("")


def convert(answers: pd.Series, hints: pd.Series | None, info: FieldInfo) -> pd.Series:
    """Canonical values of one field; answers that cannot be converted become null.

    Args:
        answers: text or null.
        hints: `hint` of the form of each answer; None: no language and no zone.
        info: a field for which `is_parsed` is true.
    """
    table = pd.DataFrame({"answer": answers, "hint": "" if hints is None else hints}).fillna({"hint": ""})
    distinct = table.dropna(subset="answer").drop_duplicates()
    parse = _parser(info)
    words = [parse(answer, *_language_and_zone(given)) for answer, given in distinct.itertuples(index=False, name=None)]
    canonical = normalize.canonical(pd.Series(words, index=distinct.index, dtype="str"), info)
    parsed = distinct.assign(value=canonical)
    merged = table.merge(parsed, on=["answer", "hint"], how="left", validate="many_to_one")
    return merged["value"].set_axis(answers.index).astype("str")


def translate(answers: pd.Series, values: Mapping[str, object]) -> pd.Series:
    """Answers replaced by a `values:` table, without regard to case; of several answers, each one."""
    table = {_folded(answer): str(value) for answer, value in values.items()}

    def replaced(answer: str) -> str:
        whole = table.get(_folded(answer))
        if whole is not None or ";" not in answer:
            return answer if whole is None else whole
        return ";".join(table.get(_folded(part), part) for part in answer.split(";"))

    return answers.map(replaced, na_action="ignore").astype("str")


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _language_and_zone(given: str) -> tuple[str, str]:
    language, _, zone = given.partition(" ")
    return language, zone


def _parser(info: FieldInfo) -> Parse:
    if info.is_number:
        return lambda answer, language, _zone: parse_number(answer, language)
    if info.type == "boolean":
        return lambda answer, _language, _zone: _boolean(answer)
    if info.type == "date":
        return lambda answer, language, _zone: answer_dates.parse_date(answer, language)
    return answer_dates.parse_datetime


def _boolean(answer: str) -> str | None:
    word = answer.strip().rstrip(".! \u00a0\u202f").lower()
    return "true" if word in YES else "false" if word in NO else None
