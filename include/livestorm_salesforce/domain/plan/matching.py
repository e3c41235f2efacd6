"""Matches each person to a record by e-mail address: Contact before Lead, the oldest of several (R15, R16, Q15)."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

import pandas as pd

from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.domain.plan.builder import NOTE_COLUMNS
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.joins import index_of, isin, lookup, take_rows
from livestorm_salesforce.enums import MatchedAs, SObject

AGE = ["CreatedDate", "Id"]
#: Note about a person whose record was found by its stored id.
ADDRESS_DIFFERS = "the record has another address; it is updated, its address stays"
#: People who are not created.
WITHHELD = (MatchedAs.DELETED, MatchedAs.HIDDEN)
#: Names of a person, and the answers with which they are compared.
NAMES = {"FirstName": "form.first_name", "LastName": "form.last_name"}
MATCH_COLUMNS = ["email_key", "object", "record_id", "matched_as", "candidates"]


def match_people(candidates: pd.DataFrame) -> pd.DataFrame:
    """The record of each e-mail key that has one: the lowest rank, then the oldest, then the smallest Id.

    Args:
        candidates: rows of `candidate_records`.

    Returns:
        one row per e-mail key, columns `MATCH_COLUMNS`; `candidates` is the number of records.
    """
    several = candidates["email_key"].duplicated(keep=False)
    ambiguous = candidates[several].sort_values(["email_key", "rank", *AGE])
    counts = ambiguous.groupby("email_key")["record_id"].nunique()
    first = ambiguous.drop_duplicates("email_key")
    first = first.assign(candidates=first["email_key"].map(counts))
    chosen = pd.concat([candidates[~several].assign(candidates=1), first], ignore_index=True)
    return chosen[MATCH_COLUMNS]


def candidate_records(
    keys: pd.Series, contacts: pd.DataFrame, leads: pd.DataFrame, converted: pd.DataFrame
) -> pd.DataFrame:
    """Every record that may belong to an address: a Contact with the address (rank 0), the Contact that a converted
    Lead with the address became (rank 1), an open Lead with the address (rank 2).

    Args:
        keys: e-mail keys.
        contacts: email_key, Id, CreatedDate.
        leads: email_key, Id, CreatedDate, IsConverted, ConvertedContactId; converted Leads too.
        converted: Contacts that converted Leads became, read by Id, whatever their address is now.

    Returns:
        email_key, object, record_id, matched_as, rank, CreatedDate, Id.
    """
    contacts, leads = (records[isin(records["email_key"], keys)] for records in (contacts, leads))
    is_converted = normalize.boolean(leads["IsConverted"]) == "true"
    origin = leads[is_converted].dropna(subset="ConvertedContactId")
    successors = take_rows(converted[AGE], index_of(origin["ConvertedContactId"], converted["Id"]))
    successors = successors.assign(email_key=origin["email_key"].to_numpy()).dropna(subset="Id")
    kinds = [
        _ranked(contacts, SObject.CONTACT, MatchedAs.CONTACT, 0),
        _ranked(successors, SObject.CONTACT, MatchedAs.CONVERTED_LEAD, 1),
        _ranked(leads[~is_converted], SObject.LEAD, MatchedAs.LEAD, 2),
    ]
    return pd.concat([kind for kind in kinds if len(kind)] or kinds, ignore_index=True)


def _ranked(records: pd.DataFrame, sobject: SObject, matched_as: MatchedAs, rank: int) -> pd.DataFrame:
    ranked = records[["email_key", *AGE]].assign(object=str(sobject), matched_as=str(matched_as), rank=rank)
    return ranked.assign(record_id=records["Id"])


def resolve_people(keys: pd.Series, candidates: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    """The record of each e-mail key, or the object that will be created for it.

    Args:
        keys: unique e-mail keys, sorted.
        candidates: `candidate_records` of these keys.

    Returns:
        email_key, object, record_id (null: to be created), matched_as, candidates, person; in order of `keys`. `person`
        is the key under which all addresses of one record are written: the record's own address before that of a
        converted Lead, then the first in order.
    """
    found = match_people(candidates)
    people = take_rows(found, index_of(keys, found["email_key"])).assign(email_key=keys)
    people["object"] = people["object"].fillna(mapping.created_object)
    people["matched_as"] = people["matched_as"].fillna(str(MatchedAs.CREATED))
    people["candidates"] = people["candidates"].fillna(0).astype("int64")
    people = people.astype({"object": "str", "record_id": "str", "matched_as": "str"})
    return people.assign(person=_person_keys(people))


def _person_keys(people: pd.DataFrame) -> pd.Series:
    """The key of each person: of several addresses of one record, the first (`resolve_people`)."""
    several = people["record_id"].notna() & people["record_id"].duplicated(keep=False)
    if not several.any():
        return people["email_key"]
    first = people[several].sort_values(["matched_as", "email_key"])
    return lookup(people["record_id"], first["record_id"], first["email_key"]).fillna(people["email_key"])


def without_other_people(records: pd.DataFrame, registrations: pd.DataFrame) -> pd.DataFrame:
    """Records found by a registration that has another address in Livestorm now, unless it has no name in common: then
    somebody else took the registration over, and would overwrite the record of the first person.

    Args:
        records: email_key, `readdressed`, and FirstName and LastName if the mapping has them.
        registrations: email_key, form.first_name, form.last_name.
    """
    if not records["readdressed"].any() or not {*NAMES} <= {*records} or not {*NAMES.values()} <= {*registrations}:
        return records
    given = registrations[["email_key", *NAMES.values()]].merge(records.reset_index(), on="email_key")
    names = zip(*(given[column].astype("str") for column in (*NAMES, *NAMES.values())), strict=True)
    is_other = [_have_no_name_in_common(*four) for four in names]
    same = given.loc[~pd.Series(is_other, index=given.index, dtype="bool"), "index"]
    return records[~records["readdressed"] | records.index.isin(same)]


def _have_no_name_in_common(first: str, last: str, *given: str) -> bool:
    """Whether all names are known, and no given one is that of the record beyond case, accents and punctuation."""
    if any(map(pd.isna, (first, last, *given))):
        return False
    return {_bare_name(first), _bare_name(last)}.isdisjoint(map(_bare_name, given))


def _bare_name(name: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", name.casefold())))


def mark_withheld(
    people: pd.DataFrame, deleted: Collection[str], hidden: Collection[str], mapping: Mapping
) -> pd.DataFrame:
    """People whose record a user deleted are matched as `deleted`, unless the mapping lets them be created again, and
    those whose record may be hidden from the user of the connection as `hidden`.

    Args:
        people: rows of `resolve_people`.
        deleted, hidden: e-mail keys.
    """
    kinds = {MatchedAs.HIDDEN: hidden, MatchedAs.DELETED: () if mapping.people.recreate_deleted else deleted}
    for matched_as, keys in kinds.items():
        if keys:
            is_kind = people["record_id"].isna() & people["email_key"].isin([*keys])
            people = people.assign(matched_as=people["matched_as"].mask(is_kind, str(matched_as)))
    return people


def without_withheld(registrations: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Registrations of people who are matched neither as `deleted` nor as `hidden`."""
    withheld = people.loc[people["matched_as"].isin(WITHHELD), "email_key"]
    return registrations[~isin(registrations["email_key"], withheld)] if len(withheld) else registrations


