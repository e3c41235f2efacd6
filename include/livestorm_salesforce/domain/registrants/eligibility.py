"""Which registrants are synced (Q14)."""

from __future__ import annotations

import re
from enum import StrEnum

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.domain.shared.mail_domains import ascii_domain, with_ascii_domain
from livestorm_salesforce.domain.shared.reasons import first_reason

#: Blanks of all kinds, including zero-width ones, and characters that Salesforce rejects in every address. What it
#: rejects beyond that is reported as a refused row.
INVALID = r"@\s\x{a0}\x{2000}-\x{200d}\x{2028}-\x{202f}\x{205f}\x{2060}\x{3000}\x{feff}<>(),;:\"\[\]\\"
ADDRESS = rf"^[^{INVALID}]+@[^{INVALID}]+\.[^{INVALID}.]+$"
ADDRESS_LENGTH = 80  # Lead.Email and Contact.Email
PARTICIPANT, TEAM_MEMBER = "participant", "team_member"
ANONYMOUS = "@unknown.livestorm.co"

SAME_AS_LAST = "same as at the last load"
DUPLICATE = "same address twice in this session: merged into one member"
OTHER_ADDRESS = "another address of a person who is in this session: merged into one member"
OTHER_SESSION = "in this Campaign already through another session: merged into one member"


class SkipReason(StrEnum):
    """Why a registrant is not synced. The first that applies is stored; each has a problem (`report.skip_problems`)."""

    ANONYMOUS = "anonymous: Livestorm invented the address"
    EXCLUDED_DOMAIN = "excluded domain (people.exclude_domains)"
    EXCLUDED_ADDRESS = "excluded address (people.exclude_emails)"
    TEAM_MEMBER = "team member"
    ROLE_UNKNOWN = "role unknown to this project"
    GUEST_SPEAKER = "guest speaker"
    NO_ADDRESS = "no e-mail address"
    INVALID_ADDRESS = "invalid e-mail address: correct it in Livestorm"
    LONG_ADDRESS = "e-mail address longer than 80 characters: Salesforce cannot hold it"
    TOO_EARLY = "registered before this project was switched on (native_strict)"


def decide_eligibility(registrants: pd.DataFrame, mapping: Mapping, activation: pd.Timestamp) -> pd.DataFrame:
    """Add `is_eligible`, and `skip_reason` (a `SkipReason`, or empty) of registrants that are not synced."""
    people = mapping.people
    key = registrants["email_key"]
    anonymous = key.str.endswith(ANONYMOUS).fillna(False).astype(bool)
    valid = pd.Series(pc.match_substring_regex(pa.array(key), ADDRESS).to_pandas().eq(True).to_numpy(), key.index)
    role = registrants["role"].fillna(PARTICIPANT)
    unknown_role = ~role.isin([PARTICIPANT, TEAM_MEMBER])  # it may be one of the team, who are no prospects
    too_early = (registrants["registered_at"] < activation) & people.native_strict
    rules: list[tuple[pd.Series, SkipReason]] = [
        (anonymous, SkipReason.ANONYMOUS),
        (_at_domains(key, people.exclude_domains), SkipReason.EXCLUDED_DOMAIN),
        (_like(key, people.exclude_emails), SkipReason.EXCLUDED_ADDRESS),
        ((role == TEAM_MEMBER) & (not people.team_members), SkipReason.TEAM_MEMBER),
        (unknown_role & (not people.team_members), SkipReason.ROLE_UNKNOWN),
        (registrants["is_guest_speaker"] & (not people.guest_speakers), SkipReason.GUEST_SPEAKER),
        (key.isna(), SkipReason.NO_ADDRESS),
        (~valid, SkipReason.INVALID_ADDRESS),
        (key.str.len() > ADDRESS_LENGTH, SkipReason.LONG_ADDRESS),
        (too_early, SkipReason.TOO_EARLY),
    ]
    skip = first_reason(rules, "", registrants.index)
    return registrants.assign(skip_reason=skip, is_eligible=skip == "")


def _at_domains(keys: pd.Series, domains: tuple[str, ...]) -> pd.Series:
    """Whether an address belongs to one of the domains or to a subdomain of it."""
    return _matches(keys, [rf"@(?:.+\.)?{re.escape(ascii_domain(domain))}$" for domain in domains])


def _like(keys: pd.Series, patterns: tuple[str, ...]) -> pd.Series:
    """Whether an address has one of the patterns; `*` stands for anything."""
    spelled = map(with_ascii_domain, patterns)
    return _matches(keys, [f"^{'.*'.join(map(re.escape, pattern.split('*')))}$" for pattern in spelled])


def _matches(keys: pd.Series, expressions: list[str]) -> pd.Series:
    if not expressions:
        return pd.Series(False, index=keys.index)
    found = pc.match_substring_regex(pa.array(keys), "|".join(expressions))
    return pd.Series(found.to_pandas().eq(True).to_numpy(), index=keys.index)
