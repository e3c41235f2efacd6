"""Labels of the org's fields, from the cached describe."""

from __future__ import annotations

from sqlalchemy import select

from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import OrgDescribe


def field_labels(state: PairState) -> dict[tuple[str, str], str]:
    """Label by object and field; fields without a stored label are left out."""
    query = select(OrgDescribe.objects).where(OrgDescribe.pair_id == state.pair_id)
    with state.reading() as connection:
        objects = connection.scalar(query) or {}
    return {
        (name, field["name"]): field["label"]
        for name, document in objects.items()
        for field in document.get("fields", [])
        if field.get("label")
    }
