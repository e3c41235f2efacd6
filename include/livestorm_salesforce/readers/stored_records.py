"""Follows the records that earlier runs created or matched for people whose address leads to no record any more.

A user may have corrected the address, automation may have changed it, or the record was merged into another: the same
registration must not create a second person (design, section 4; field findings, A4, A5, A15).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from livestorm_salesforce.clients.salesforce import Query, soql
from livestorm_salesforce.domain.plan import matching
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.enums import SObject
from livestorm_salesforce.errors import ConfigError, ContractError
from livestorm_salesforce.readers.query_batch import QueryBatch
from livestorm_salesforce.readers.record_visibility import may_hide
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.state import registrations

log = logging.getLogger(__name__)
#: Id prefix of each object (Salesforce: standard field record id prefixes).
PREFIXES = {SObject.LEAD: "00Q", SObject.CONTACT: "003"}
#: Merges that are followed: a record may be merged into one that was merged later.
MAX_MERGES = 5


@dataclass(frozen=True)
class FollowedRecords:
    """Records that are found, and people whose record a user deleted, or who may have one that is hidden.

    Attributes:
        contacts, leads: records with the fields of `person_fields`, and the `email_key` of the person they stand for.
        deleted: e-mail keys of people whose record was deleted and not merged.
        hidden: e-mail keys of people whose record is neither found nor in the recycle bin, while the user of the
            connection may not see all records of the object.
    """

    contacts: pd.DataFrame
    leads: pd.DataFrame
    deleted: frozenset[str]
    hidden: frozenset[str]


def follow_records(app: AppContext, people: pd.DataFrame, fields: Mapping[SObject, list[str]]) -> FollowedRecords:
    """The stored records of people without a record at their address; costs calls only if there are some.

    Args:
        people: registrations: `session_id`, `person_id`, `email_key`, `form.first_name` and `form.last_name`.
        fields: to read per object.
    """
    stored = registrations.stored_records(app.state, people)
    stored = stored[stored["record_id"].str.startswith(tuple(PREFIXES.values()))]
    stored = stored.assign(record_id=normalize.long_id(stored["record_id"]))
    found = {sobject: [_read(app, sobject, stored["record_id"], names)] for sobject, names in fields.items()}
    missing, in_bin = stored[~stored["record_id"].isin(_ids(found))], set[str]()
    if len(missing):
        masters, in_bin = _masters(app, missing["record_id"])
        stored = stored.assign(record_id=stored["record_id"].map(lambda one: masters.get(one, one)))
        for sobject, names in fields.items():
            found[sobject].append(_read(app, sobject, pd.Series(list(masters.values()), dtype="str"), names))
    records = {sobject: pd.concat(parts, ignore_index=True).drop_duplicates("Id") for sobject, parts in found.items()}
    keyed = stored.rename(columns={"record_id": "Id"})
    contacts, leads = (
        matching.without_other_people(records[sobject].merge(keyed, on="Id"), people).drop(columns="readdressed")
        for sobject in (SObject.CONTACT, SObject.LEAD)
    )
    lost = stored[~stored["record_id"].isin(_ids(found))]
    hidden = frozenset(_may_be_hidden(app, lost[~lost["record_id"].isin(in_bin)])["email_key"])
    return FollowedRecords(contacts, leads, frozenset(lost["email_key"]) - hidden, hidden)


def _may_be_hidden(app: AppContext, absent: pd.DataFrame) -> pd.DataFrame:
    """The absent records of objects whose records the user may not see all (field C7): another user of the same org, or
    one that lost a right. They look like records that were deleted for good."""
    objects = [sobject for sobject, prefix in PREFIXES.items() if absent["record_id"].str.startswith(prefix).any()]
    if not objects:
        return absent
    restricted = tuple(PREFIXES[sobject] for sobject in may_hide(app.salesforce, objects))
    return absent[absent["record_id"].str.startswith(restricted)] if restricted else absent.iloc[:0]


def _read(app: AppContext, sobject: SObject, record_ids: pd.Series[str], fields: list[str]) -> pd.DataFrame:
    queries = QueryBatch(app.salesforce)
    own = record_ids[record_ids.str.startswith(PREFIXES[sobject])].drop_duplicates()
    queries.add_in("records", sobject, fields, "Id", own)
    if len(own):
        queries.run()
    return queries.frame("records")


def _masters(app: AppContext, record_ids: pd.Series[str]) -> tuple[dict[str, str], set[str]]:
    """The record that each merged record became, and the records in the recycle bin. A server without queryAll cannot
    tell: its records count as deleted."""
    masters: dict[str, str] = {}
    in_bin: set[str] = set()
    wanted = record_ids
    for _ in range(MAX_MERGES):
        merged, deleted = _states(app, wanted)
        in_bin |= deleted
        masters = {one: merged.get(master, master) for one, master in masters.items()}
        masters |= {one: merged[one] for one in record_ids if one in merged}
        wanted = pd.Series(sorted(set(merged.values())), dtype="str")
        if wanted.empty:
            break
    return masters, in_bin


def _states(app: AppContext, record_ids: pd.Series[str]) -> tuple[dict[str, str], set[str]]:
    """Masters of merged records, and the ids of deleted ones."""
    queries, fields = QueryBatch(app.salesforce), ["Id", "IsDeleted", "MasterRecordId"]
    for sobject, prefix in PREFIXES.items():
        own = record_ids[record_ids.str.startswith(prefix)].drop_duplicates()
        queries.add("states", Query(sobject, fields, [soql.in_list("Id", own)], deleted=True))
    try:
        queries.run()
    except (ConfigError, ContractError):
        log.warning("Salesforce does not answer queries for deleted records: merged records count as deleted.")
        return {}, set(record_ids)
    states = queries.frame("states")
    merged = states.dropna(subset="MasterRecordId")
    masters = dict(zip(merged["Id"], normalize.long_id(merged["MasterRecordId"]), strict=True))
    return masters, {*states.loc[normalize.boolean(states["IsDeleted"]) == "true", "Id"]}


def _ids(found: Mapping[SObject, list[pd.DataFrame]]) -> set[str]:
    return {one for parts in found.values() for part in parts for one in part["Id"]}
