"""Leads and Contacts: update who was found with the mapping of their kind, make who was not (R16, R17, R26, Q12)."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.config.public_domains import FAMILIES, PUBLIC
from livestorm_salesforce.domain.plan.desired_state import DesiredValues, desired_values, newest_values, with_fallbacks
from livestorm_salesforce.domain.plan.diff import creation_fields, diff_fields
from livestorm_salesforce.domain.registrants import latest_answers
from livestorm_salesforce.domain.registrants.change_detection import COMPANY
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.attribute_columns import attributes_of, zoned
from livestorm_salesforce.domain.shared.joins import index_of, isin, lookup, take_rows
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema

ACCOUNT = "AccountId"


@dataclass(frozen=True)
class PeopleChanges:
    """What to do with records of one kind. `table`: object, key, record_id; the others name its rows by number."""

    table: pd.DataFrame
    differences: pd.DataFrame
    missing: pd.Series
    notes: pd.DataFrame


def columns(registrations: pd.DataFrame, mapping: Mapping) -> list[str]:
    """The columns of registrations that decide about people; to carry the others along costs more than deciding."""
    attributes = attributes_of(mapping.lead, mapping.contact, COMPANY)
    needed = ["email_key", "session_id", "person_id", "registered_at", "person_changed", *zoned(attributes)]
    needed += [latest_answers.stale(name) for name in attributes]
    return [name for name in dict.fromkeys(needed) if name in registrations]


def person_values(registrations: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    """Column `key`, and every attribute that a Lead or Contact field may take, from the newest registration with it."""
    return newest_values(registrations, "email_key", zoned(attributes_of(mapping.lead, mapping.contact)))


def updates(
    values: pd.DataFrame, people: pd.DataFrame, records: pd.DataFrame, mapping: Mapping, schema: ObjectSchema
) -> PeopleChanges:
    """Differences of records that exist. Their address is left alone whatever the policy: it is what they were found
    by, or, found through a converted Lead, it is newer than what the registrant typed.

    Args:
        values: `person_values` of the people of this kind who were found. people: key, object, record_id.
        records: the org's records of this kind, by Id, with the mapped fields.
    """
    fields = {name: rule for name, rule in mapping.fields_of(schema.name).items() if name != "Email"}
    wanted = desired_values(values, fields, schema)
    table = take_rows(people, index_of(values["email_key"], people["email_key"]))
    held = take_rows(records, index_of(table["record_id"], records["Id"]))
    changed = diff_fields(wanted.values, held, fields, schema, mapping.fallback)
    return PeopleChanges(table, changed, pd.Series(dtype="str"), _still_told(wanted, changed, mapping, schema))


def _still_told(wanted: DesiredValues, changed: pd.DataFrame, mapping: Mapping, schema: ObjectSchema) -> pd.DataFrame:
    """A cut is news when it is written; a value left out is news while its field may be written at all."""
    notes, fields = wanted.notes, mapping.fields_of(schema.name)
    cut = notes["note"].str.startswith("cut").astype(bool)
    kept = notes[cut].merge(changed[["row", "field"]], on=["row", "field"]) if cut.any() else notes[cut]
    writable = [name for name, rule in fields.items() if rule.policy != "create_only"]
    return pd.concat([kept, notes[~cut & notes["field"].isin(writable)]], ignore_index=True)


def new_people(
    values: pd.DataFrame, people: pd.DataFrame, accounts: pd.DataFrame, mapping: Mapping, schema: ObjectSchema
) -> PeopleChanges:
    """Records to be made.

    Args:
        values: `person_values` of the people nobody was found for. people: key, object, record_id.
        accounts: key, AccountId for Contacts, by the Account policy (Q13).
    """
    fields = mapping.fields_of(schema.name)
    wanted = desired_values(values, fields, schema)
    complete, missing = with_fallbacks(wanted.values, fields, schema, mapping.fallback)
    if schema.name == "Contact" and schema.has(ACCOUNT):
        own = lookup(values["email_key"], accounts["email_key"], accounts[ACCOUNT]).astype("str")
        complete[ACCOUNT] = complete[ACCOUNT].fillna(own) if ACCOUNT in complete else own
    table = take_rows(people, index_of(values["email_key"], people["email_key"]))
    made = creation_fields(complete.drop(index=missing.index), schema)
    return PeopleChanges(table, made, missing, wanted.notes)


def choose_accounts(
    registrations: pd.DataFrame, keys: pd.Series, accounts: pd.DataFrame, mapping: Mapping
) -> pd.DataFrame:
    """AccountId per key for Contacts to be made: fixed, or the one Account with that name, else that web domain.

    Several Accounts that fit are none: guessing an Account silently is worse than leaving it empty (Q13).
    """
    policy = mapping.people.account
    if policy not in ("none", "match"):
        return pd.DataFrame(
            {"email_key": keys, ACCOUNT: normalize.long_id(pd.Series(policy, index=keys.index, dtype="str"))}
        )
    if policy == "none" or accounts.empty:
        return pd.DataFrame(columns=["email_key", ACCOUNT], dtype="str")
    values = newest_values(registrations[isin(registrations["email_key"], keys)], "email_key", attributes_of(COMPANY))
    people = pd.DataFrame({"email_key": values["email_key"], "name": values["form.company"].astype("str").str.lower()})
    people["domain"] = company_domains(people["email_key"], mapping)
    by_name = _only(accounts, accounts["Name"].str.strip().str.lower())
    by_domain = _only(accounts, web_domain(accounts["Website"]))
    chosen = people["name"].map(by_name).astype("str").fillna(people["domain"].map(by_domain).astype("str"))
    return pd.DataFrame({"email_key": people["email_key"], ACCOUNT: chosen}).dropna()


def _only(accounts: pd.DataFrame, names: pd.Series) -> pd.Series:
    single = accounts.assign(name=names).dropna(subset="name").drop_duplicates("name", keep=False)
    return single.set_index("name")["Id"]


def company_domains(keys: pd.Series, mapping: Mapping) -> pd.Series:
    """The web domain that an address speaks for; none at a mail provider: not every jean@orange.fr works for Orange."""
    domains = keys.astype("str").str.split("@").str[-1]
    public = domains.isin([*PUBLIC, *mapping.people.public_domains]) | domains.str.fullmatch(FAMILIES, na=False)
    return domains.where(domains.str.contains(".", regex=False, na=False) & ~public)


def web_domain(sites: pd.Series) -> pd.Series:
    """The bare domain of a web address: no scheme, no `www.`, no path."""
    return (
        sites.astype("str")
        .str.lower()
        .str.replace(r"^\s*(?:https?://)?(?:www\.)?|[/:?#].*$", "", regex=True)
        .str.strip()
    )