def address_notes(people: pd.DataFrame, followed: Collection[str]) -> pd.DataFrame:
    """A note about each person whose record has another address: columns `builder.NOTE_COLUMNS`."""
    rows = people[people["email_key"].isin([*followed])]
    notes = rows.assign(source_key=rows["email_key"], campaign_ref=None, field="Email", note=ADDRESS_DIFFERS)
    return notes.reindex(columns=NOTE_COLUMNS).astype("str")


def merge_addresses(registrations: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Registrations under the key of their person.

    Two addresses may lead to one Contact: its own and that of a Lead converted into it. Written separately, they would
    overwrite each other and become two members.
    """
    if (people["person"] == people["email_key"]).all():
        return registrations
    person = lookup(registrations["email_key"], people["email_key"], people["person"])
    return registrations.assign(email_key=person, member=registrations["campaign_ref"] + " " + person)


def records_of_people(people: pd.DataFrame, candidates: pd.DataFrame, leads: pd.DataFrame) -> pd.DataFrame:
    """All records of each person, converted Leads included: email_key, record_id, rank (0: the matched record).

    A record is there once per person, with its smallest rank.
    """
    leads = leads.loc[isin(leads["email_key"], people["email_key"]), ["email_key", "Id"]]
    matched = people[["email_key", "record_id"]].dropna().assign(rank=0)
    others = candidates[["email_key", "record_id"]].assign(rank=1)
    leads = leads.rename(columns={"Id": "record_id"}).assign(rank=2)
    records = pd.concat([matched, others, leads], ignore_index=True)
    records = records.assign(email_key=lookup(records["email_key"], people["email_key"], people["person"]))
    return records.drop_duplicates(["email_key", "record_id"], ignore_index=True)
