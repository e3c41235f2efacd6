"""Invariants of a scenario: the org ends as it does without faults, and audit and report are complete."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from livestorm_salesforce.domain.registrants.withheld import REASONS as HELD
from livestorm_salesforce.enums import Detection
from livestorm_salesforce.runs.plan_files import load_plan
from service_sandbox.salesforce.org.write_log import Write
from tests.faults import concurrent_users
from tests.faults import scenario as scenarios
from tests.faults.automation import MINUTES
from tests.harness.world import World

PEOPLE = ("Lead", "Contact")
#: Fields for which the audit log has columns of its own.
REFERENCE_FIELDS = {"Id", "CampaignId", "LeadId", "ContactId", "attributes"}
WRITTEN_OBJECTS = ("Campaign", "CampaignMemberStatus", "CampaignMember", *PEOPLE)
COUNTS = ("NumberOfLeads", "NumberOfConvertedLeads", "NumberOfContacts", "NumberOfResponses")
Row = dict[str, Any]
Content = dict[str, list[Row]]


class InvariantViolated(AssertionError):
    """An invariant was violated; the message names it and the seed."""


def check(wanted: Content, faulty: World, given: scenarios.Scenario) -> None:
    """Raise `InvariantViolated` for the first invariant that does not hold."""
    _check_content(wanted, faulty.org.content(), given)
    check_no_duplicates(faulty)
    check_audit_complete(faulty)
    _check_audit_planned(faulty)
    check_writes_audited(faulty)
    _check_accounting(faulty, given)


def _check_content(wanted: Content, held: Content, given: scenarios.Scenario) -> None:
    for name in wanted:
        rows, there = (_comparable(name, content[name], given) for content in (wanted, held))
        missing = [row for row in rows if row not in there]
        excess = [row for row in there if row not in rows]
        if missing or excess or len(rows) != len(there):
            raise InvariantViolated(f"{name} differs: missing {_excerpt(missing)}; excess {_excerpt(excess)}")


def _comparable(name: str, rows: list[Row], given: scenarios.Scenario) -> list[Row]:
    """The records of an object without what depends on the moment of a write or of a user's action.

    Members of closed Campaigns in orgs that freeze them, and people whose record or member a user deletes where it is
    not created again, exist or not depending on the run that wrote them. An app that replaces statuses keeps those that
    members have, so the numbers of the others depend on when members are written.
    """
    draw, deleted = given.org, concurrent_users.deleted_people(given)
    if name == "CampaignMember" and draw.is_frozen:
        return []
    if not draw.recreate_deleted:
        rows = [row for row in rows if not _addresses(row) & deleted]
    if any(action[:1] == ("convert",) for *_, action in concurrent_users.draw_actions(given)):
        rows = _without_converted(name, rows)
    counts = COUNTS if draw.is_frozen or (deleted and not draw.recreate_deleted) else ()
    order = {"SortOrder"} if draw.replaces_statuses else ()
    owner = {"OwnerId", "LeadOrContactOwnerId"} if given.hides else ()
    fields = {"FirstRespondedDate", *draw.removed, *(counts if name == "Campaign" else ()), *order, *owner}
    return [_normalized(_without(row, *fields), draw.rewritten) for row in rows]


def _addresses(row: Row) -> set[str]:
    """Addresses in a record: its own, and in a member those of its Lead and Contact."""
    found = (row.get(name) for name in ("Email", "LeadId", "ContactId"))
    return {address.lower() for address in found if isinstance(address, str)}


def _normalized(row: Row, rewritten: Callable[[Any], Any]) -> Row:
    """With lower-case addresses: of an address that was registered twice, a delayed run finds the later spelling
    (Q11). With the Title that the org's flow makes of it."""
    row = {name: _lower_address(value) for name, value in row.items()}
    return row | ({"Title": rewritten(row["Title"])} if "Title" in row else {})


def _lower_address(value: Any) -> Any:
    return value.lower() if isinstance(value, str) and "@" in value else value


def _without_converted(name: str, rows: list[Row]) -> list[Row]:
    """Without values of converted Leads, which depend on the moment of the conversion, and without the Lead of members
    that have a Contact."""
    if name == "Lead":
        return [{"Email": row["Email"].lower()} if row["IsConverted"] else row for row in rows]
    if name == "Campaign":
        return [_without(row, "NumberOfLeads", "NumberOfConvertedLeads", "NumberOfContacts") for row in rows]
    return [_without(row, "LeadId") if row.get("ContactId") else row for row in rows]


def _without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def _excerpt(rows: list[Row]) -> list[Row]:
    return [{key: value for key, value in row.items() if value not in (None, "", False, 0)} for row in rows[:3]]


