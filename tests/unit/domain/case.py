"""Loads case files (cases/README.md), runs the domain over their data and shows the results in their format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

from livestorm_salesforce.config import Mapping
from livestorm_salesforce.domain.plan.campaign_facts import campaign_facts
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.plan.plan import make_plan
from livestorm_salesforce.domain.registrants.change_detection import (
    ROW_HASHES,
    columns_needed,
    detect_changes,
    people_attributes,
    upcoming_linked_sessions,
)
from livestorm_salesforce.domain.registrants.latest_answers import at, key_hash, upserted, with_columns
from livestorm_salesforce.domain.report.accounting import assign_buckets
from livestorm_salesforce.domain.report.row_results import LoadResults
from livestorm_salesforce.domain.sessions import scope
from tests.unit.domain import given as of

CASES = Path(__file__).parent / "cases"
NOW = "2026-11-23T10:00:00Z"
DOCUMENT = {"about", "mapping", "describe", "request", "activation", "given", "expect"}
GIVEN = {"sessions", "events", "known", "people", "loaded", "latest", "org", "results"}
EXPECT = {"changes", "objects", "registrants", "sessions", "notes", "people", "refusals", "loaded", "person_applied"}
LOADS = ("campaigns", "people", "members")
PLAIN_OBJECTS = ["Lead", "Contact", "CampaignMember"]


@dataclass(frozen=True)
class Case:
    """One case file with its results."""

    document: dict[str, Any]
    scoped: pd.DataFrame
    rows: pd.DataFrame
    plan: Plan
    accounting: pd.DataFrame


def load(path: Path) -> dict[str, Any]:
    document = YAML(typ="safe").load(path.read_text("utf-8"))
    for section, valid in ((document, DOCUMENT), (document["given"], GIVEN), (document["expect"], EXPECT)):
        unknown = set(section) - valid
        if unknown:
            raise ValueError(f"{path.name}: unknown {sorted(unknown)}; valid are {sorted(valid)}")
    return document


def decide(document: dict[str, Any]) -> Case:
    """Run the domain over a case, from Livestorm's resources to the accounting."""
    given = document["given"]
    mapping = Mapping.model_validate(document.get("mapping", {}))
    schemas = of.schemas(document.get("describe", {}))
    sessions, events = of.sessions(given["sessions"]), of.events(given.get("events", [{"id": "e1"}]))
    scoped = _scoped(document, sessions, events, mapping)
    facts = campaign_facts(scoped[scoped["scope"]], events, mapping)
    rows = _rows(document, scoped, facts, mapping)
    changed = rows[rows["person_changed"] | rows["member_changed"]]
    plan = make_plan(facts, changed, of.current(given.get("org", {}), mapping, schemas), mapping, schemas)
    return Case(document, scoped, rows, plan, assign_buckets(rows, plan, _results(given.get("results"), plan)))


def _results(given: dict[str, Any] | None, plan: Plan) -> LoadResults:
    """Results of the loads that finished; a change without an entry is done."""
    if given is None:
        return LoadResults(False, None, None, None)
    frames = {load: _result(plan, given[load] or {}) if load in given else None for load in LOADS}
    return LoadResults(True, **frames)


def _result(plan: Plan, result: dict[str, str]) -> pd.DataFrame:
    """`refused CODE`, `record_missing`, `superseded` or `partial` by the change's name; all others are
    done, as if this load sent all."""
    words = [result.get(_name(change), "done").split() for change in plan.changes.itertuples()]
    unknown = set(result) - {_name(change) for change in plan.changes.itertuples()}
    if unknown:
        raise ValueError(f"results of changes that are not planned: {sorted(unknown)}")
    return pd.DataFrame({
        "change_id": plan.changes["change_id"],
        "outcome": [word[0] for word in words],
        "code": pd.Series([word[1] if len(word) > 1 else None for word in words], dtype="str"),
        "message": pd.Series(["message of Salesforce" if len(word) > 1 else None for word in words], dtype="str"),
        "fields": pd.Series([None] * len(words), dtype="str"),
    })  # fmt: skip


