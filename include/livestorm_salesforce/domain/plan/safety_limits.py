"""Limits that a plan must keep before anything is written without a person's word."""

from __future__ import annotations

from livestorm_salesforce.config.mapping import Limits
from livestorm_salesforce.domain.plan.plan import Plan

PEOPLE = ["Lead", "Contact"]


def counts(plan: Plan) -> dict[str, int]:
    """What the limits look at: people of the plan, those found, those updated, those to be made, records to be made."""
    changes, people = plan.changes, plan.people
    ours = changes["object"].isin(PEOPLE)
    return {
        "people": len(people),
        "matched": int((people["matched_as"] != "created").sum()),
        "updates": int((ours & (changes["action"] == "update")).sum()),
        "unmatched": int((people["matched_as"] == "created").sum()),
        "creates": int((changes["action"] == "create").sum()),
    }


def beyond(plan: Plan, limits: Limits) -> list[str]:
    """The limits that the plan passes, one sentence with numbers each; empty for a plan that keeps them."""
    told = counts(plan)
    found = []
    share = told["updates"] / told["matched"] if told["matched"] else 0.0
    if limits.share_of_updates is not None and told["matched"] >= limits.share_from and share > limits.share_of_updates:
        found.append(
            f"{told['updates']} of {told['matched']} people found would be updated "
            f"({share:.0%}, limits.share_of_updates allows {limits.share_of_updates:.0%})"
        )
    if limits.creates is not None and told["creates"] > limits.creates:
        found.append(f"{told['creates']} records would be made (limits.creates allows {limits.creates})")
    if limits.unmatched is not None and told["unmatched"] > limits.unmatched:
        found.append(f"{told['unmatched']} people were not found (limits.unmatched allows {limits.unmatched})")
    return found
