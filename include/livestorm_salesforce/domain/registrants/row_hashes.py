"""Row hashes: whether a registration changed since the last load, and under which mapping it was loaded."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.domain.shared.attribute_columns import attributes_of
from livestorm_salesforce.domain.shared.joins import index_of, to_arrow

#: Columns of both hashes besides the attributes that the mapping uses.
KEY = ["email_key"]
ACTIVITY = ["status", "campaign_ref", "attended", "attendance_pending", "has_viewed_replay"]

#: Rows whose texts are in memory at once.
PART = 20_000


class HashedMapping(NamedTuple):
    """What row hashes take from a mapping.

    Attributes:
        mapping_hash: `mapping_hash` of the mapping, part of every hash.
        person, member: attributes that are mapped to people and to members.
    """

    mapping_hash: int
    person: list[str]
    member: list[str]


def hashed_mapping(mapping: Mapping) -> HashedMapping:
    """The part of a mapping that row hashes depend on."""
    people = attributes_of(mapping.lead, mapping.contact)
    return HashedMapping(int(mapping_hash(mapping)), people, attributes_of(mapping.campaign_member))


def mapping_hash(mapping: Mapping) -> np.uint64:
    """64-bit hash of the sections of the mapping that affect a row."""
    rules = mapping.model_dump_json(exclude={"reading", "events", "version", "limits"})
    return np.uint64(pd.util.hash_array(np.array([rules], dtype="object"))[0])


def add_hashes(registrations: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    """Add `person_hash`, `member_hash` and `mapping_hash`: equal hashes mean that no value to write has changed.

    Hashes have 64 bits and contain no address. The mapping is part of them: a changed mapping changes every hash.

    Args:
        registrations: eligible registrants with the `status` and `campaign_ref` of their session.
        mapping: the mapping.
    """
    hashed = hashed_mapping(mapping)
    return registrations.assign(
        person_hash=row_hash(registrations, "person", hashed),
        member_hash=row_hash(registrations, "member", hashed),
        mapping_hash=pd.Series(np.uint64(hashed.mapping_hash), index=registrations.index, dtype="uint64"),
    )


def row_hash(registrations: pd.DataFrame, kind: Literal["person", "member"], mapping: HashedMapping) -> pd.Series[int]:
    """The hash of the values that a mapping writes to people or to members."""
    columns = [*KEY, *(mapping.person if kind == "person" else [*ACTIVITY, *mapping.member])]
    values = registrations.reindex(columns=list(dict.fromkeys(columns)))
    parts = [_text_hashes(values.iloc[start : start + PART]) for start in range(0, max(len(values), 1), PART)]
    return pd.Series(np.concatenate(parts) ^ np.uint64(mapping.mapping_hash), index=registrations.index)


def _text_hashes(values: pd.DataFrame) -> np.ndarray:
    """A 64-bit hash of all values of each row."""
    texts, separator = [to_arrow(values[name].astype("str")) for name in values], pa.scalar("\x1f", pa.large_string())
    # values contain no control character (`normalize.text`)
    rows = pc.binary_join_element_wise(*texts, separator, null_handling="replace", null_replacement="\x00")
    return pd.util.hash_array(rows.to_numpy(zero_copy_only=False), categorize=False)


def identity(rows: pd.DataFrame) -> pd.Series[str]:
    """Session and person of each registration as one text."""
    return rows["session_id"] + " " + rows["person_id"]


def changed_since(registrations: pd.DataFrame, row_hashes: pd.DataFrame) -> pd.DataFrame:
    """Add `person_changed` and `member_changed`: eligible registrants whose row was not loaded as it is.

    Args:
        registrations: registrants with hashes.
        row_hashes: registrations that were loaded, columns `change_detection.ROW_HASHES`.
    """
    rows = index_of(identity(registrations), identity(row_hashes))
    known = rows >= 0

    def differs(name: str) -> pd.Series:
        same = np.zeros(len(rows), dtype=bool)
        same[known] = row_hashes[name].to_numpy()[rows[known]] == registrations[name].to_numpy()[known]
        return registrations["is_eligible"] & ~same

    return registrations.assign(person_changed=differs("person_hash"), member_changed=differs("member_hash"))
