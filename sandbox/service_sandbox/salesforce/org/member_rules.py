"""Business rules of campaign members and member statuses (Object Reference, Usage of CampaignMember)."""

# ruff: noqa: S608 - names of tables and columns come from the schema, not from a request

from typing import Any

from service_sandbox.salesforce.model.errors import RecordError
from service_sandbox.salesforce.model.values import fold
from service_sandbox.salesforce.org.operations import Operation
from service_sandbox.salesforce.org.rules import CONVERTED, Row, Rules


class MemberRules(Rules):
    """One member per campaign and person. An unknown status is replaced by the campaign's default without an error."""

    def before_create(self, row: Row, context: Any) -> None:
        if not row.get("LeadId") and not row.get("ContactId"):
            raise RecordError(
                "REQUIRED_FIELD_MISSING", "Required fields are missing: [LeadId or ContactId]", ["LeadId"]
            )
        if row.get("LeadId") and row.get("ContactId") and not context.system:
            row["LeadId"] = None
        for column in ("ContactId", "LeadId"):
            if row.get(column) and self._is_member(row["CampaignId"], column, row[column]):
                raise RecordError("DUPLICATE_VALUE", "Already a campaign member.")
        if row.get("LeadId") and not row.get("ContactId"):
            lead = self.store.get("Lead", row["LeadId"])
            if lead and lead["IsConverted"]:
                raise CONVERTED
        self._normalize_status(row["CampaignId"], row, None)

    def before_update(self, current: Row, changes: Row, context: Any) -> None:
        if "Status" in changes:
            self._normalize_status(current["CampaignId"], changes, current)

    def locked_with(self, row: Row) -> list[str | None]:
        return [row.get("CampaignId"), row.get("LeadId"), row.get("ContactId")]

    def _is_member(self, campaign_id: str, column: str, person_id: str) -> bool:
        found = self.store.scalar(
            f'SELECT 1 FROM "CampaignMember" WHERE {column} = ? AND CampaignId = ? AND IsDeleted = 0',
            (person_id, campaign_id),
        )
        return bool(found)

    def _normalize_status(self, campaign_id: str, row: Row, current: Row | None) -> None:
        """Replaces an unknown status, and sets HasResponded and FirstRespondedDate for the resulting status."""
        statuses = self.org.statuses(campaign_id)
        wanted = fold(row.get("Status"))
        chosen = next((one for one in statuses if fold(one["Label"]) == wanted), None)
        chosen = chosen or next((one for one in statuses if one["IsDefault"]), None)
        if chosen is None:
            row["HasResponded"] = 0
            return
        row["Status"], row["HasResponded"] = chosen["Label"], chosen["HasResponded"]
        if chosen["HasResponded"] and not (current or row).get("FirstRespondedDate"):
            row["FirstRespondedDate"] = self.org.clock.now().date().isoformat()


class StatusRules(Rules):
    """A campaign has one default status and at least one responded status; labels and sort orders are unique."""

    def before_create(self, row: Row, context: Any) -> None:
        others = self.org.statuses(row["CampaignId"])
        if row.get("SortOrder") is None:
            row["SortOrder"] = max((one["SortOrder"] or 0 for one in others), default=0) + 1
        self._check_unique(row, others)
        if row.get("IsDefault"):
            self._clear_default(others)

    def before_update(self, current: Row, changes: Row, context: Any) -> None:
        others = [one for one in self.org.statuses(current["CampaignId"]) if one["Id"] != current["Id"]]
        self._check_unique({**current, **changes}, others)
        if current["IsDefault"] and changes.get("IsDefault", 1) == 0:
            raise RecordError(
                "FIELD_INTEGRITY_EXCEPTION", "A campaign must have one default member status.", ["IsDefault"]
            )
        if changes.get("HasResponded", 1) == 0:
            self._check_responded(others)
        if changes.get("IsDefault") and not current["IsDefault"]:
            self._clear_default(others)

    def after(self, row_id: str, row: Row, operation: str, context: Any) -> None:
        """Updates the members of a status after a change of its label or HasResponded (as in the setup page)."""
        self.org.clear_status_cache()
        if operation != Operation.UPDATE:
            return
        old, new = context.before, self.store.get("CampaignMemberStatus", row_id) or {}
        if (old["Label"], old["HasResponded"]) != (new["Label"], new["HasResponded"]):
            self.store.execute(
                'UPDATE "CampaignMember" SET Status = ?, HasResponded = ? WHERE CampaignId = ? AND Status = ?',
                (new["Label"], new["HasResponded"], new["CampaignId"], old["Label"]),
            )
            context.changed_campaigns.add(new["CampaignId"])

    def before_delete(self, current: Row, context: Any) -> None:
        others = [one for one in self.org.statuses(current["CampaignId"]) if one["Id"] != current["Id"]]
        if current["IsDefault"]:
            raise RecordError("DELETE_FAILED", "The default member status cannot be deleted.")
        if self.store.scalar(
            'SELECT 1 FROM "CampaignMember" WHERE CampaignId = ? AND Status = ? AND IsDeleted = 0',
            (current["CampaignId"], current["Label"]),
        ):
            raise RecordError("DELETE_FAILED", "A member status that is in use cannot be deleted.")
        self._check_responded(others)

    @staticmethod
    def _check_responded(others: list[Row]) -> None:
        if not any(one["HasResponded"] for one in others):
            message = "A campaign must have at least one responded member status."
            raise RecordError("FIELD_INTEGRITY_EXCEPTION", message, ["HasResponded"])

    @staticmethod
    def _check_unique(row: Row, others: list[Row]) -> None:
        for one in others:
            for column in ("Label", "SortOrder"):
                if fold(one[column]) == fold(row[column]):
                    message = f"duplicate value found: {column} duplicates value on record with id: {one['Id'][:15]}"
                    raise RecordError("DUPLICATE_VALUE", message)

    def _clear_default(self, others: list[Row]) -> None:
        for one in others:
            if one["IsDefault"]:
                self.store.execute('UPDATE "CampaignMemberStatus" SET IsDefault = 0 WHERE Id = ?', (one["Id"],))
