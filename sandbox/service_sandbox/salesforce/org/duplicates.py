"""Duplicate rules: compare a lead or contact with existing records before it is saved."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from service_sandbox.salesforce.model.errors import RecordError
from service_sandbox.salesforce.model.schema import SObject

Row = dict[str, Any]
MATCHED_ON = {"Email", "FirstName", "LastName", "Company", "AccountId"}


class MatchMethod(StrEnum):
    """`email`: same address. `fuzzy`: same last name, similar first name, and same address or similar company."""

    EMAIL = "email"
    FUZZY = "fuzzy"


class RuleAction(StrEnum):
    """`alert`: the header allowSave=true saves the record. `block`: the record is never saved."""

    ALERT = "alert"
    BLOCK = "block"


ENGINES = {MatchMethod.EMAIL: "ExactMatchEngine", MatchMethod.FUZZY: "FuzzyMatchEngine"}


@dataclass
class DuplicateRule:
    """One active rule that compares records of `object` with records of `match_object`.

    Raises:
        ValueError: an object, the action or the match method is invalid.
    """

    name: str
    object: str
    match_object: str
    action: str = RuleAction.ALERT
    match: str = MatchMethod.FUZZY
    message: str = "Use one of these records?"

    def __post_init__(self) -> None:
        if self.action not in list(RuleAction) or self.match not in list(MatchMethod):
            raise ValueError(f"duplicate rule {self.name}: action must be alert or block, match email or fuzzy")
        if not {self.object, self.match_object} <= {"Lead", "Contact"}:
            raise ValueError(f"duplicate rule {self.name}: objects must be Lead or Contact")


class Duplicates:
    """The active duplicate rules of an org; a check of `Policies`."""

    def __init__(self, org: Any) -> None:
        self.org = org
        self.rules: list[DuplicateRule] = []

    def add(self, rule: DuplicateRule) -> None:
        """Activates a rule."""
        if not self.rules:
            self.org.policies.checks.append(self)
        sobject = self.org.schema[rule.match_object]
        self.org.store.index(sobject, sobject.fields["LastName"])
        self.rules.append(rule)

    def __call__(self, sobject: SObject, row: Row, changes: Row, operation: str, context: Any) -> None:
        """Raises a RecordError with the matching records if a rule matches."""
        if not MATCHED_ON & changes.keys():
            return
        for rule in self.rules:
            if rule.object != sobject.name or (rule.action == RuleAction.ALERT and context.allow_save):
                continue
            if found := self._matches(rule, row):
                raise self._error(rule, found, context)

    def _matches(self, rule: DuplicateRule, row: Row) -> list[Row]:
        kind = self.org.schema[rule.match_object]
        found: dict[str, Row] = {}
        for name in ("Email", "LastName") if rule.match == MatchMethod.FUZZY else ("Email",):
            if row.get(name):
                for one in self.org.store.find(kind, kind.fields[name], row[name]):
                    if one["Id"] != row.get("Id") and not one.get("IsConverted"):
                        found[one["Id"]] = one
        return [one for one in found.values() if rule.match == MatchMethod.EMAIL or self._is_similar(row, one)]

    def _is_similar(self, one: Row, other: Row) -> bool:
        same_address = bool(one.get("Email")) and _fold(one["Email"]) == _fold(other["Email"])
        if same_address and _similar(one["LastName"], other["LastName"], 0.8):
            return True
        named = _fold(one["LastName"]) == _fold(other["LastName"]) and _similar(
            one.get("FirstName"), other.get("FirstName"), 0.75
        )
        return named and (same_address or _similar(self._company(one), self._company(other), 0.7))

    def _company(self, row: Row) -> str | None:
        if row.get("Company"):
            return str(row["Company"])
        name: str | None = self.org.store.scalar('SELECT Name FROM "Account" WHERE Id = ?', (row.get("AccountId"),))
        return name

    def _error(self, rule: DuplicateRule, found: list[Row], context: Any) -> RecordError:
        records = [self._record(rule.match_object, one, context) for one in found]
        matches = [{"additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100.0, "record": one}
                   for one in records]  # fmt: skip
        result = {"entityType": rule.match_object, "errors": [], "matchEngine": ENGINES[MatchMethod(rule.match)],
                  "matchRecords": matches, "rule": f"Standard_{rule.match_object}_Match_Rule_v1_1",
                  "size": len(matches), "success": True}  # fmt: skip
        # Salesforce misspells this key.
        details = {"duplicateResut": {"allowSave": rule.action == RuleAction.ALERT, "duplicateRule": rule.name,
                                      "duplicateRuleEntityType": rule.object, "errorMessage": rule.message,
                                      "matchResults": [result]}}  # fmt: skip
        return RecordError("DUPLICATES_DETECTED", rule.message, [], details)

    @staticmethod
    def _record(name: str, row: Row, context: Any) -> Row:
        url = f"/services/data/{context.version}/sobjects/{name}/{row['Id']}"
        shown = {key: value for key, value in row.items() if key != "_n" and value is not None}
        return {"attributes": {"type": name, "url": url}, **(shown if context.record_details else {"Id": row["Id"]})}


def _fold(text: str | None) -> str:
    return (text or "").casefold()


def _similar(one: str | None, other: str | None, least: float) -> bool:
    return bool(one and other) and SequenceMatcher(None, _fold(one), _fold(other)).ratio() >= least
