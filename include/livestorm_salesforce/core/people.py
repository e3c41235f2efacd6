"""Leads and Contacts: update who was found with the mapping of their kind, make who was not (R16, R17, R26, Q12)."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from include.livestorm_salesforce.config.mapping import Mapping
from include.livestorm_salesforce.core import canonical as canon
from include.livestorm_salesforce.core.compare import canonical_current, creations, differences, stack
from include.livestorm_salesforce.core.desired import Desired, attributes_of, desire, newest_values, with_fallbacks
from include.livestorm_salesforce.core.registrations import COMPANY
from include.livestorm_salesforce.core.schema import ObjectSchema

ACCOUNT = "AccountId"


@dataclass(frozen=True)
class PeoplePlan:
    """`updates` and `made`: long differences with `object`; `missing`: required fields without a value, by key."""

    updates: pd.DataFrame
    made: pd.DataFrame
    missing: pd.Series
    notes: pd.DataFrame


def person_values(registrations: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    """Index: key. Every attribute that a Lead or Contact field may take, from the newest registration that has it.

    Registrations older than one that was loaded before (`superseded`) only speak for people who are not found.
    """
    return newest_values(registrations, "key", attributes_of(mapping.lead, mapping.contact))


def plan_people(
    registrations: pd.DataFrame,
    people: pd.DataFrame,
    current: dict[str, pd.DataFrame],
    accounts: pd.DataFrame,
    mapping: Mapping,
    schemas: dict[str, ObjectSchema],
) -> PeoplePlan:
    """Changes of people.

    Args:
        registrations: counted registrations of the people at hand.
        people: key, object, record_id (null: to be made), one row per key.
        current: records by object, with Id and the mapped fields.
        accounts: key, AccountId for Contacts to be made, by the Account policy (Q13).
    """
    fresh = registrations[~registrations["superseded"]]
    updates, made, notes = [], [], []
    missing = pd.Series(dtype="str")
    for sobject in ("Contact", "Lead"):
        rows = people[people["object"] == sobject]
        found = rows.dropna(subset="record_id")
        update = _updates(fresh, found, current[sobject], sobject, mapping, schemas[sobject])
        new = _new(registrations, rows[rows["record_id"].isna()]["key"], accounts, sobject, mapping, schemas[sobject])
        updates.append(update.values.assign(object=sobject))
        made.append(new.values.assign(object=sobject))
        missing = pd.concat([missing, new.missing])
        notes += [update.notes, new.notes]
    told = pd.concat(notes, ignore_index=True).rename(columns={"id": "key"})
    return PeoplePlan(stack(updates), stack(made), missing, told)


@dataclass(frozen=True)
class _Part:
    values: pd.DataFrame
    notes: pd.DataFrame
    missing: pd.Series


def _updates(
    registrations: pd.DataFrame,
    found: pd.DataFrame,
    records: pd.DataFrame,
    sobject: str,
    mapping: Mapping,
    schema: ObjectSchema,
) -> _Part:
    fields = mapping.fields_of(sobject)
    values = person_values(registrations[registrations["key"].isin(found["key"])], mapping)
    wanted = desire(values, fields, schema)
    ids = found.set_index("key")["record_id"].reindex(values.index)
    held = records.drop_duplicates("Id").set_index("Id").reindex(ids).set_index(values.index)
    now = canonical_current(held, list(wanted.values.columns), schema)
    changed = differences(wanted.values, now, fields, schema)
    return _Part(changed, _still_told(wanted, changed), pd.Series(dtype="str"))


def _still_told(wanted: Desired, changed: pd.DataFrame) -> pd.DataFrame:
    """A cut or a dropped value is news when its field is written; dropped picklist values always are."""
    written = changed[["id", "field"]].drop_duplicates()
    cut = wanted.notes["note"].str.startswith("cut")
    kept = wanted.notes[cut].merge(written, on=["id", "field"])
    return pd.concat([kept, wanted.notes[~cut]], ignore_index=True)


def _new(
    registrations: pd.DataFrame,
    keys: pd.Series,
    accounts: pd.DataFrame,
    sobject: str,
    mapping: Mapping,
    schema: ObjectSchema,
) -> _Part:
    fields = mapping.fields_of(sobject)
    values = person_values(registrations[registrations["key"].isin(keys)], mapping)
    wanted = desire(values, fields, schema)
    complete, missing = with_fallbacks(wanted.values, fields, schema, mapping.fallback)
    if sobject == "Contact" and schema.has(ACCOUNT):
        own = accounts.set_index("key")[ACCOUNT].reindex(complete.index)
        complete[ACCOUNT] = complete[ACCOUNT].fillna(own) if ACCOUNT in complete else own.astype("str")
    return _Part(creations(complete.drop(index=missing.index), schema), wanted.notes, missing)


def choose_accounts(
    registrations: pd.DataFrame, keys: pd.Series, accounts: pd.DataFrame, mapping: Mapping
) -> pd.DataFrame:
    """AccountId per key for Contacts to be made: fixed, or the one Account with that name, else that web domain.

    Several Accounts that fit are none: guessing an Account silently is worse than leaving it empty (Q13).
    """
    policy = mapping.people.account
    if policy not in ("none", "match"):
        return pd.DataFrame({"key": keys, ACCOUNT: canon.long_id(pd.Series(policy, index=keys.index, dtype="str"))})
    if policy == "none" or accounts.empty:
        return pd.DataFrame(columns=["key", ACCOUNT], dtype="str")
    values = newest_values(registrations[registrations["key"].isin(keys)], "key", attributes_of(COMPANY))
    people = pd.DataFrame({"key": values.index, "name": values["form.company"].str.strip().str.lower().array})
    people["domain"] = people["key"].str.split("@").str[-1]
    by_name = _only(accounts, accounts["Name"].str.strip().str.lower())
    by_domain = _only(accounts, web_domain(accounts["Website"]))
    chosen = people["name"].map(by_name).fillna(people["domain"].map(by_domain))
    return pd.DataFrame({"key": people["key"], ACCOUNT: chosen.astype("str")}).dropna()


def _only(accounts: pd.DataFrame, names: pd.Series) -> pd.Series:
    single = accounts.assign(name=names).dropna(subset="name").drop_duplicates("name", keep=False)
    return single.set_index("name")["Id"]


def web_domain(sites: pd.Series) -> pd.Series:
    """The bare domain of a web address: no scheme, no `www.`, no path."""
    return (
        sites.astype("str")
        .str.lower()
        .str.replace(r"^\s*(?:https?://)?(?:www\.)?|[/:?#].*$", "", regex=True)
        .str.strip()
    )