def _scoped(document: dict[str, Any], sessions: pd.DataFrame, events: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    given, request = document["given"], of.request(document.get("request", {}))
    known = of.known(given.get("known", []), given.get("org", {}), mapping)
    past = scope.Past(pd.Timestamp(document.get("activation", NOW)), known)
    scoped = scope.decide_scope(sessions, events, past, request, mapping)
    return scoped.assign(read=scoped["scope"] & scoped["status"].isin([*scope.OPEN, *scope.OVER]))


def _rows(document: dict[str, Any], scoped: pd.DataFrame, facts: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    given, activation = document["given"], pd.Timestamp(document.get("activation", NOW))
    read = scoped.loc[scoped["read"], "session_id"]

    def prepared(people: dict[str, Any], places: pd.DataFrame, **memory: pd.DataFrame) -> pd.DataFrame:
        registrants = of.registrants(people).reindex(columns=columns_needed(mapping))
        return detect_changes(registrants[registrants["session_id"].isin(read)], places, mapping, activation, **memory)

    memory = {}
    if "loaded" in given:
        before = facts.assign(status=facts["known_status"].fillna(facts["status"]))
        loaded = prepared(given["loaded"], before)
        attributes = people_attributes(mapping)
        memory = {
            "row_hashes": loaded[list(ROW_HASHES)],
            "latest": upserted(with_columns(None, attributes), loaded, attributes),
        }
        upcoming_registrations = upcoming_linked_sessions(facts, scope.empty_known())
        memory["upcoming_registrations"] = loaded[["session_id", "person_id"]].merge(
            upcoming_registrations, on="session_id"
        )
    if "latest" in given:
        memory["latest"] = _latest(given["latest"], people_attributes(mapping))
    return prepared(given.get("people", {}), facts, **memory)


def _latest(given: dict[str, Any], attributes: list[str]) -> pd.DataFrame:
    """Latest answers by address: one time for all attributes, or a time per attribute."""
    times = [one if isinstance(one, dict) else dict.fromkeys(attributes, one) for one in given.values()]
    frame = pd.DataFrame(times).apply(pd.to_datetime, utc=True).rename(columns=at)
    return frame.assign(key_hash=key_hash(pd.Series(list(given))))


def shown_changes(case: Case) -> dict[str, dict[str, Any]]:
    """The plan in the format of the case files: `create Lead a@x.io` -> {field: after}; updates [before, after]."""
    objects = case.document["expect"].get("objects", PLAIN_OBJECTS)
    shown: dict[str, dict[str, Any]] = {}
    for change in case.plan.changes[case.plan.changes["object"].isin(objects)].itertuples():
        fields = case.plan.fields[case.plan.fields["change_id"] == change.change_id]
        shown[_name(change)] = {
            row.field: row.after if change.action == "create" else [_plain(row.before), row.after]
            for row in fields.itertuples()
        }
    return shown


def _name(change: Any) -> str:
    place = f" in {change.campaign_ref}" if change.object in ("CampaignMember", "CampaignMemberStatus") else ""
    record = f" {change.record_id}" if isinstance(change.record_id, str) else ""
    return f"{change.action} {change.object} {change.source_key}{place}{record}"


def shown_accounting(case: Case) -> dict[str, str]:
    """`session person` -> `bucket` or `bucket: reason` for what was skipped or refused."""
    shown = {}
    for row in case.accounting.itertuples():
        why = f": {row.code}" if row.bucket == "refused" else f": {row.reason}" if row.bucket == "skipped" else ""
        shown[f"{row.session_id} {row.person_id}"] = f"{row.bucket}{why}"
    return shown


def shown_notes(case: Case) -> list[str]:
    notes = case.plan.notes
    return sorted(notes["object"] + " " + notes["source_key"] + " " + notes["field"] + ": " + notes["note"])


def shown_people(case: Case) -> dict[str, str]:
    people = case.plan.people.set_index("email_key")
    return (people["matched_as"] + " " + people["record_id"].fillna("")).str.strip().to_dict()


def shown_refusals(case: Case) -> dict[str, str]:
    result = case.plan.refusals
    place = (" in " + result["campaign_ref"]).where(result["object"] == "CampaignMember", "").fillna("")
    return dict(
        zip(
            result["object"] + " " + result["source_key"] + place,
            result["code"] + ": " + result["message"],
            strict=True,
        )
    )


def shown(case: Case) -> dict[str, Any]:
    """All results that a case may expect."""
    sessions = case.scoped.set_index("session_id")
    rows = case.accounting["session_id"] + " " + case.accounting["person_id"]
    return {
        "changes": shown_changes(case),
        "registrants": shown_accounting(case),
        "sessions": sessions["reason"].to_dict(),
        "notes": shown_notes(case),
        "people": shown_people(case),
        "refusals": shown_refusals(case),
        "loaded": sorted(rows[case.accounting["loaded"]]),
        "person_applied": sorted(rows[case.accounting["person_applied"]]),
    }


def _plain(value: Any) -> Any:
    return None if pd.isna(value) else value
