"""Fallback values of required fields at creation (R18, Q10)."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.config.field_rules import FieldRule, Fields
from livestorm_salesforce.domain.plan.picklists import org_spelling
from livestorm_salesforce.domain.shared import normalize, text_length
from livestorm_salesforce.domain.shared.org_schema import FieldInfo, ObjectSchema


def with_fallbacks(
    values: pd.DataFrame, fields: Fields, schema: ObjectSchema, default: str
) -> tuple[pd.DataFrame, pd.Series]:
    """Fill empty required fields of records to create.

    Args:
        values: desired values, numbered rows.
        default: the general fallback of the mapping.

    Returns:
        the completed values, and the names of required fields that are still empty, by row number.
    """
    filled = values.copy()
    missing = pd.Series("", index=values.index, dtype="str")
    for info in schema.required():
        if info.type == "reference":  # set by the loads, e.g. CampaignId
            continue
        own = filled[info.name] if info.name in filled else pd.Series(None, index=values.index, dtype="str")
        fallback = fallback_value(info, fields.get(info.name), default)
        if fallback is not None:
            own = own.fillna(fallback)
        filled[info.name] = own
        missing = missing.mask(own.isna(), missing + info.name + " ")
    return filled, missing[missing != ""].str.strip()


def fallback_value(info: FieldInfo, rule: FieldRule | None, default: str) -> str | None:
    """The fallback of a required field as Salesforce stores it: the rule's own one, else the general one, which only
    standard text fields receive (Q10). None if the field receives none."""
    if not info.required or info.type == "reference":
        return None
    given = rule.fallback if rule else None
    if given is None and not info.custom and info.is_text and not info.restricted and info.type != "email":
        given = default
    if given is None:
        return None
    spelled, _ = org_spelling(normalize.canonical(pd.Series([given]), info), info)
    value = spelled.iloc[0]
    if pd.isna(value):
        return None
    return text_length.cut(str(value), info.length) if info.is_text and info.length else str(value)
