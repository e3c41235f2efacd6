"""Why a registration is written again: other values in Livestorm, a changed mapping, or other values in Salesforce."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import pandas as pd

from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.domain.registrants.row_hashes import HashedMapping, hashed_mapping, row_hash

#: Columns that `with_causes` adds, as `ChangeCause`.
PERSON_CAUSE, MEMBER_CAUSE = "person_cause", "member_cause"
MAPPING_CHANGED = "the mapping was changed"
SALESFORCE_DIFFERS = "Salesforce no longer has the value that was loaded"


class ChangeCause(IntEnum):
    """Cause of a change. The greatest one applies to registrations that are written as one row.

    Attributes:
        SALESFORCE: the registration and the mapping are those of the last load.
        MAPPING: the registration is that of the last load, under another mapping.
        LIVESTORM: the registration is new, or Livestorm has other values than at the last load.
    """

    SALESFORCE = 0
    MAPPING = 1
    LIVESTORM = 2


#: Reasons that do not depend on the field.
REASONS = {ChangeCause.SALESFORCE: SALESFORCE_DIFFERS, ChangeCause.MAPPING: MAPPING_CHANGED}


class CauseSources(NamedTuple):
    """What causes are decided from.

    Attributes:
        loaded: all registrations that were loaded, also those whose state is verified: `change_detection.ROW_HASHES`.
        earlier: mappings of earlier runs, apart from the present one.
    """

    loaded: pd.DataFrame
    earlier: Sequence[HashedMapping]


def with_causes(rows: pd.DataFrame, mapping: Mapping, sources: CauseSources | None) -> pd.DataFrame:
    """Add the columns `person_cause` and `member_cause`.

    Args:
        rows: registrations with hashes, `person_changed` and `member_changed`.
        sources: None: nothing was loaded before.
    """
    rows = rows.assign(**dict.fromkeys((PERSON_CAUSE, MEMBER_CAUSE), np.int8(ChangeCause.LIVESTORM)))
    if sources is None or sources.loaded.empty:
        return rows
    some = rows[rows["person_changed"] | rows["member_changed"]]
    keys, present = ["session_id", "person_id"], hashed_mapping(mapping)
    loaded = sources.loaded.astype({"person_hash": "UInt64", "member_hash": "UInt64"})  # a float would round 64 bits
    old = some[keys].merge(loaded, on=keys, how="left", validate="one_to_one").set_axis(some.index)
    for kind in ("person", "member"):
        cause = rows.loc[some.index, f"{kind}_cause"]
        for earlier in (*sources.earlier, present):
            is_present = earlier is present
            same = old[f"{kind}_hash"] == row_hash(some, kind, earlier).astype("UInt64")
            found = ChangeCause.SALESFORCE if is_present else ChangeCause.MAPPING
            cause = cause.mask(same.fillna(False).astype(bool), np.int8(found))
        rows.loc[some.index, f"{kind}_cause"] = cause
    return rows
