"""Labels of the org's fields, from the cached describe."""

from __future__ import annotations

from livestorm_salesforce.state import org_describe
from livestorm_salesforce.state.pair_state import PairState


def field_labels(state: PairState) -> dict[tuple[str, str], str]:
    """Label by object and field; fields without a stored label are left out. Empty before the first run."""
    _, labels = org_describe.stored(state) or ({}, {})
    return {(name, field): label for name, fields in labels.items() for field, label in fields.items()}
