"""Campaigns that exist for all we know and that the user of the connection does not find (field C7).

Their owner, or the organization-wide default, may hide them. A second Campaign of the same session would split its
members, and where the session id is not unique in the org nothing else would stop it.
"""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.clients.salesforce import Query, SalesforceClient, soql
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.enums import SObject
from livestorm_salesforce.errors import ConfigError, ContractError
from livestorm_salesforce.readers.record_visibility import may_hide


def hidden_campaigns(
    client: SalesforceClient, facts: pd.DataFrame, campaigns: pd.DataFrame, linked: pd.DataFrame
) -> frozenset[str]:
    """Sessions whose stored or linked Campaign is neither found nor in the recycle bin, while the user may not see all
    Campaigns. Costs one call, or some more, only if a Campaign is missing.

    Args:
        facts: rows of `campaign_facts`.
        campaigns: Campaigns found by their session: session_id.
        linked: Campaigns found of those that the mapping links: Id.
    """
    is_linked = facts["linked"].astype(bool)
    expected = facts["campaign_ref"].where(is_linked, facts["campaign_id"])
    found = facts["session_id"].isin(campaigns["session_id"]).where(~is_linked, expected.isin(linked["Id"]))
    missing = facts[["session_id"]].assign(campaign_id=normalize.long_id(expected))[expected.notna() & ~found]
    if missing.empty or not may_hide(client, [SObject.CAMPAIGN]):
        return frozenset()
    in_bin = _in_recycle_bin(client, missing["campaign_id"])
    return frozenset(missing.loc[~missing["campaign_id"].isin(in_bin), "session_id"])


def _in_recycle_bin(client: SalesforceClient, campaign_ids: pd.Series[str]) -> set[str]:
    """Deleted Campaigns; a server without queryAll shows none."""
    where = [soql.in_list("Id", campaign_ids.drop_duplicates())]
    try:
        records = client.query(Query(SObject.CAMPAIGN, ["Id", "IsDeleted"], where, deleted=True))
    except (ConfigError, ContractError):
        return set()
    return {str(record["Id"]) for record in records if record["IsDeleted"] is True}
