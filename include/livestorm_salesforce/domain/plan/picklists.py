"""Picklist values in the spelling of the org."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.org_schema import FieldInfo


def org_spelling(desired: pd.Series, info: FieldInfo) -> tuple[pd.Series, pd.Series]:
    """Values in the spelling of the org, and the rows whose value a restricted picklist does not contain.

    Those become null. Other fields accept values that they do not list.
    """
    if not info.values:
        return desired, pd.Series(False, index=desired.index)
    spelling = {value.lower(): value for value in info.values}
    if info.type == "multipicklist":
        spelled = desired.map(lambda text: _spelled_choices(text, spelling, info.restricted), na_action="ignore")
        spelled = spelled.astype("str")
    else:
        spelled = desired.str.lower().map(spelling).astype("str")
        spelled = spelled if info.restricted else spelled.fillna(desired)
    return spelled, desired.notna() & spelled.isna()


def _spelled_choices(text: str, spelling: dict[str, str], restricted: bool) -> str | None:
    """All choices, or none if a restricted picklist lacks one of them: a part of an answer is another answer."""
    choices = text.split(";")
    if restricted and any(choice.lower() not in spelling for choice in choices):
        return None
    return normalize.one_order(spelling.get(choice.lower(), choice) for choice in choices)
