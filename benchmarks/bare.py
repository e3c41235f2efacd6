"""Minimal pandas implementation of parsing and comparing, as a baseline for the product's domain code.

Parsing: raw responses become one frame with nested details and form answers as columns. Merging: keys are normalized,
registrants are joined to Contacts, Leads and members, and each mapped field is compared with the value of the record.
It has no rules, reasons, contracts or accounting.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from livestorm_salesforce.config import Mapping
from livestorm_salesforce.domain.plan.model import CurrentState


def parse(resources: list[dict[str, Any]]) -> pd.DataFrame:
    """Return raw responses as one flat frame."""
    raw = pd.DataFrame([resource["attributes"] for resource in resources])
    detail = pd.DataFrame(raw["registrant_detail"].tolist())
    answers = detail.pop("fields").explode()
    long = pd.DataFrame(answers.tolist(), index=answers.index)
    form = long.pivot(columns="id", values="value").add_prefix("form.")
    return pd.concat([raw.drop(columns="registrant_detail"), detail.add_prefix("detail."), form], axis=1)


def merge(registrants: pd.DataFrame, current: CurrentState, mapping: Mapping) -> int:
    """Return the number of values that differ."""
    people = registrants[registrants["role"] == "participant"].assign(email_key=_key(registrants["email"]))
    differing = 0
    for sobject, records in (("Contact", current.contacts), ("Lead", current.leads)):
        held = (
            records.assign(email_key=_key(records["Email"]))
            .sort_values(["CreatedDate", "Id"])
            .drop_duplicates("email_key")
        )
        both = people.merge(held, on="email_key", how="inner")
        for field, rule in mapping.fields_of(sobject).items():
            wanted, before = both[f"form.{rule.attribute}"], both[field].astype("str").str.strip()
            differs = both.loc[wanted.notna() & (wanted != before), ["email_key", f"form.{rule.attribute}", field]]
            differing += len(differs)
        members = current.members[["CampaignId", f"{sobject}Id", "Status"]].dropna()
        joined = both[["email_key", "Id", "attended"]].merge(members, left_on="Id", right_on=f"{sobject}Id", how="left")
        wanted = joined["attended"].map({True: "Attended", False: "Not Attended"})
        differing += int((wanted != joined["Status"]).sum())
    return differing


def _key(addresses: pd.Series) -> pd.Series:
    return addresses.astype("str").str.strip().str.lower()
