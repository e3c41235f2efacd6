"""HMAC of a created person's e-mail address, and the unique external id field of Leads and Contacts that stores it."""

from __future__ import annotations

import hmac
from dataclasses import replace

import pandas as pd

from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.domain.plan.model import PEOPLE, Plan
from livestorm_salesforce.domain.shared.org_schema import FieldInfo, ObjectSchema
from livestorm_salesforce.enums import Action

LENGTH = 64  # hexadecimal characters of HMAC-SHA256
#: Hexadecimal characters (128 bits): a shorter HMAC could belong to two people.
SHORTEST = 32


def email_hmac(key: str, secret: str) -> str:
    """HMAC-SHA256 of an e-mail key as 64 hexadecimal characters. Without the secret it reveals no address."""
    return hmac.digest(secret.encode(), key.encode(), "sha256").hex()


def with_key_field(plan: Plan, mapping: Mapping, schemas: dict[str, ObjectSchema], secret: str) -> Plan:
    """Add the HMAC of the e-mail address to every created person, in the key field of the mapping (`people.key_field`).

    The field is unique: Salesforce rejects a repeated creation whose first response was lost. Objects without a
    suitable field are left unchanged. pandas has no vectorized HMAC; 100,000 created people take 0.3 s.
    """
    name = mapping.people.key_field
    fields = {sobject: key_field(schemas[sobject], name) for sobject in PEOPLE}
    lengths = {str(sobject): info.length or LENGTH for sobject, info in fields.items() if info}
    created = plan.changes[plan.changes["object"].isin(list(lengths)) & (plan.changes["action"] == Action.CREATE)]
    if created.empty:
        return plan
    pairs = zip(created["source_key"], created["object"].map(lengths), strict=True)
    hmacs = [email_hmac(key, secret)[: int(length)] for key, length in pairs]
    rows = pd.DataFrame({"change_id": created["change_id"].to_numpy(), "field": name, "before": None, "after": hmacs})
    rows["field_reason"] = None
    return replace(plan, fields=pd.concat([plan.fields, rows.astype(plan.fields.dtypes)], ignore_index=True))


def key_field(schema: ObjectSchema, name: str | None) -> FieldInfo | None:
    """The key field of an object, if it is createable and long enough for an HMAC."""
    info = schema.fields.get(name) if name else None
    suitable = info and info.createable and info.is_text and (info.length or SHORTEST) >= SHORTEST
    return info if suitable else None
