"""Constraints on values of `mapping.yaml` beyond their type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import PydanticCustomError

from livestorm_salesforce.config import attributes as attrs


def known_attributes(
    rules: Mapping[str, Any], known: dict[str, attrs.Attribute], custom: tuple[str, ...], place: str
) -> None:
    for field, rule in rules.items():
        if rule.attribute is None or rule.attribute in known or rule.attribute in custom:
            continue
        raise PydanticCustomError(
            "unknown_attribute",
            "unknown attribute '{word}'",
            {"word": rule.attribute, "valid": [*known, *custom], "path": [place, field]},
        )


def question(slug: str) -> str:
    """Reject a question with the slug of a Livestorm attribute: `attended` would be read as attendance (R25)."""
    if slug in attrs.FOR_MEMBERS and slug not in attrs.PERSON:
        raise PydanticCustomError(
            "taken",
            "'{slug}' is an attribute of Livestorm's own and cannot name a question too: remove it here, and to map "
            "the question give it another slug in Livestorm's registration form",
            {"slug": slug},
        )
    return slug


#: Fields that are written by rules, or are read-only.
OWN = {
    "lead": {"Id", "IsConverted", "ConvertedContactId", "ConvertedAccountId"},
    "contact": {"Id"},
    "campaign_member": {"Id", "LeadId", "ContactId", "CampaignId", "Status"},
    "campaign.fields": {"Id"},
}


def not_our_own(rules: Mapping[str, Any], own: set[str], place: str) -> None:
    for field in rules:
        if field in own:
            raise PydanticCustomError(
                "own_field",
                "is written by the rules themselves and cannot be mapped",
                {"path": [*place.split("."), field]},
            )
