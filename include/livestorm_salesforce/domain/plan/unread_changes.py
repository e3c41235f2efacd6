"""Planned changes of which a newer reading does not tell whether an earlier load has written them."""

from __future__ import annotations

from collections.abc import Callable, Collection

import pandas as pd

from livestorm_salesforce.domain.plan.campaigns import HIDDEN
from livestorm_salesforce.domain.plan.model import PEOPLE, Plan
from livestorm_salesforce.domain.shared.joins import isin, lookup
from livestorm_salesforce.enums import MatchedAs, SObject

MayHide = Callable[[Collection[SObject]], Collection[SObject]]
OF_PEOPLE = (*PEOPLE, SObject.CAMPAIGN_MEMBER)


def unread_changes(changes: pd.DataFrame, fresh: Plan, registrations: pd.DataFrame, may_hide: MayHide) -> pd.Series:
    """Ids of the changes whose record the newer reading does not contain, or may not see (field C7).

    Args:
        changes: columns of `contracts.CHANGES`.
        fresh: a plan made from the newer reading.
        registrations: of the newer plan: campaign_ref, email_key, member_changed.
        may_hide: returns which of some objects may have records that the user of the connection does not see; called
            for objects of which the reading found no record of a person or a Campaign.
    """
    of_people, of_campaigns = changes["object"].isin(OF_PEOPLE), changes["campaign_ref"].notna()
    no_person = ~isin(changes["source_key"], _read_people(fresh, changes["source_key"], may_hide))
    no_campaign = ~isin(changes["campaign_ref"], _read_campaigns(fresh, changes["campaign_ref"], may_hide))
    no_member = ~isin(changes["campaign_ref"] + " " + changes["source_key"], _read_members(fresh, registrations))
    of_members = changes["object"] == SObject.CAMPAIGN_MEMBER
    unread = (of_people & no_person) | (of_campaigns & no_campaign) | (of_members & no_member)
    return changes.loc[unread, "change_id"]


def _read_people(fresh: Plan, wanted: pd.Series, may_hide: MayHide) -> pd.Series:
    """E-mail keys of the wanted people whose record was found or cannot be hidden."""
    people = fresh.people[isin(fresh.people["email_key"], wanted) & (fresh.people["matched_as"] != MatchedAs.HIDDEN)]
    is_absent = people["record_id"].isna() & (people["matched_as"] != MatchedAs.DELETED)
    return _without_hidden(people["email_key"], is_absent, PEOPLE, may_hide)


def _read_campaigns(fresh: Plan, wanted: pd.Series, may_hide: MayHide) -> pd.Series:
    """`campaign_ref` of the wanted Campaigns that were found or cannot be hidden."""
    hidden = fresh.refusals.loc[fresh.refusals["message"] == HIDDEN, "campaign_ref"]
    refs = fresh.campaigns["campaign_ref"]
    campaigns = fresh.campaigns[isin(refs, wanted) & ~isin(refs, hidden)]
    is_absent = campaigns["campaign_id"].isna()
    return _without_hidden(campaigns["campaign_ref"], is_absent, (SObject.CAMPAIGN,), may_hide)


def _read_members(fresh: Plan, registrations: pd.DataFrame) -> pd.Series:
    """`campaign_ref` and e-mail key of the members that were read, also under the key of their person."""
    rows = registrations[registrations["member_changed"].astype("bool")]  # without rows the type is not known
    person = lookup(rows["email_key"], fresh.people["email_key"], fresh.people["person"])
    return pd.concat([rows["campaign_ref"] + " " + keys for keys in (rows["email_key"], person)]).dropna()


def _without_hidden(
    keys: pd.Series, is_absent: pd.Series, objects: Collection[SObject], may_hide: MayHide
) -> pd.Series:
    return keys[~is_absent] if is_absent.any() and may_hide(objects) else keys
