"""Executes the automation of an org: flows, limits of a transaction, status apps, and fields that are removed."""

from datetime import datetime, timedelta
from typing import Any

from service_sandbox.salesforce.model.errors import RecordError
from service_sandbox.salesforce.model.schema import SObject
from service_sandbox.salesforce.org.automation_rules import (
    DisappearingField,
    Flow,
    FrozenMembers,
    StatusApp,
    TransactionLimit,
    When,
)
from service_sandbox.salesforce.org.operations import Operation

Row = dict[str, Any]
RULES: dict[str, Any] = {"flows": Flow, "transaction_limits": TransactionLimit, "status_apps": StatusApp,
                         "frozen_members": FrozenMembers, "disappearing_fields": DisappearingField}  # fmt: skip
"""Settings of a seed file; each is a list of rules (see `automation_rules.py`)."""


class Automation:
    """The automation of one org. The writer calls it for every record that is written through the API."""

    def __init__(self, org: Any) -> None:
        self.org = org
        self.calls = 0
        self.flows: list[Flow] = []
        self.transaction_limits: list[TransactionLimit] = []
        self.status_apps: list[StatusApp] = []
        self.frozen_members: list[FrozenMembers] = []
        self.disappearing_fields: list[DisappearingField] = []
        self._due: list[tuple[datetime, str, StatusApp]] = []

    def configure(self, given: dict[str, Any]) -> None:
        """Adds the rules in the settings of a seed file."""
        for name, rule in RULES.items():
            getattr(self, name).extend(rule(**one) for one in given.get(name, []))

    def before_call(self) -> None:
        """Removes fields and rewrites statuses whose time has come."""
        self.calls += 1
        for one in [one for one in self.disappearing_fields if self.calls > one.after_calls]:
            self.disappearing_fields.remove(one)
            self.org.remove_field(one.object, one.field)
        due = [one for one in self._due if one[0] <= self.org.clock.now()]
        self._due = [one for one in self._due if one not in due]
        for _, campaign_id, app in due:
            self._rewrite_statuses(campaign_id, app)

    def failed_transaction(self, writes: list[Any]) -> dict[int, RecordError]:
        """Returns the errors of the rows (by position) whose transaction exceeds a limit."""
        failed: dict[int, RecordError] = {}
        for limit in self.transaction_limits:
            places = [at for at, one in enumerate(writes)
                      if one.sobject.name == limit.object and one.operation != Operation.DELETE]  # fmt: skip
            if limit.is_exceeded([writes[at].payload for at in places]):
                failed |= dict.fromkeys(places, limit.failure())
        return failed

    def before_save(self, sobject: SObject, row: Row, changes: Row, operation: Operation) -> None:
        """Runs the before-save flows, then rejects members of frozen Campaigns.

        Args:
            row: the resulting row.
            changes: the values to be written, which the flows may change (`row` itself at creation).
        """
        for flow in self.flows:
            if flow.runs(sobject, row, When.BEFORE, operation):
                values = flow.changes(sobject, row)
                row.update(values)
                changes.update(values)
        if sobject.name == "CampaignMember" and self.frozen_members:
            campaign = self.org.store.get("Campaign", row["CampaignId"]) or {}
            for frozen in self.frozen_members:
                if campaign.get(frozen.field) == frozen.value:
                    raise RecordError("FIELD_CUSTOM_VALIDATION_EXCEPTION", frozen.message)

    def after_save(self, sobject: SObject, record_id: str, operation: Operation, user: Any) -> None:
        """Runs the after-save flows, and the apps that own the statuses of a new Campaign.

        Args:
            user: whose write it is; a record-triggered flow changes the record as this user.
        """
        for flow in self.flows:
            row = self.org.store.get(sobject.name, record_id)
            if not flow.runs(sobject, row, When.AFTER, operation):
                continue
            if values := flow.changes(sobject, row):
                self.org.edit_as(user, record_id, _as_sent(sobject, values))
            if flow.add_to_campaign:
                self._add_member(flow.add_to_campaign, sobject, record_id)
            if flow.convert and not row["IsConverted"]:
                self.org.convert_lead(record_id)
        if sobject.name == "Campaign" and operation == Operation.CREATE:
            self._start_apps(record_id)

    def _add_member(self, name: str, person: SObject, record_id: str) -> None:
        wanted = "" if name == "newest" else " AND Name = ?"
        sql = f'SELECT Id FROM "Campaign" WHERE IsDeleted = 0{wanted} ORDER BY _n DESC LIMIT 1'  # noqa: S608
        campaign_id = self.org.store.scalar(sql, () if name == "newest" else (name,))
        if campaign_id:
            self.org.insert("CampaignMember", [{"CampaignId": campaign_id, f"{person.name}Id": record_id}])

    def _start_apps(self, campaign_id: str) -> None:
        campaign = self.org.store.get("Campaign", campaign_id)
        for app in self.status_apps:
            if app.type == campaign["Type"] and app.after_seconds:
                self._due.append((self.org.clock.now() + timedelta(seconds=app.after_seconds), campaign_id, app))
            elif app.type == campaign["Type"]:
                self._rewrite_statuses(campaign_id, app)

    def _rewrite_statuses(self, campaign_id: str, app: StatusApp) -> None:
        """Adds the app's statuses and deletes all others that no member has."""
        if self.org.deleted_flag(self.org.schema["Campaign"], campaign_id):
            return
        labels = {one["Label"] for one in app.statuses}
        own = {one["Label"]: one["Id"] for one in self.org.statuses(campaign_id)}
        for status in app.statuses:
            if status["Label"] in own:
                self.org.edit(own[status["Label"]], **status)
            else:
                self.org.insert("CampaignMemberStatus", [{"CampaignId": campaign_id, **status}])
        for label, status_id in own.items():
            if label not in labels and not self._is_used(campaign_id, label):
                self.org.delete(status_id)

    def _is_used(self, campaign_id: str, label: str) -> bool:
        sql = 'SELECT 1 FROM "CampaignMember" WHERE CampaignId = ? AND Status = ? AND IsDeleted = 0'
        return bool(self.org.store.scalar(sql, (campaign_id, label)))


def _as_sent(sobject: SObject, values: Row) -> Row:
    return {name: bool(value) if sobject.fields[name].type == "boolean" else value for name, value in values.items()}
