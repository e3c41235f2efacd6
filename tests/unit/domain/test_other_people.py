"""A registration with another address and other names belongs to somebody else."""

from __future__ import annotations

import pandas as pd
import pytest

from livestorm_salesforce.domain.plan.matching import without_other_people

KEYS = {"email_key": "new@acme.example", "Id": "00Q1"}
Names = tuple[str | None, str | None]


def followed(stored: Names, given: Names, *, readdressed: bool = True) -> bool:
    first, last = stored
    records = pd.DataFrame([{**KEYS, "FirstName": first, "LastName": last, "readdressed": readdressed}])
    answers = {"form.first_name": given[0], "form.last_name": given[1]}
    others = {"email_key": "other@acme.example", "form.first_name": "Other", "form.last_name": "Other"}
    registrations = pd.DataFrame([others, {"email_key": KEYS["email_key"], **answers}])
    return len(without_other_people(records, registrations)) == 1


@pytest.mark.parametrize(
    ("stored", "given", "same"),
    [
        (("Ada", "Byron"), ("Zoé", "Zimmermann"), False),
        (("Ада", "Байрон"), ("Зоя", "Орлова"), False),
        (("太郎", "山田"), ("花子", "佐藤"), False),
        (("Ada", "Byron"), ("Ada", "Lovelace"), True),
        (("Ada", "Byron"), ("Augusta", "Byron"), True),
        (("Zoé", "O'Neil"), ("ZOE", "o\u2019neil"), True),
        (("Jean Paul", "Müller"), ("jean-paul", "Mu\u0308ller"), True),
        (("Ada", "Byron"), (None, "Zimmermann"), True),
        ((None, "Byron"), ("Zoé", "Zimmermann"), True),
        (("Ada", "Byron"), (None, None), True),
        (("Ada", "Byron"), ("Byron", "Ada"), True),
    ],
)
def test_both_names_tell_that_it_is_somebody_else(stored: Names, given: Names, same: bool) -> None:
    assert followed(stored, given) == same
    assert followed(stored, given, readdressed=False), "the address of the registration is the same"


def test_one_of_several_registrations_with_the_name_of_the_record_suffices() -> None:
    records = pd.DataFrame([{**KEYS, "FirstName": "Ada", "LastName": "Byron", "readdressed": True}])
    names = [("Zoé", "Zimmermann"), ("Ada", "Byron")]
    rows = [{"email_key": KEYS["email_key"], "form.first_name": one, "form.last_name": two} for one, two in names]
    assert len(without_other_people(records, pd.DataFrame(rows))) == 1


@pytest.mark.parametrize("column", ["FirstName", "form.last_name"])
def test_without_the_names_the_record_is_followed(column: str) -> None:
    records = pd.DataFrame([{**KEYS, "FirstName": "Ada", "LastName": "Byron", "readdressed": True}])
    registrations = pd.DataFrame([{**KEYS, "form.first_name": "Zoé", "form.last_name": "Zimmermann"}])
    left = without_other_people(records.drop(columns=column, errors="ignore"), registrations.drop(
        columns=column, errors="ignore"))  # fmt: skip
    assert len(left) == 1
