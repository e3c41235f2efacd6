"""The Account of a created Contact: fixed, or matched by company name and web domain (Q13)."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.config.public_domains import FAMILIES, PUBLIC
from livestorm_salesforce.domain.plan.desired_state import newest_values
from livestorm_salesforce.domain.registrants.change_detection import COMPANY
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.attribute_columns import attributes_of
from livestorm_salesforce.domain.shared.joins import isin
from livestorm_salesforce.domain.shared.mail_domains import ascii_domain

ACCOUNT = "AccountId"


def choose_accounts(
    registrations: pd.DataFrame, keys: pd.Series, accounts: pd.DataFrame, mapping: Mapping
) -> pd.DataFrame:
    """The Account of each Contact to create: the fixed one, the only one with the company's name, or the only one with
    the address's web domain.

    If several Accounts match, none is chosen: a wrong Account is worse than an empty field (Q13).

    Args:
        registrations: email_key, registered_at, session_id, person_id, form.company.
        keys: e-mail keys of the people to create.
        accounts: Id, Name, Website.

    Returns:
        email_key, AccountId; without the people that have no Account.
    """
    policy = mapping.people.account
    if policy not in ("none", "match"):
        fixed = normalize.long_id(pd.Series(policy, index=keys.index, dtype="str"))
        return pd.DataFrame({"email_key": keys, ACCOUNT: fixed})
    if policy == "none" or accounts.empty:
        return pd.DataFrame(columns=["email_key", ACCOUNT], dtype="str")
    rows = registrations[isin(registrations["email_key"], keys)]
    people = newest_values(rows, "email_key", attributes_of(COMPANY))
    names = people["form.company"].astype("str").str.lower()
    domains = company_domains(people["email_key"], mapping)
    by_name = _unique_accounts(accounts, accounts["Name"].str.strip().str.lower())
    by_domain = _unique_accounts(accounts, web_domain(accounts["Website"]))
    chosen = names.map(by_name).astype("str").fillna(domains.map(by_domain).astype("str"))
    return pd.DataFrame({"email_key": people["email_key"], ACCOUNT: chosen}).dropna()


def _unique_accounts(accounts: pd.DataFrame, names: pd.Series) -> pd.Series:
    """Account Id by name, for names that exactly one Account has."""
    unique = accounts.assign(name=names).dropna(subset="name").drop_duplicates("name", keep=False)
    return unique.set_index("name")["Id"]


def company_domains(keys: pd.Series, mapping: Mapping) -> pd.Series:
    """The company's web domain in each e-mail key; null for public mail providers (`orange.fr` is not the employer)."""
    domains = keys.astype("str").str.split("@").str[-1]
    own = map(ascii_domain, mapping.people.public_domains)
    public = domains.isin([*PUBLIC, *own]) | domains.str.fullmatch(FAMILIES, na=False)
    return domains.where(domains.str.contains(".", regex=False, na=False) & ~public)


def web_domain(sites: pd.Series) -> pd.Series:
    """The domain of each web address without scheme, `www.` and path."""
    return (
        sites.astype("str")
        .str.lower()
        .str.replace(r"^\s*(?:https?://)?(?:www\.)?|[/:?#].*$", "", regex=True)
        .str.strip()
        .map(ascii_domain, na_action="ignore")
        .astype("str")
    )


def account_search_terms(
    registrations: pd.DataFrame, known_keys: set[str], mapping: Mapping
) -> tuple[pd.Series, pd.Series] | None:
    """Company names and web domains to search Accounts by, for the people that no record was found for.

    Every Account whose Website contains the domain is read, because several matches mean that none is chosen (Q13).

    Returns:
        names and domains; None if the mapping matches no Accounts.
    """
    if mapping.created_object != "Contact" or mapping.people.account != "match":
        return None
    new = registrations[~registrations["email_key"].isin(known_keys)]
    return new["form.company"], company_domains(new["email_key"], mapping)
