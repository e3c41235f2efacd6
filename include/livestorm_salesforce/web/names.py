"""Names of registrants: from the run folder while it is kept, else as they were written to Salesforce."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, Protocol

import pandas as pd

from livestorm_salesforce.runs.context import SYNC_DAG_ID, AppContext
from livestorm_salesforce.state import change_queries
from livestorm_salesforce.state.pair_state import PairState

COLUMNS = ["session_id", "person_id", "email", "form.first_name", "form.last_name"]
#: Run folders that a page opens; the names of the remaining people come from the audit log.
FOLDERS = 8


class Registrant(Protocol):
    """The part of a registration that leads to the folder of the run that read it."""

    @property
    def session_id(self) -> str: ...
    @property
    def person_id(self) -> str: ...
    @property
    def run_id(self) -> str | None: ...


class LoadedRegistrant(Registrant, Protocol):
    """A registrant whose record may be in the audit log."""

    @property
    def record_id(self) -> str | None: ...


class PersonName(NamedTuple):
    """Both are empty if they are no longer stored."""

    name: str = ""
    address: str = ""


Names = dict[tuple[str, str], PersonName]


def names_of(
    app: AppContext,
    state: PairState,
    rows: Sequence[LoadedRegistrant],
    folders: int | None = FOLDERS,
    read: Callable[[str], Names] | None = None,
) -> Names:
    """Name and address of each registrant, by session id and registrant id.

    Args:
        folders: run folders that are read at most; None: all.
        read: reads the names of a run; None: `names_of_run`.
    """
    found = names_in_folders(app, rows, folders, read)
    without = {row.record_id: (row.session_id, row.person_id) for row in rows if row.record_id}
    missing = {record: key for record, key in without.items() if key not in found}
    written = change_queries.names(state, missing)
    return {key: PersonName(*written[record]) for record, key in missing.items() if record in written} | found


def names_in_folders(
    app: AppContext,
    rows: Sequence[Registrant],
    folders: int | None = FOLDERS,
    read: Callable[[str], Names] | None = None,
) -> Names:
    """As `names_of`, from run folders only: those that hold the most of these registrants."""
    wanted = {(row.session_id, row.person_id) for row in rows}
    found: Names = {}
    for run_id in _run_ids(rows)[:folders]:
        found |= {key: name for key, name in (read or partial(names_of_run, app))(run_id).items() if key in wanted}
    return found


def unread_folders(rows: Sequence[Registrant], names: Names, folders: int | None = FOLDERS) -> int:
    """Number of run folders that `names_of` did not open and that may hold registrants without a name in `names`."""
    if folders is None:
        return 0
    without = {row.run_id for row in rows if (row.session_id, row.person_id) not in names}
    return len(without.intersection(_run_ids(rows)[folders:]))


def _run_ids(rows: Sequence[Registrant]) -> list[str]:
    """The runs that read these registrants, those with the most of them first."""
    return [*pd.Series([row.run_id for row in rows if row.run_id], dtype="str").value_counts().index]


def names_of_run(app: AppContext, run_id: str) -> Names:
    """Names and addresses of the registrants that a run has read; empty if its folder was deleted."""
    folder = app.run_folder(SYNC_DAG_ID, run_id)
    if not folder.has("registrations.parquet"):
        return {}
    rows = folder.read("registrations", COLUMNS).reindex(columns=COLUMNS).astype("object")
    rows = rows.where(rows.notna(), "")
    return {
        (session_id, person_id): PersonName(f"{first} {last}".strip(), email)
        for session_id, person_id, email, first, last in rows.itertuples(index=False)
    }
