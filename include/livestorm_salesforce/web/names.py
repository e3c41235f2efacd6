"""Names of registrants: as they were written to Salesforce, else from the run folder while it is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, Protocol

from livestorm_salesforce.runs.context import SYNC_DAG_ID, AppContext
from livestorm_salesforce.state import change_queries
from livestorm_salesforce.state.pair_state import PairState

COLUMNS = ["session_id", "person_id", "email", "form.first_name", "form.last_name"]
#: Run folders that a page opens unless all names are wanted.
FOLDERS = 8


class Registrant(Protocol):
    """The part of a registration that leads to its name: by its record in the audit log, by its run to a folder."""

    @property
    def session_id(self) -> str: ...
    @property
    def person_id(self) -> str: ...
    @property
    def run_id(self) -> str | None: ...
    @property
    def record_id(self) -> str | None: ...
    @property
    def email_hmac(self) -> str | None: ...


class PersonName(NamedTuple):
    """Both are empty if they are no longer stored."""

    name: str = ""
    address: str = ""


Names = dict[tuple[str, str], PersonName]


class FoundNames(NamedTuple):
    """Names by session id and registrant id.

    Attributes:
        unread_folders: number of run folders that were not opened and that may hold registrants without a name.
    """

    names: Names
    unread_folders: int = 0


def names_of(
    app: AppContext,
    state: PairState,
    rows: Sequence[Registrant],
    folders: int | None = FOLDERS,
    read: Callable[[str], Names] | None = None,
) -> FoundNames:
    """Name and address of each registrant. Run folders are read for those whose own name is not in the audit log.

    Args:
        folders: run folders that are read at most, those that hold the most of these registrants; None: all.
        read: reads the names of a run; None: `names_of_run`.
    """
    written = change_queries.names(state, {row.record_id for row in rows if row.record_id})
    hmacs = state.email_hmacs({name.address for name in written.values()})
    names: Names = {}
    missing = []
    for row in rows:
        name = written.get(row.record_id or "")
        if name:
            names[row.session_id, row.person_id] = PersonName(name.name, name.address)
        if not name or not name.is_complete or hmacs[name.address] != row.email_hmac:
            missing.append(row)
    run_ids = _run_ids(missing)
    opened = run_ids[:folders]
    names |= _names_in_folders(opened, missing, read or partial(names_of_run, app))
    without = {row.run_id for row in missing if (row.session_id, row.person_id) not in names}
    return FoundNames(names, len(without.intersection(run_ids[len(opened) :])))


def _names_in_folders(run_ids: Sequence[str], rows: Sequence[Registrant], read: Callable[[str], Names]) -> Names:
    wanted = {(row.session_id, row.person_id) for row in rows}
    return {key: name for run_id in run_ids for key, name in read(run_id).items() if key in wanted}


def _run_ids(rows: Sequence[Registrant]) -> list[str]:
    """The runs that read these registrants, those with the most of them first."""
    return [run_id for run_id, _ in Counter(row.run_id for row in rows if row.run_id).most_common()]


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
