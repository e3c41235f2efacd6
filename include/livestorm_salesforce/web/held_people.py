"""Names of people held back: as Livestorm sent them, from the folder of the run that refused them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from livestorm_salesforce.runs.context import SYNC_DAG_ID, AppContext
from livestorm_salesforce.state.quarantine_queries import HeldRow

COLUMNS = ["session_id", "person_id", "email", "form.first_name", "form.last_name"]
#: Run folders that a page opens.
FOLDERS = 8


class HeldPerson(NamedTuple):
    """Both are empty if they are no longer stored."""

    name: str = ""
    address: str = ""


People = dict[tuple[str, str], HeldPerson]


def held_people(app: AppContext, rows: Sequence[HeldRow]) -> People:
    """Name and address by session id and registrant id."""
    runs = Counter(row.run_id for row in rows if row.run_id)
    wanted = {(row.session_id, row.person_id) for row in rows}
    found: People = {}
    for run_id, _ in runs.most_common(FOLDERS):
        found |= {key: person for key, person in _of_run(app, str(run_id)).items() if key in wanted}
    return found


def _of_run(app: AppContext, run_id: str) -> People:
    folder = app.run_folder(SYNC_DAG_ID, run_id)
    if not folder.has("registrations.parquet"):
        return {}
    rows = folder.read("registrations", COLUMNS).reindex(columns=COLUMNS).astype("object")
    rows = rows.where(rows.notna(), "")
    return {
        (session_id, person_id): HeldPerson(f"{first} {last}".strip(), email)
        for session_id, person_id, email, first, last in rows.itertuples(index=False)
    }
