"""The org check: objects, fields, permissions and values that the mapping needs and the org lacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from livestorm_salesforce.config import FieldRule, Mapping
from livestorm_salesforce.domain.plan.campaigns import RULED
from livestorm_salesforce.domain.plan.desired_state import desired_values
from livestorm_salesforce.domain.plan.filtered_fields import filter_problems
from livestorm_salesforce.domain.shared.org_schema import NUMBER_TYPES, FieldInfo, ObjectSchema
from livestorm_salesforce.domain.shared.text_length import utf16_units
from livestorm_salesforce.enums import Severity, SObject, WritePolicy
from livestorm_salesforce.problems import Problem, ProblemCode

SESSION_ID_LENGTH = 36  # characters of a Livestorm session id, a UUID
MARKETING = "give the user the 'Marketing User' checkbox and create/edit on Campaign, then clear the failed task"
#: How a constant is written, by field type.
CONSTANT_FORMATS = {
    "boolean": "write true or false",
    "date": "write the day as 2026-12-31",
    "datetime": 'write the moment as "2026-12-31T10:00:00Z"',
    **dict.fromkeys(NUMBER_TYPES, "write a number with a point, as in 12.5"),
}
ONE_RECORD = pd.DataFrame(index=[0])  # constants do not depend on attributes
ALWAYS_READ = {"Lead": ("Email", "IsConverted", "ConvertedContactId"), "Contact": ("Email",), "Campaign": ("Name",)}


def problems(org: dict[str, ObjectSchema], mapping: Mapping) -> list[str]:
    """What prevents a run, all at once: one sentence each, with the remedy.

    Args:
        org: describe results by object.
    """
    return [*_permissions(org), *_fields(org, mapping), *filter_problems(org, mapping), *_person_accounts(org)]


def unknown_fields(schema: ObjectSchema, names: Iterable[str]) -> dict[str, str]:
    """Message per field that the object does not have, for a mapping that is not valid otherwise either."""
    return {name: _unknown_field(schema, name) for name in names if not schema.has(name)}


def warnings(org: dict[str, ObjectSchema], mapping: Mapping) -> list[Problem]:
    """What does not prevent a run but restricts it (R6).

    Args:
        org: describe results by object.
    """
    return [*_replay_warnings(org["CampaignMember"], mapping), *_campaign_warnings(org["Campaign"], mapping)]


def _replay_warnings(members: ObjectSchema, mapping: Mapping) -> Iterator[Problem]:
    replay = mapping.replay
    if replay is None:
        return
    info = members.fields.get(replay.field)
    if info is None:
        yield _warning(
            ProblemCode.REPLAY_FIELD_MISSING,
            f"CampaignMember.{replay.field} does not exist or is hidden{_did_you_mean(members, replay.field)}: "
            "replay views are not written",
        )
    elif not _writable(members, replay.field):
        yield _warning(
            ProblemCode.REPLAY_FIELD_READ_ONLY,
            f"CampaignMember.{replay.field} cannot be written by this user: replay views are not written",
        )
    elif info.restricted and (lacking := [x for x in (replay.watched, replay.not_watched) if x not in info.values]):
        yield _warning(
            ProblemCode.REPLAY_VALUE_MISSING,
            f"the restricted picklist {replay.field} lacks {lacking}: these values stay empty",
        )


def _campaign_warnings(campaign: ObjectSchema, mapping: Mapping) -> Iterator[Problem]:
    key = mapping.campaign.external_id
    if not campaign.fields[key].unique:
        yield _warning(
            ProblemCode.SESSION_FIELD_NOT_UNIQUE,
            f"Campaign.{key} is not unique: two simultaneous runs could create two Campaigns for one session",
        )
    ruled = [name for name in RULED if name != "ParentId" or mapping.campaign.parents]
    if closed := [name for name in ruled if not _writable(campaign, name)]:
        yield _warning(
            ProblemCode.CAMPAIGN_FIELD_CLOSED,
            f"hidden from this user or read-only on Campaign, and left out: {', '.join(closed)}",
        )
    kind = campaign.fields.get("Type")
    if kind and kind.values and mapping.campaign.type not in kind.values:
        effect = "left out" if kind.restricted else "stored, but reports and filters do not offer it"
        yield _warning(
            ProblemCode.TYPE_MISSING,
            f"Campaign.Type has no active value '{mapping.campaign.type}': it is {effect}",
        )


def _warning(code: ProblemCode, text: str) -> Problem:
    return Problem(code, Severity.NOTE, public=text, message=text)


def _permissions(org: dict[str, ObjectSchema]) -> list[str]:
    marketing = [
        f"The user may not create {name}: {MARKETING}."
        for name in (SObject.CAMPAIGN, SObject.CAMPAIGN_MEMBER, SObject.CAMPAIGN_MEMBER_STATUS)
        if not org[name].createable
    ]
    people = [
        f"The user may not create and edit {name}: add both to its permission set."
        for name in (SObject.LEAD, SObject.CONTACT)
        if not (org[name].createable and org[name].updateable)
    ]
    return marketing + people


def _writable(schema: ObjectSchema, field: str) -> bool:
    info = schema.fields.get(field)
    return bool(info and info.createable and info.updateable)


def _session_field(org: dict[str, ObjectSchema], key: str) -> list[str]:
    if not org["Campaign"].has(key):
        return [
            f"Campaign.{key} does not exist or is hidden by field-level security{_did_you_mean(org['Campaign'], key)}: "
            "create it as Text(50), External ID, Unique, and give the user read and edit access."
        ]
    info = org["Campaign"].fields[key]
    if not info.external_id or not info.createable or 0 < info.length < SESSION_ID_LENGTH:
        return [
            f"Campaign.{key} cannot hold a session's id (External ID: {'yes' if info.external_id else 'no'}, writable: "
            f"{'yes' if info.createable else 'no'}, length {info.length}): make it Text(50), External ID, Unique, and "
            "give the user edit access."
        ]
    return []


def _fields(org: dict[str, ObjectSchema], mapping: Mapping) -> list[str]:
    found = _session_field(org, mapping.campaign.external_id)
    mapped = {
        SObject.CAMPAIGN: mapping.campaign.fields,
        SObject.LEAD: mapping.lead,
        SObject.CONTACT: mapping.contact,
        SObject.CAMPAIGN_MEMBER: mapping.campaign_member,
    }
    for name, rules in mapped.items():
        for field, rule in rules.items():
            found += _field(org[name], field, rule.policy) or constant_problems(org[name], field, rule)
    for sobject, fields in ALWAYS_READ.items():
        hidden = [field for field in fields if not org[sobject].has(field)]
        found += [f"{sobject}.{field} is hidden: give the user read access." for field in hidden]
    return found


def _field(schema: ObjectSchema, field: str, policy: WritePolicy) -> list[str]:
    if not schema.has(field):
        return [_unknown_field(schema, field)]
    info = schema.fields[field]
    if not info.createable or (policy != WritePolicy.CREATE_ONLY and not info.updateable):
        return [f"{schema.name}.{field} cannot be written: give edit access, use policy create_only, or unmap it."]
    return []


def _unknown_field(schema: ObjectSchema, field: str) -> str:
    return (
        f"{schema.name}.{field} of the mapping does not exist or is hidden by field-level security"
        f"{_did_you_mean(schema, field)}: create it, give access, or correct the mapping."
    )


def constant_problems(schema: ObjectSchema, field: str, rule: FieldRule) -> list[str]:
    """Constants, fallbacks and values of `values:` that their field cannot store: it would stay empty on every record,
    e.g. a consent, or hold a part of the value."""
    given = [("constant", rule.value), ("fallback", rule.fallback), *(("value", word) for word in rule.values.values())]
    info = schema.fields[field]
    return [
        f"{schema.name}.{field} cannot hold the mapping's {kind} '{value}' ({info.type}): "
        f"{_constant_remedy(info, str(value))}."
        for kind, value in dict.fromkeys(given)
        if value is not None and not _holds(schema, field, value)
    ]


def _holds(schema: ObjectSchema, field: str, value: str | float | bool) -> bool:
    desired = desired_values(ONE_RECORD, {field: FieldRule(value=value)}, schema)
    return bool(desired.values[field].notna().all())


def _constant_remedy(info: FieldInfo, value: str) -> str:
    if info.restricted and info.values:
        return f"write one of {', '.join(info.values)}, or add the value to the restricted picklist"
    if info.is_text and utf16_units(value) > info.length > 0:
        return f"write at most {info.length} characters"
    return CONSTANT_FORMATS.get(info.type, f"write a value that fits a field of type {info.type}")


def _did_you_mean(schema: ObjectSchema, field: str) -> str:
    near = schema.nearest(field)
    return f" (did you mean {near}?)" if near else ""


def _person_accounts(org: dict[str, ObjectSchema]) -> list[str]:
    """With Person Accounts, a Contact may be an Account and is written there (Q13)."""
    if org["Contact"].has("IsPersonAccount"):
        return ["The org uses Person Accounts, which this project does not support yet."]
    return []
