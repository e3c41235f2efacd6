"""Records that become private and change their owner between two runs, and are visible again later (field C7).

Only records that we created are hidden, in orgs with an e-mail HMAC: nothing else stops a second person where the
response to a creation was lost and its record is hidden afterwards (docs/reference/limits-of-safety.md).
"""

from __future__ import annotations

from random import Random
from typing import Any

from service_sandbox import Sandbox

PRIVATE = {"Lead": "None", "Contact": "None", "Campaign": "None"}
#: Indexes of the moments before which records are hidden and shown again.
HIDDEN_AT, SHOWN_AT = 2, (3, 4)


def draw_sharing(seed: int) -> tuple[int, int] | None:
    """The moments at which records are hidden and shown again; None in half of the scenarios."""
    rng = Random(f"sharing {seed}")  # noqa: S311 a repeatable draw
    return (HIDDEN_AT, rng.choice(SHOWN_AT)) if rng.random() < 0.5 else None


def hide(sandbox: Sandbox, _places: Any) -> None:
    """A colleague becomes the owner of half of the records that we created, and we see our own records only."""
    org = sandbox.org
    org.users.share(PRIVATE)
    org.users.run_as.rights.view_all = set()
    made = {write.id for write in org.writes.list(operation="create", rejected=False)}
    for name in PRIVATE:
        for row in org.rows(name):
            if row["Id"] in made and _is_drawn(row):
                org.store.update(org.schema[name], row["Id"], {"OwnerId": org.users.colleague.id})


def show(sandbox: Sandbox, _places: Any) -> None:
    """We get View All Records."""
    sandbox.org.users.run_as.rights.view_all = None


def _is_drawn(row: dict[str, Any]) -> bool:
    """Half of the people and of the Campaigns, whichever run created them."""
    return sum((row.get("Email") or row["Name"]).lower().encode()) % 2 == 0
