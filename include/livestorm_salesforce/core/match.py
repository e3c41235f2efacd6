"""Who in Salesforce is this person? By address alone: Contact before Lead, the oldest of several (R15, R16, Q15)."""

from __future__ import annotations

import pandas as pd

from include.livestorm_salesforce.core import canonical as canon

AGE = ["CreatedDate", "Id"]

#: Contact matches rank before Leads; a Contact reached through a converted Lead after one that has the address.
MATCH_COLUMNS = ["key", "object", "record_id", "matched_as", "candidates"]


def match(keys: pd.Series, contacts: pd.DataFrame, leads: pd.DataFrame, converted: pd.DataFrame) -> pd.DataFrame:
    """One row per key that somebody has: columns `MATCH_COLUMNS`.

    Args:
        keys: matching keys, unique, not null.
        contacts: current Contacts by address: Id, Email, CreatedDate, ...
        leads: current Leads by address, converted ones too: Id, Email, CreatedDate, IsConverted, ConvertedContactId.
        converted: Contacts that converted Leads became, read by Id, whatever their address is now.
    """
    candidates = candidate_records(contacts, leads, converted)
    candidates = candidates[candidates["key"].isin(keys)]
    counts = candidates.groupby("key")["record_id"].nunique().rename("candidates")
    oldest = candidates.sort_values(["key", "rank", *AGE]).drop_duplicates("key")
    return oldest.merge(counts, on="key", validate="one_to_one").reindex(columns=MATCH_COLUMNS).reset_index(drop=True)


def candidate_records(contacts: pd.DataFrame, leads: pd.DataFrame, converted: pd.DataFrame) -> pd.DataFrame:
    """Every record that an address may mean: key, object, record_id, matched_as, rank, CreatedDate, Id."""
    is_converted = canon.boolean(leads["IsConverted"]) == "true"
    through = leads.loc[is_converted, ["key", "ConvertedContactId"]].dropna()
    through = through.merge(converted[AGE], left_on="ConvertedContactId", right_on="Id", validate="many_to_one")
    kinds = [
        _ranked(contacts, "Contact", "contact", 0),
        _ranked(through, "Contact", "converted_lead", 1),
        _ranked(leads[~is_converted], "Lead", "lead", 2),
    ]
    return pd.concat(kinds, ignore_index=True)


def _ranked(records: pd.DataFrame, sobject: str, matched_as: str, rank: int) -> pd.DataFrame:
    ranked = records[["key", *AGE]].assign(object=sobject, matched_as=matched_as, rank=rank)
    return ranked.assign(record_id=records["Id"])
