"""Automation of the org of a scenario, drawn at random: the baseline has the same, so both orgs end alike.

Automation that rewrites mapped values is left out: such a value is written again by every comparison.
"""

from __future__ import annotations

from random import Random
from typing import Any

from service_sandbox.salesforce import Org

OBJECTS = ("Lead", "Contact", "CampaignMember")
LIMITS = ("soql", "cpu", "flow", "unknown")
STATUSES = [{"Label": "Invited", "IsDefault": True, "HasResponded": False}, {"Label": "Came", "HasResponded": True}]


def draw_automation(seed: int) -> dict[str, Any]:
    """Settings of the org, see `automation_rules` of the sandbox; empty in half of the scenarios."""
    rng = Random(f"automation {seed}")  # noqa: S311 a repeatable draw
    if rng.random() < 0.5:
        return {}
    limits = [
        {"object": name, "rows": rng.randint(1, 3), "error": rng.choice(LIMITS)}
        for name in OBJECTS
        if rng.random() < 0.5
    ]
    drawn: dict[str, Any] = {"transaction_limits": limits}
    if rng.random() < 0.3:
        drawn["status_apps"] = [{"type": "Webinar", "statuses": STATUSES}]
    if rng.random() < 0.3:
        drawn["flows"] = [{"object": "Lead", "when": rng.choice(["before", "after"]), "set": {"Rating": "Warm"}}]
    return drawn


def configure(org: Org, seed: int) -> None:
    """Configure the org of a scenario."""
    org.automation.configure(draw_automation(seed))
    org.text_units = Random(f"units {seed}").choice(["characters", "utf16"])  # noqa: S311 a repeatable draw
