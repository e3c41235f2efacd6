"""Safety limits: a plan that exceeds one is not loaded without an approval."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from livestorm_salesforce.config.sections import Limits
from livestorm_salesforce.domain.plan.model import PEOPLE
from livestorm_salesforce.enums import Action, MatchedAs


def counts(changes: pd.DataFrame, people: pd.DataFrame) -> dict[str, int]:
    """Counts of a plan that the limits refer to.

    Returns:
        people of the plan (`people`), with a record (`matched`), to be updated (`updates`), without a record
        (`unmatched`); records of any object to be created (`creates`).
    """
    is_update = changes["action"] == Action.UPDATE
    is_new = people["matched_as"] == MatchedAs.CREATED
    return {
        "people": len(people),
        "matched": int((~is_new).sum()),
        "updates": int((changes["object"].isin(PEOPLE) & is_update).sum()),
        "unmatched": int(is_new.sum()),
        "creates": int((changes["action"] == Action.CREATE).sum()),
    }


def exceeded(count: Mapping[str, int], limits: Limits) -> list[str]:
    """The limits that a plan with these `counts` exceeds, one sentence with numbers each."""
    found = []
    share = count["updates"] / count["matched"] if count["matched"] else 0.0
    share_counts = count["matched"] >= limits.share_from
    if limits.share_of_updates is not None and share_counts and share > limits.share_of_updates:
        found.append(
            f"{count['updates']:,} of {count['matched']:,} people found would be updated "
            f"({share:.0%}, limits.share_of_updates allows {limits.share_of_updates:.0%})"
        )
    if limits.creates is not None and count["creates"] > limits.creates:
        found.append(f"records to create: {count['creates']:,} (limits.creates allows {limits.creates:,})")
    if limits.unmatched is not None and count["unmatched"] > limits.unmatched:
        found.append(f"people not found: {count['unmatched']:,} (limits.unmatched allows {limits.unmatched:,})")
    return found
