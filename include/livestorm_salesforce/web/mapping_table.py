"""The mapping as a table: one line per Salesforce field, with its problems in this org, from literal inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from livestorm_salesforce import config
from livestorm_salesforce.config import FieldRule
from livestorm_salesforce.config.field_rules import Fields
from livestorm_salesforce.domain.plan import org_check
from livestorm_salesforce.domain.plan.campaigns import RULED, ruled_fields
from livestorm_salesforce.domain.shared.attribute_columns import attribute_column
from livestorm_salesforce.domain.shared.org_schema import FieldInfo, ObjectSchema
from livestorm_salesforce.domain.shared.text_length import utf16_units
from livestorm_salesforce.enums import SObject, WritePolicy

PEOPLE_AND_MEMBERS = (SObject.LEAD, SObject.CONTACT, SObject.CAMPAIGN_MEMBER)


@dataclass(frozen=True)
class FieldProblem:
    """A problem of a field: last part of the id of its message, with the values of the message."""

    kind: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FieldLine:
    """One line.

    Attributes:
        info: from the describe result; None if the org has no such field, or was not read yet.
        source: attribute, constant, or id of a message. `source_kind`: which of them.
        filled: share of registrants with a value; None if it is not known.
        example: the first value; personal data.
    """

    sobject: str
    name: str
    label: str
    info: FieldInfo | None
    source: str
    source_kind: str
    policy: WritePolicy
    filled: float | None = None
    example: str = ""
    problems: tuple[FieldProblem, ...] = ()


def sampled_columns(mapping: config.Mapping) -> list[str]:
    """The columns of registrations that the mapping reads."""
    rules = [rule for name in PEOPLE_AND_MEMBERS for rule in mapping.fields_of(name).values()]
    return list(dict.fromkeys(attribute_column(rule.attribute) for rule in rules if rule.attribute))


def field_lines(
    mapping: config.Mapping,
    org: Mapping[str, ObjectSchema],
    labels: Mapping[str, Mapping[str, str]],
    sample: pd.DataFrame,
) -> list[FieldLine]:
    """All fields that the mapping writes, in the order of the objects.

    Args:
        org: cached schemas; empty before the first run.
        labels: by object and field.
        sample: registrations with `sampled_columns` as far as Livestorm sent them.
    """
    return [
        _line(sobject, name, rule, org.get(sobject), labels.get(sobject, {}).get(name, ""), sample)
        for sobject, rules in _sections(mapping)
        for name, rule in rules.items()
    ]


def _sections(mapping: config.Mapping) -> Iterator[tuple[str, Fields]]:
    own = {mapping.campaign.external_id: FieldRule(attribute="session_id")}
    ruled = {
        name: rule for name, rule in ruled_fields(mapping).items() if name != "ParentId" or mapping.campaign.parents
    }
    yield SObject.CAMPAIGN, own | ruled
    yield SObject.LEAD, mapping.lead
    yield SObject.CONTACT, mapping.contact
    members = {"Status": FieldRule(attribute="status")}
    if mapping.replay:
        members[mapping.replay.field] = FieldRule(attribute="has_viewed_replay")
    yield SObject.CAMPAIGN_MEMBER, members | mapping.campaign_member


def _line(
    sobject: str, name: str, rule: FieldRule, schema: ObjectSchema | None, label: str, sample: pd.DataFrame
) -> FieldLine:
    is_ruled = (sobject == SObject.CAMPAIGN and name in RULED) or (sobject, name) == (SObject.CAMPAIGN_MEMBER, "Status")
    values = None if is_ruled or sobject == SObject.CAMPAIGN else _values(rule, sample)
    source, kind = ("by-rule", "rule") if is_ruled else (str(rule.attribute), "attribute")
    if rule.attribute is None:
        source, kind = str(rule.value), "constant"
    problems = tuple(_problems(schema, name, rule, values)) if schema else ()
    filled = float(values.notna().mean()) if values is not None and len(values) else None
    example = str(values.dropna().iloc[0]) if values is not None and values.notna().any() else ""
    info = schema.fields.get(name) if schema else None
    return FieldLine(sobject, name, label, info, source, kind, rule.policy, filled, example, problems)


def _values(rule: FieldRule, sample: pd.DataFrame) -> pd.Series | None:
    """The values of the rule's attribute, missing where they are empty or nobody answered; None if not sampled."""
    if rule.attribute is None or not len(sample):
        return None
    column = attribute_column(rule.attribute)
    if column not in sample:
        return pd.Series(None, index=sample.index, dtype="object") if column.startswith("form.") else None
    values = sample[column].astype("object")
    return values.where(values.notna() & (values.astype("str").str.strip() != ""), None)


def _problems(schema: ObjectSchema, name: str, rule: FieldRule, values: pd.Series | None) -> Iterator[FieldProblem]:
    info = schema.fields.get(name)
    if info is None:
        yield FieldProblem("unknown", {"nearest": schema.nearest(name) or ""})
        return
    if not info.createable or (rule.policy != WritePolicy.CREATE_ONLY and not info.updateable):
        yield FieldProblem("read-only")
    yield from (FieldProblem("constant", {"text": text}) for text in org_check.constant_problems(schema, name, rule))
    if values is not None and info.is_text and info.length:
        lengths = values.dropna().astype("str").map(utf16_units)
        if (too_long := int((lengths > info.length).sum())) > 0:
            yield FieldProblem("too-short", {"count": too_long, "longest": int(lengths.max()), "length": info.length})
