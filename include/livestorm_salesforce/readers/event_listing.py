"""Reads the events of sessions from Livestorm, and keeps them between two lists of changed events."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import pandas as pd

from livestorm_salesforce.clients.livestorm import Listing
from livestorm_salesforce.clients.livestorm.client import LivestormClient
from livestorm_salesforce.config.sections import EventRules
from livestorm_salesforce.domain.sessions.listing import MAX_LOOKUPS
from livestorm_salesforce.domain.sessions.sync_state import SyncState
from livestorm_salesforce.domain.sessions.transform import transform_events
from livestorm_salesforce.errors import ContractError

#: The list of changed events starts this long before the last one, for changes that arrive late in it.
OVERLAP = pd.Timedelta(minutes=10)


@dataclass(frozen=True)
class EventListing:
    """Events of sessions.

    Attributes:
        events: columns of `contracts.EVENTS`.
        was_listed: whether the list of changed events was read.
        unreadable: ids of events that Livestorm sent in an unknown format.
    """

    events: pd.DataFrame
    was_listed: bool
    unreadable: list[str] = field(default_factory=list)


def read_events(
    client: LivestormClient,
    rules: EventRules,
    state: SyncState | None,
    event_ids: Sequence[str],
    *,
    list_due: bool,
) -> EventListing:
    """Read the events of these ids. One in an unknown format does not affect the others.

    Tags are requested only if the mapping selects by them. An event whose tags were never requested is read again.

    Args:
        client: Livestorm's client.
        rules: section `events` of the mapping.
        state: the sync state; None before the first successful run.
        event_ids: the events needed.
        list_due: whether the list of changed events is due.
    """
    include = ("tags",) if rules.include_tags or rules.exclude_tags else ()
    events = state.events if state else transform_events([])
    events = events[events["tags"].notna()] if include else events
    many = len(_absent(event_ids, events)) > MAX_LOOKUPS
    if list_due or many:
        since = int((state.listings["events"] - OVERLAP).timestamp()) if state else None
        # it is not documented whether a new tag changes the change time of an event
        listed = client.list_events(updated_since=None if many or include else since, include=include)
        events = pd.concat([_transformed([listed], include), events], ignore_index=True)
        events = events.drop_duplicates("event_id", ignore_index=True)
    found, unreadable = [], []
    for event_id in _absent(event_ids, events):
        try:
            found.append(client.get_event(event_id, include=include))
        except ContractError:
            unreadable.append(event_id)
    if found:
        events = pd.concat([events, _transformed(found, include)], ignore_index=True)
    return EventListing(events, list_due or many, unreadable)


def _absent(event_ids: Collection[str], events: pd.DataFrame) -> list[str]:
    known = set(events["event_id"])
    return [event_id for event_id in event_ids if event_id not in known]


def _transformed(listings: Sequence[Listing], include: tuple[str, ...]) -> pd.DataFrame:
    events = transform_events(
        [event for listing in listings for event in listing.data],
        [item for listing in listings for item in listing.included],
    )
    return events if include else events.assign(tags=pd.Series(None, index=events.index, dtype="str"))
