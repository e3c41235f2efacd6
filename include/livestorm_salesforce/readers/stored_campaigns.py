"""Campaigns that an earlier run stored or the mapping links, and that their session id does not lead to.

A user or a flow may have changed the session id on the Campaign: its stored id is followed. The Campaign may also be
hidden from the user of the connection (field C7). A second Campaign of the same session would split its members, and
where the session id is not unique in the org nothing else would stop it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from livestorm_salesforce.clients.salesforce import Query, SalesforceClient, soql
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.joins import lookup
from livestorm_salesforce.enums import SObject
from livestorm_salesforce.errors import ConfigError, ContractError
from livestorm_salesforce.readers.query_batch import QueryBatch
from livestorm_salesforce.readers.record_visibility import may_hide


@dataclass(frozen=True)
class StoredCampaigns:
    """Campaigns that are found, and sessions whose Campaign may be hidden.

    Attributes:
        campaigns: found by session id or by stored id: the fields read, and session_id.
        hidden: sessions whose Campaign is neither found nor in the recycle bin, while the user may not see all
            Campaigns.
    """

    campaigns: pd.DataFrame
    hidden: frozenset[str]


def follow_campaigns(
    client: SalesforceClient, facts: pd.DataFrame, campaigns: pd.DataFrame, linked: pd.DataFrame, fields: Sequence[str]
) -> StoredCampaigns:
    """Search what is missing by its id. Costs one call if a Campaign is missing, and more if it may be hidden.

    Args:
        facts: rows of `campaign_facts`.
        campaigns: Campaigns found by their session: session_id.
        linked: Campaigns found of those that the mapping links: Id.
        fields: of `campaigns`.
    """
    missing = _missing(facts, campaigns, linked)
    if missing.empty:
        return StoredCampaigns(campaigns, frozenset())
    found = _read(client, missing["campaign_id"].drop_duplicates(), fields)
    followed = _of_sessions(found[~_is_deleted(found)], missing[~missing["linked"]])
    unknown = missing[~missing["session_id"].isin(followed["session_id"])]
    unknown = unknown[~unknown["campaign_id"].isin(found.loc[_is_deleted(found), "Id"])]
    if len(followed):
        campaigns = pd.concat([campaigns, followed[campaigns.columns]], ignore_index=True)
    is_hidden = len(unknown) and may_hide(client, [SObject.CAMPAIGN])
    return StoredCampaigns(campaigns, frozenset(unknown["session_id"] if is_hidden else ()))


def _missing(facts: pd.DataFrame, campaigns: pd.DataFrame, linked: pd.DataFrame) -> pd.DataFrame:
    """Sessions whose stored or linked Campaign was not found: session_id, linked, campaign_id, campaign_created."""
    is_linked = facts["linked"].astype(bool)
    expected = facts["campaign_ref"].where(is_linked, facts["campaign_id"])
    found = facts["session_id"].isin(campaigns["session_id"]).where(~is_linked, expected.isin(linked["Id"]))
    rows = facts[["session_id", "campaign_created"]].assign(linked=is_linked, campaign_id=normalize.long_id(expected))
    return rows[expected.notna() & ~found]


def _read(client: SalesforceClient, campaign_ids: pd.Series[str], fields: Sequence[str]) -> pd.DataFrame:
    """Campaigns by id, also those of the recycle bin; a server without queryAll shows no deleted ones."""
    where = [soql.in_list("Id", campaign_ids)]
    try:
        return _query(client, Query(SObject.CAMPAIGN, [*fields, "IsDeleted"], where, deleted=True))
    except (ConfigError, ContractError):
        return _query(client, Query(SObject.CAMPAIGN, list(fields), where))


def _query(client: SalesforceClient, query: Query) -> pd.DataFrame:
    queries = QueryBatch(client)
    queries.add("campaigns", query)
    queries.run()
    return queries.frame("campaigns")


def _is_deleted(found: pd.DataFrame) -> pd.Series[bool]:
    return normalize.boolean(found["IsDeleted"]) == "true" if "IsDeleted" in found else found["Id"].isna()


def _of_sessions(found: pd.DataFrame, missing: pd.DataFrame) -> pd.DataFrame:
    """The Campaigns of sessions. An org that was set up again gives the id to another Campaign, which was created at
    another time; this time is not stored before the second run."""
    session_ids = lookup(found["Id"], missing["campaign_id"], missing["session_id"])
    created = lookup(found["Id"], missing["campaign_id"], missing["campaign_created"])
    rows = found.assign(session_id=session_ids.astype("str"))
    return rows[session_ids.notna() & (created.isna() | (created == found["CreatedDate"]))]
