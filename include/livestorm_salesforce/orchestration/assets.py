"""Asset events for DAGs that follow the sync: one per Salesforce object that a run has written, with counts.

A DAG with `schedule=[Asset("salesforce_lead", uri="x-salesforce://livestorm-sync/lead")]` runs after each run that
created or updated Leads, and reads the counts from `triggering_asset_events`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, AssetAlias

if TYPE_CHECKING:
    from airflow.sdk import Context

OBJECTS = ("Campaign", "Lead", "Contact", "CampaignMember")
#: The outlet of the report task: an event of an asset is only added if its object was written.
WRITTEN = AssetAlias(name="salesforce_written", group="livestorm_salesforce")


def asset_of(sobject: str) -> Asset:
    """The asset of a Salesforce object."""
    name = sobject.lower()
    return Asset(name=f"salesforce_{name}", uri=f"x-salesforce://livestorm-sync/{name}", group="livestorm_salesforce")


def add_events(context: Context, report: dict[str, Any]) -> None:
    """Add one event per written object. Airflow emits them if the task succeeds.

    Args:
        report: the public report of a run.
    """
    if report.get("preview", True):
        return
    for sobject in OBJECTS:
        counts = report["objects"][sobject]
        if any(counts.values()):
            extra = {**counts, "run_id": report["run_id"], "verdict": report["verdict"]}
            context["outlet_events"][WRITTEN].add(asset_of(sobject), extra=extra)
