"""Rows to send and what Salesforce answers to each: records, groups of one kind, and values sent again without what the
org refuses of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from livestorm_salesforce.clients.salesforce import RowResult, SalesforceClient, Write
from livestorm_salesforce.clients.salesforce.client import BULK_ABOVE
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema
from livestorm_salesforce.enums import RowOutcome

RESULT_COLUMNS = ["change_id", "outcome", "record_id", "code", "message", "dropped", "fields"]
STATUS_RESULTS = ["campaign_id", "source_key", "action", "outcome", "code", "message"]

PICKLIST, INTEGRITY = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "FIELD_INTEGRITY_EXCEPTION"
#: The org refuses a value, not the person: leave the field out and send the row again.
DROPPABLE = {PICKLIST, INTEGRITY, "NUMBER_OUTSIDE_VALID_RANGE", "INVALID_EMAIL_ADDRESS"}
#: Salesforce may name one refused value of a row at a time: so often a row is sent again without what it names.
ROUNDS = 3
#: A state is valid within its country only, and each is its code's twin: one refused, all of them go.
ADDRESS = (
    "Country",
    "State",
    "CountryCode",
    "StateCode",
    "MailingCountry",
    "MailingState",
    "MailingCountryCode",
    "MailingStateCode",
)

#: The record is gone or has become another one: the next run matches again.
MISSING_RECORD_CODES = {"ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "NOT_FOUND", "CANNOT_UPDATE_CONVERTED_LEAD"}
#: The fields by which a row names the record it was matched to.
IDENTIFYING_FIELDS = {"Id", "LeadId", "ContactId", "CampaignId"}
#: No record without these: a person is known by the address alone, and Salesforce requires the names.
REQUIRED_FIELDS = IDENTIFYING_FIELDS | {"Email", "LastName", "Company", "Name"}


@dataclass
class RowResults:
    """What Salesforce has answered so far, so that an error or a kill in the middle loses none of it."""

    results: dict[int, RowResult] = field(default_factory=dict)
    dropped: dict[int, list[str]] = field(default_factory=dict)
    outcomes: dict[int, str] = field(default_factory=dict)

    def take(self, change: int, record: dict[str, Any], result: RowResult) -> None:
        if not self._lacks_what_was_dropped(change, result):
            self._keep(change, record, result)

    def _lacks_what_was_dropped(self, change: int, result: RowResult) -> bool:
        """A required field whose value was refused is missing without it: the refusal of the value is the reason."""
        dropped = self.dropped.get(change, ())
        return result.code == "REQUIRED_FIELD_MISSING" and not set(result.fields or ()).isdisjoint(dropped)

    def _keep(self, change: int, record: dict[str, Any], result: RowResult) -> None:
        self.results[change], self.outcomes[change] = result, _outcome(result, record)

    @property
    def refused(self) -> bool:
        """Whether something was not taken."""
        return any(outcome != RowOutcome.DONE for outcome in self.outcomes.values())

    def frame(self, changes: Iterable[int] | None = None) -> pd.DataFrame:
        """One row per change, of all or of these: columns `RESULT_COLUMNS`; outcome is done, refused or vanished."""
        return results_frame(
            [
                (change, self.outcomes[change], self.results[change], self.dropped.get(change, []))
                for change in (self.results if changes is None else changes)
            ]
        )


def to_records(plan: Plan, changes: pd.DataFrame, schema: ObjectSchema) -> Iterator[tuple[int, dict[str, Any]]]:
    """The records to send: change id and fields, typed as Salesforce expects them in JSON."""
    fields = plan.fields[plan.fields["change_id"].isin(changes["change_id"])]
    wide = fields.pivot(index="change_id", columns="field", values="after").reindex(changes["change_id"])
    names = list(wide.columns)
    kinds = list(json_types(names, schema).values())
    for change_id, *values in wide.itertuples(name=None):
        present = zip(names, kinds, values, strict=True)
        yield change_id, {name: kind(value) for name, kind, value in present if isinstance(value, str)}


def to_updates(plan: Plan, changes: pd.DataFrame, schema: ObjectSchema) -> list[tuple[int, dict[str, Any]]]:
    """The same for records that exist, each with its Id."""
    ids = dict(zip(changes["change_id"], changes["record_id"], strict=True))
    return [(change, {"Id": ids[change]} | record) for change, record in to_records(plan, changes, schema)]


def json_types(names: Iterable[str], schema: ObjectSchema) -> dict[str, Callable[[str], Any]]:
    """What turns a canonical value of each field into what JSON holds."""
    return {name: _json_type(name, schema) for name in names}


def _json_type(name: str, schema: ObjectSchema) -> Callable[[str], Any]:
    info = schema.fields.get(name)
    if info is None:
        return str
    if info.type == "boolean":
        return "true".__eq__
    if info.type in ("int", "long") or (info.is_number and info.scale == 0):
        return lambda text: int(float(text))
    return float if info.is_number else str


@dataclass(frozen=True)
class Group:
    """Rows that one kind of request writes: (change id, record) each.

    `match_on`: columns that tell new rows apart when a bulk job gives its results in another order.
    """

    request: Callable[[list[dict[str, Any]]], Write]
    rows: list[tuple[int, dict[str, Any]]]
    match_on: tuple[str, ...] = ()


def send_groups(client: SalesforceClient, groups: list[Group], row_results: RowResults) -> pd.DataFrame:
    """Write the rows of all groups and, where only values were refused, write them again without these.

    Args:
        told: is told every row's result as soon as it is final.

    Returns:
        one row per change of the groups, as `Told.frame`.
    """
    _write(client, groups, row_results)
    again = groups
    for _ in range(ROUNDS):
        again = [_without_refused(group, row_results) for group in again]
        _write(client, again, row_results)
    return row_results.frame(change for group in groups for change, _ in group.rows)


def _write(client: SalesforceClient, groups: list[Group], row_results: RowResults) -> None:
    """Small groups share as few calls as they fit in; a large one is a bulk job of its own."""
    small = [group for group in groups if 0 < len(group.rows) <= BULK_ABOVE]
    large = [group for group in groups if len(group.rows) > BULK_ABOVE]
    if small:
        client.execute([_request(group) for group in small], on_rows=result_collector(small, row_results))
    for group in large:
        client.write(_request(group), match_on=group.match_on, on_rows=result_collector([group], row_results))


def result_collector(groups: list[Group], row_results: RowResults) -> Callable[[int, dict[int, RowResult]], None]:
    def tell(number: int, rows: dict[int, RowResult]) -> None:
        for row, result in rows.items():
            row_results.take(*groups[number].rows[row], result)

    return tell


def _request(group: Group) -> Write:
    return group.request([record for _, record in group.rows])


def _without_refused(group: Group, row_results: RowResults) -> Group:
    again = []
    for change, record in group.rows:
        refused = _refused_fields(row_results.results[change], record)
        if refused and len(refused) < len(record):
            again.append((change, {name: value for name, value in record.items() if name not in refused}))
            row_results.dropped[change] = [*row_results.dropped.get(change, []), *refused]
    return replace(group, rows=again)


def results_frame(rows: list[tuple[int, str, RowResult, list[str]]]) -> pd.DataFrame:
    row_results = [
        (change, outcome, result.id, result.code, result.message, _joined(dropped), _joined(result.fields))
        for change, outcome, result, dropped in rows
    ]
    return pd.DataFrame(row_results, columns=RESULT_COLUMNS).astype(
        {"change_id": "int64"} | dict.fromkeys(RESULT_COLUMNS[1:], "str")
    )


def statuses_frame(rows: pd.DataFrame | None = None) -> pd.DataFrame:
    """What Salesforce said to each status that was sent (none by default): columns `STATUS_RESULTS`, all text."""
    return pd.DataFrame(rows, columns=STATUS_RESULTS).astype("str")


def _joined(names: Iterable[str]) -> str | None:
    return " ".join(names) or None


def _outcome(result: RowResult, record: dict[str, Any]) -> str:
    """Only a record that was matched can have vanished. What else a row refers to (Account, owner, parent) comes from
    the mapping: if that is gone, the next run meets the same refusal, and a person must know."""
    if result.success:
        return RowOutcome.DONE
    named = (set(result.fields or ()) or {name for name in record if name.endswith("Id")}) - IDENTIFYING_FIELDS
    return (
        RowOutcome.RECORD_MISSING
        if result.code in MISSING_RECORD_CODES and IDENTIFYING_FIELDS & record.keys() and not named
        else RowOutcome.REFUSED
    )


def _refused_fields(result: RowResult, record: dict[str, Any]) -> list[str]:
    """The fields that a refusal blames and that may go."""
    if result.success or result.code not in DROPPABLE:
        return []
    free = [name for name in record if name not in REQUIRED_FIELDS]
    named = [name for name in result.fields or () if name in free]
    if result.code == PICKLIST and not result.fields:
        return _fields_in_message(result.message or "", free, record)
    address = [name for name in ADDRESS if name in record and name not in named]
    return [*named, *address] if _of_address(result, named) else named


def _fields_in_message(message: str, names: list[str], record: dict[str, Any]) -> list[str]:
    """The fields that a message speaks of: `Campaign Type: bad value for restricted picklist field: Webinar`.

    A record type that narrows a picklist refuses so, with no name. The words are in the user's language; the value at
    the end is the record's own, of a multi-select picklist one of several. The label tells between fields of one value.
    """
    holding = [name for name in names if isinstance(record[name], str) and _ends_with(message, record[name])]
    words = re.findall(r"\w+", message.partition(":")[0].lower())
    for start in range(len(words)):  # "Campaign Type" is the label of Campaign's Type
        label = "".join(words[start:])
        if labelled := [name for name in holding or names if _plain(name) == label]:
            return labelled
    return holding


def _ends_with(message: str, value: str) -> bool:
    return any(re.search(rf"[:\uff1a]\s*{re.escape(one)}\s*$", message) for one in {value, *value.split(";")} if one)


def _plain(name: str) -> str:
    return name.removesuffix("__c").replace("_", "").lower()


def _of_address(result: RowResult, named: list[str]) -> bool:
    """Whether country or state is refused. A refusal that names no field tells it in its message, in the language of
    the user: then a country and a state are what it is most likely about."""
    if result.code != INTEGRITY:
        return False
    spoken_of = not named and (not result.fields or re.search("countr|state", result.message or "", re.IGNORECASE))
    return bool(spoken_of or not set(ADDRESS).isdisjoint(result.fields or ()))
