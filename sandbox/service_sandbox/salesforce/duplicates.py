"""Duplicate rules: before a lead or contact is saved, records that look like it are sought, by address or fuzzily."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from service_sandbox.salesforce.errors import Refusal
from service_sandbox.salesforce.schema import SObject

Row = dict[str, Any]
MATCHED_ON = {"Email", "FirstName", "LastName", "Company", "AccountId"}
ENGINES = {"email": "ExactMatchEngine", "fuzzy": "FuzzyMatchEngine"}


@dataclass
class DuplicateRule:
    """One active rule on `object`, seeking in `match_object`.

    `action` is `alert` (the header allowSave=true passes it) or `block` (nothing does). `match` is `email` (the same
    address) or `fuzzy` (like the standard rules: same last name, similar first name, and the address or a similar
    company).
    """

    name: str
    object: str
    match_object: str
    action: str = "alert"
    match: str = "fuzzy"
    message: str = "Use one of these records?"

    def __post_init__(self) -> None:
        if self.action not in ("alert", "block") or self.match not in ENGINES:
            raise ValueError(f"duplicate rule {self.name}: action must be alert or block, match email or fuzzy")
        if not {self.object, self.match_object} <= {"Lead", "Contact"}:
            raise ValueError(f"duplicate rule {self.name}: objects must be Lead or Contact")


class Duplicates:
    """The active rules of an org, as a check for `Policies`."""

    def __init__(self, org: Any):
        self.org = org
        self.rules: list[DuplicateRule] = []

    def add(self, rule: DuplicateRule) -> None:
        """Activate a rule."""
        if not self.rules:
            self.org.policies.checks.append(self)
        sobject = self.org.schema[rule.match_object]
        self.org.store.index(sobject, sobject.fields["LastName"])
        self.rules.append(rule)

    def __call__(self, sobject: SObject, row: Row, changes: Row, verb: str, context: Any) -> None:
        if not MATCHED_ON & changes.keys():
            return
        for rule in self.rules:
            if rule.object != sobject.name or (rule.action == "alert" and context.allow_save):
                continue
            if found := self._matches(rule, row):
                raise self._refusal(rule, found, context)

    def _matches(self, rule: DuplicateRule, row: Row) -> list[Row]:
        kind = self.org.schema[rule.match_object]
        found: dict[str, Row] = {}
        for name in ("Email", "LastName") if rule.match == "fuzzy" else ("Email",):
            if row.get(name):
                for one in self.org.store.find(kind, kind.fields[name], row[name]):
                    if one["Id"] != row.get("Id") and not one.get("IsConverted"):
                        found[one["Id"]] = one
        return [one for one in found.values() if rule.match == "email" or self._alike(row, one)]

    def _alike(self, one: Row, other: Row) -> bool:
        same_address = bool(one.get("Email")) and _fold(one["Email"]) == _fold(other["Email"])
        if same_address and _similar(one["LastName"], other["LastName"], 0.8):
            return True
        named = _fold(one["LastName"]) == _fold(other["LastName"]) and _similar(
            one.get("FirstName"), other.get("FirstName"), 0.75
        )
        return named and (same_address or _similar(self._company(one), self._company(other), 0.7))

    def _company(self, row: Row) -> str | None:
        if row.get("Company"):
            return row["Company"]
        return self.org.store.scalar('SELECT Name FROM "Account" WHERE Id = ?', (row.get("AccountId"),))

    def _refusal(self, rule: DuplicateRule, found: list[Row], context: Any) -> Refusal:
        records = [self._record(rule.match_object, one, context) for one in found]
        matches = [{"additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100.0, "record": one}
                   for one in records]  # fmt: skip
        result = {"entityType": rule.match_object, "errors": [], "matchEngine": ENGINES[rule.match],
                  "matchRecords": matches, "rule": f"Standard_{rule.match_object}_Match_Rule_v1_1",
                  "size": len(matches), "success": True}  # fmt: skip
        # The key is misspelt in the real service too.
        details = {"duplicateResut": {"allowSave": rule.action == "alert", "duplicateRule": rule.name,
                                      "duplicateRuleEntityType": rule.object, "errorMessage": rule.message,
                                      "matchResults": [result]}}  # fmt: skip
        return Refusal("DUPLICATES_DETECTED", rule.message, [], details)

    @staticmethod
    def _record(name: str, row: Row, context: Any) -> Row:
        url = f"/services/data/{context.version}/sobjects/{name}/{row['Id']}"
        shown = {key: value for key, value in row.items() if key != "_n" and value is not None}
        return {"attributes": {"type": name, "url": url}, **(shown if context.record_details else {"Id": row["Id"]})}


def _fold(text: str | None) -> str:
    return (text or "").casefold()


def _similar(one: str | None, other: str | None, least: float) -> bool:
    return bool(one and other) and SequenceMatcher(None, _fold(one), _fold(other)).ratio() >= least
