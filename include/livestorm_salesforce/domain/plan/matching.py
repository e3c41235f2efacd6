"""Who in Salesforce is this person? By address alone: Contact before Lead, the oldest of several (R15, R16, Q15)."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.joins import index_of, isin, take_rows

AGE = ["CreatedDate", "Id"]

#: Contact matches rank before Leads; a Contact reached through a converted Lead after one that has the address.
MATCH_COLUMNS = ["email_key", "object", "record_id", "matched_as", "candidates"]


def match_people(candidates: pd.DataFrame) -> pd.DataFrame:
    """The record that each key means: columns `MATCH_COLUMNS`, one row per key that somebody has."""
    several = candidates["email_key"].duplicated(keep=False)
    disputed = candidates[several].sort_values(["email_key", "rank", *AGE])
    counts = disputed.groupby("email_key")["record_id"].nunique()
    oldest = disputed.drop_duplicates("email_key")
    oldest = oldest.assign(candidates=oldest["email_key"].map(counts))
    chosen = pd.concat([candidates[~several].assign(candidates=1), oldest], ignore_index=True)
    return chosen[MATCH_COLUMNS]


def candidate_records(
    keys: pd.Series, contacts: pd.DataFrame, leads: pd.DataFrame, converted: pd.DataFrame
) -> pd.DataFrame:
    """Every record that an address may mean: key, object, record_id, matched_as, rank, CreatedDate, Id.

    Args:
        keys: the addresses at hand.
        contacts: current Contacts by address: key, Id, CreatedDate, ...
        leads: current Leads by address, converted ones too: key, Id, CreatedDate, IsConverted, ConvertedContactId.
        converted: Contacts that converted Leads became, read by Id, whatever their address is now.
    """
    contacts, leads = (records[isin(records["email_key"], keys)] for records in (contacts, leads))
    is_converted = normalize.boolean(leads["IsConverted"]) == "true"
    became = leads[is_converted].dropna(subset="ConvertedContactId")
    through = take_rows(converted[AGE], index_of(became["ConvertedContactId"], converted["Id"]))
    through = through.assign(email_key=became["email_key"].to_numpy()).dropna(subset="Id")
    kinds = [
        _ranked(contacts, "Contact", "contact", 0),
        _ranked(through, "Contact", "converted_lead", 1),
        _ranked(leads[~is_converted], "Lead", "lead", 2),
    ]
    return pd.concat([kind for kind in kinds if len(kind)] or kinds, ignore_index=True)


def _ranked(records: pd.DataFrame, sobject: str, matched_as: str, rank: int) -> pd.DataFrame:
    ranked = records[["email_key", *AGE]].assign(object=sobject, matched_as=matched_as, rank=rank)
    return ranked.assign(record_id=records["Id"])