def check_no_duplicates(world: World) -> None:
    made = {write.id for write in world.org.writes.list(operation="create", rejected=False)}
    ours = [row["Email"].lower() for name in PEOPLE for row in world.org.rows(name) if row["Id"] in made]
    twice = [email for email, count in Counter(ours).items() if count > 1]
    if twice:
        raise InvariantViolated(f"{len(twice)} person(s) created twice")
    emails = {row["Id"]: (row["Email"] or "").lower() for name in PEOPLE for row in world.org.rows(name)}
    rows = world.org.rows("CampaignMember")
    members = [(row["CampaignId"], emails.get(row["ContactId"] or row["LeadId"])) for row in rows]
    if len(members) != len(set(members)):
        raise InvariantViolated("a member twice in one Campaign")


def check_audit_complete(world: World) -> None:
    rows = world.audit()
    for verb, actions in (("create", ["create"]), ("update", ["create", "update"])):
        noted = set(rows.loc[rows["action"].isin(actions), "record_id"].dropna())
        done = {write.id for write in _writes_to_existing(world) if write.operation == verb}
        if done - noted:
            kinds = Counter(write.object for write in world.org.writes.all if write.id in done - noted)
            raise InvariantViolated(f"{verb} without an audit entry: {dict(kinds)}")
    if rows.duplicated(["run_id", "object", "record_id", "field", "action", "after"]).any():
        raise InvariantViolated("a write has two audit entries")


def _check_audit_planned(world: World) -> None:
    by = ["object", "source_key", "field", "after"]
    rows = world.audit()
    for run_id, part in rows[rows["object"] != "CampaignMemberStatus"].groupby("run_id"):
        plan = load_plan(world.task(run_id, "").folder)
        planned = plan.fields.merge(plan.changes, on="change_id")[by].drop_duplicates()
        if (part.merge(planned, on=by, how="left", indicator="in_plan")["in_plan"] != "both").any():
            raise InvariantViolated(f"{run_id} wrote an unplanned value")


def check_writes_audited(world: World) -> None:
    """The org's write log and the audit log contain the same values.

    Of a creation without response, a value that a flow or a user changed before the record was found is not known.
    """
    rows = world.audit()
    found = set(rows.loc[rows["how"] == Detection.DETECTED, "record_id"])
    noted = {(record, name, _text(after)) for record, name, after in
             rows[["record_id", "field", "after"]].itertuples(index=False)}  # fmt: skip
    for write in _writes_to_existing(world):
        own = {name: value for name, value in write.values.items() if name not in REFERENCE_FIELDS}
        beside = [name for name, value in own.items() if (write.id, name, _text(value)) not in noted]
        if beside and not (write.operation == "create" and write.id in found):
            raise InvariantViolated(
                f"{write.operation} of a {write.object} wrote {beside}, which the audit log does not contain"
            )


def check_no_old_values(world: World) -> None:
    """An overwritten value is never written again, and minutes never decrease. Checked in the baseline only: under
    faults a request that is executed late may restore an old value until the next run."""
    for name, kind in ((MINUTES, float), ("Title", str)):
        held: dict[str, list[Any]] = {}
        for write in world.org.writes.list(rejected=False):
            if write.values.get(name) is not None:
                held.setdefault(write.id, []).append(kind(write.values[name]))
        for values in held.values():
            steps = [value for number, value in enumerate(values) if not number or value != values[number - 1]]
            if len(steps) != len(set(steps)) or (kind is float and steps != sorted(steps)):
                raise InvariantViolated(f"{name} was restored: {steps}")


def _writes_to_existing(world: World) -> list[Write]:
    """Writes to existing records: a write without response to a deleted record cannot be detected."""
    there = {row["Id"] for name in WRITTEN_OBJECTS for row in world.org.rows(name)}
    return [write for write in world.org.writes.list(rejected=False) if write.id in there]


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value).lower()


def _check_accounting(world: World, given: scenarios.Scenario) -> None:
    """A full read accounts for every registrant and writes nothing."""
    before = world.org.writes.count(rejected=False)
    world.run_with_retries({"full_read": True}, manual=True)
    report = world.last
    if world.org.writes.count(rejected=False) != before:
        raise InvariantViolated("a full read wrote something")
    rows = world.livestorm.registrations()
    people = {(row["session_id"], row["email"].lower()) for row in rows}
    buckets = report["buckets"]
    settled, again = buckets["unchanged"], buckets["skipped"]
    held = sum(count for reason, count in report["skipped"].items() if reason in HELD or "quarantine" in reason)
    if given.org.is_frozen:
        held += buckets["refused"]
        again += buckets["refused"]
    is_held_expected = given.org.is_frozen or not given.org.recreate_deleted
    if (report["registrants"], settled + again) != (len(rows), len(rows)) or (
        (settled + held < len(people)) if is_held_expected else settled != len(people)
    ):
        raise InvariantViolated(
            f"of {len(rows)} registrants {report['registrants']} were read, {settled} are unchanged, {held} held back"
        )
