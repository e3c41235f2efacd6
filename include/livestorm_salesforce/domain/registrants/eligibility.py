"""Which registrants are synced (Q14), and row hashes that show whether a registration changed since the last load."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.domain.shared.attribute_columns import attributes_of
from livestorm_salesforce.domain.shared.reasons import first_reason

#: Blanks of all kinds, including zero-width ones, and characters that Salesforce rejects in every address. What it
#: rejects beyond that is reported as a refused row.
INVALID = r"@\s\x{a0}\x{2000}-\x{200d}\x{2028}-\x{202f}\x{205f}\x{2060}\x{3000}\x{feff}<>(),;:\"\[\]\\"
ADDRESS = rf"^[^{INVALID}]+@[^{INVALID}]+\.[^{INVALID}.]+$"
ADDRESS_LENGTH = 80  # Lead.Email and Contact.Email
ANONYMOUS = "@unknown.livestorm.co"

SAME_AS_LAST = "same as at the last load"
DUPLICATE = "same address twice in this session: merged into one member"
OTHER_ADDRESS = "another address of a person who is in this session: merged into one member"
OTHER_SESSION = "in this Campaign already through another session: merged into one member"


def decide_eligibility(registrants: pd.DataFrame, mapping: Mapping, activation: pd.Timestamp) -> pd.DataFrame:
    """Add `is_eligible`, and `skip_reason` of registrants that are not synced."""
    people = mapping.people
    key = registrants["email_key"]
    anonymous = key.str.endswith(ANONYMOUS).fillna(False).astype(bool)
    valid = pd.Series(pc.match_substring_regex(pa.array(key), ADDRESS).to_pandas().eq(True).to_numpy(), key.index)
    team = registrants["role"].fillna("participant") != "participant"
    too_early = (registrants["registered_at"] < activation) & people.native_strict
    rules = [
        (anonymous, "anonymous: Livestorm invented the address"),
        (_at_domains(key, people.exclude_domains), "excluded domain (people.exclude_domains)"),
        (_like(key, people.exclude_emails), "excluded address (people.exclude_emails)"),
        (team & (not people.team_members), "team member"),
        (registrants["is_guest_speaker"] & (not people.guest_speakers), "guest speaker"),
        (key.isna(), "no e-mail address"),
        (~valid, "invalid e-mail address: correct it in Livestorm"),
        (key.str.len() > ADDRESS_LENGTH, "e-mail address longer than 80 characters: Salesforce cannot hold it"),
        (too_early, "registered before this project was switched on (native_strict)"),
    ]
    skip = first_reason(rules, "", registrants.index)
    return registrants.assign(skip_reason=skip, is_eligible=skip == "")


def _at_domains(keys: pd.Series, domains: tuple[str, ...]) -> pd.Series:
    """Whether an address belongs to one of the domains or to a subdomain of it."""
    return _matches(keys, [rf"@(?:.+\.)?{re.escape(domain)}$" for domain in domains])


def _like(keys: pd.Series, patterns: tuple[str, ...]) -> pd.Series:
    """Whether an address has one of the patterns; `*` stands for anything."""
    return _matches(keys, [f"^{'.*'.join(map(re.escape, pattern.split('*')))}$" for pattern in patterns])


def _matches(keys: pd.Series, expressions: list[str]) -> pd.Series:
    if not expressions:
        return pd.Series(False, index=keys.index)
    found = pc.match_substring_regex(pa.array(keys), "|".join(expressions))
    return pd.Series(found.to_pandas().eq(True).to_numpy(), index=keys.index)


def add_hashes(registrations: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    """Add `person_hash`, `member_hash` and `mapping_hash`: equal hashes mean that no value to write has changed.

    Hashes have 64 bits and contain no address. The mapping is part of them: a changed mapping changes every hash.

    Args:
        registrations: eligible registrants with the `status` and `campaign_ref` of their session.
        mapping: the mapping.
    """
    person = ["email_key", *attributes_of(mapping.lead, mapping.contact)]
    activity = ["status", "campaign_ref", "attended", "attendance_pending", "has_viewed_replay"]
    member = ["email_key", *activity, *attributes_of(mapping.campaign_member)]
    salt = mapping_hash(mapping)
    return registrations.assign(
        person_hash=_hash(registrations, person, salt),
        member_hash=_hash(registrations, member, salt),
        mapping_hash=pd.Series(salt, index=registrations.index, dtype="uint64"),
    )


def mapping_hash(mapping: Mapping) -> np.uint64:
    """64-bit hash of the sections of the mapping that affect a row."""
    rules = mapping.model_dump_json(exclude={"reading", "events", "version", "limits"})
    return np.uint64(pd.util.hash_array(np.array([rules], dtype="object"))[0])


def _hash(frame: pd.DataFrame, columns: list[str], salt: np.uint64) -> pd.Series[int]:
    values = frame.reindex(columns=list(dict.fromkeys(columns))).astype("str").fillna("\x00")
    hashes = pd.util.hash_pandas_object(values, index=False)
    return pd.Series(hashes.to_numpy() ^ salt, index=frame.index)


def changed_since(registrations: pd.DataFrame, row_hashes: pd.DataFrame) -> pd.DataFrame:
    """Add `person_changed` and `member_changed`: eligible registrants whose row was not loaded as it is.

    Args:
        registrations: registrants with hashes.
        row_hashes: registrations that were loaded, columns `change_detection.ROW_HASHES`.
    """
    names = ["session_id", "person_id"]
    exact = row_hashes.astype({"person_hash": "UInt64", "member_hash": "UInt64"})  # a float would round 64 bits
    old = registrations[names].merge(exact, on=names, how="left", validate="one_to_one").set_axis(registrations.index)

    def differs(name: str) -> pd.Series:
        same = old[name] == registrations[name].astype("UInt64")
        return registrations["is_eligible"] & ~same.fillna(False).astype(bool)

    return registrations.assign(person_changed=differs("person_hash"), member_changed=differs("member_hash"))
