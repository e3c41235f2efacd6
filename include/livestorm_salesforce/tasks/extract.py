"""Read the registrants of one batch of sessions: raw as received, and tidy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from livestorm_salesforce.domain.registrants.transform import transform_registrants
from livestorm_salesforce.domain.sessions.webhook_deliveries import unaccounted
from livestorm_salesforce.enums import ReadMode, ReadState
from livestorm_salesforce.errors import RETRIES, ContractError, QuotaExhausted, SessionGone, TransientError
from livestorm_salesforce.readers import webhook_deliveries
from livestorm_salesforce.readers.registrant_buffer import RegistrantBuffer
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import sync_state
from livestorm_salesforce.storage import Folder

NO_ANSWER = "Livestorm did not answer; it is read again next run"
NO_CALLS = "call allowance used up; it is read next run"
UNKNOWN_SHAPE = "Livestorm sent another shape than documented; it is read again next run"
WHY = {
    ReadState.INCOMPLETE: "the list changed while it was read; it is read again next run",
    ReadState.WEBHOOK_PARTIAL: "only whom Livestorm's webhooks told of are read; the rest waits, to save calls",
}


def batch_folder(run: TaskRun, batch: int) -> Folder:
    return run.folder.folder("extract").folder(f"batch-{batch:03d}")


def extract(run: TaskRun, batch: int) -> dict[str, Any]:
    """Read one batch; a session that fails leaves the others alone and is read again next run (Q19).

    Raises:
        TransientError: not one session of the batch could be read; Airflow tries the batch again, and at the last try
            the others go in without it.
    """
    document = run.folder.read_json("discover")
    batches, now = document["batches"], pd.Timestamp(document["now"])
    due = run.folder.read("sessions").set_index("session_id")
    session_ids = batches[batch] if batch < len(batches) else []  # discover may have been cleared since
    folder = batch_folder(run, batch)
    outcomes: list[dict[str, Any]] = []
    run.discard_plan()
    with run.counted():
        failure = None
        for number, session_id in enumerate(session_ids):
            try:
                outcomes.append(_read(run, folder, number, due.loc[session_id], now))
            except SessionGone:
                outcomes.append(_unread(session_id, ReadState.GONE, "deleted in Livestorm between listing and reading"))
            except TransientError as error:
                failure = error
                outcomes.append(_unread(session_id, ReadState.FAILED, NO_ANSWER))
            except ContractError:
                outcomes.append(_unread(session_id, ReadState.FAILED, UNKNOWN_SHAPE))
            except QuotaExhausted:
                left = session_ids[number:]
                outcomes += [
                    _unread(each, ReadState.DEFERRED, "call allowance used up; it is read next run") for each in left
                ]
                break
        folder.write_json("sessions", outcomes)
    read = [outcome for outcome in outcomes if outcome["file"]]
    if failure is not None and not read and run.try_number <= RETRIES:
        raise failure
    return {
        "sessions": len(read),
        "registrants": sum(outcome["rows"] for outcome in read),
        "unread": len(outcomes) - len(read),
    }


@dataclass(frozen=True)
class _Before:
    """What is known of a session before it is read: ids of its last list (None: never read), people told of since."""

    roster: set[str] | None
    told: list[dict[str, Any]]

    def new_of(self, people: pd.DataFrame) -> dict[str, int]:
        """Of people read, how many were not in the last list: told of by webhooks, or found by calls alone."""
        new = set() if self.roster is None else set(people["person_id"]) - self.roster
        told = len(new & {str(person["id"]) for person in self.told})
        return {"new_by_webhook": told, "new_by_calls": len(new) - told}


def _read(run: TaskRun, folder: Folder, number: int, session: pd.Series, now: pd.Timestamp) -> dict[str, Any]:
    """Whom webhooks told of, or the new people; everybody where that is due or those do not explain the count."""
    before = _Before(
        sync_state.known_registrants(run.app.state, session.name), webhook_deliveries.deliveries_of(run, session.name)
    )
    outcome = None
    if session["read_mode"] in (ReadMode.WEBHOOK_ONLY, ReadMode.WEBHOOK_PARTIAL):
        outcome = _read_told(run, folder, number, session, now, before)
    if outcome is None and session["read_mode"] in (ReadMode.WEBHOOK_ONLY, ReadMode.INCREMENTAL):
        outcome = _read_new(run, folder, number, session, now, before)
    return outcome or _read_all(run, folder, number, session, now, before)


def _read_told(
    run: TaskRun, folder: Folder, number: int, session: pd.Series, now: pd.Timestamp, before: _Before
) -> dict[str, Any] | None:
    """People that webhooks told of, without a call; None if they were to make up the count and do not.

    Of a session that waits they are read for their own sake: state `told`, which leaves the session due.
    """
    received = RegistrantBuffer(folder, number, session.name)
    received.add(before.told)
    people = received.kept()
    waits = session["read_mode"] == ReadMode.WEBHOOK_PARTIAL
    if before.roster is None or not (waits or _explained(session, before.roster, people, now)):
        return None
    sync_state.save_known_registrants(run.folder, session.name, before.roster | set(people["person_id"]))
    return _outcome(
        session.name, number, people, ReadState.WEBHOOK_PARTIAL if waits else ReadState.INCREMENTAL
    ) | before.new_of(people)


def _read_new(
    run: TaskRun, folder: Folder, number: int, session: pd.Series, now: pd.Timestamp, before: _Before
) -> dict[str, Any] | None:
    """People whose change time is after the last reading; None if they and those known do not make up the count.

    It is not documented that a registration moves the change time of a person who was known before.
    """
    if before.roster is None or pd.isna(session["roster_excess"]) or pd.isna(session["read_at"]):
        return None
    since = session["read_at"] - pd.Timedelta(minutes=run.app.mapping.reading.overlap_minutes)
    people, complete = _people(run, folder, number, session.name, since, before.told)
    if not complete or not _explained(session, before.roster, people, now):
        return None
    sync_state.save_known_registrants(run.folder, session.name, before.roster | set(people["person_id"]))
    return _outcome(session.name, number, people, ReadState.INCREMENTAL) | before.new_of(people)


def _read_all(
    run: TaskRun, folder: Folder, number: int, session: pd.Series, now: pd.Timestamp, before: _Before
) -> dict[str, Any]:
    people, complete = _people(run, folder, number, session.name)
    outcome = _outcome(
        session.name, number, people, ReadState.FULL if complete else ReadState.INCOMPLETE
    ) | before.new_of(people)
    if complete:
        sync_state.save_known_registrants(run.folder, session.name, set(people["person_id"]))
        outcome["roster_excess"] = float(_in_list(people, now).nunique() - session["registrants_count"])
    return outcome


def _explained(session: pd.Series, roster: set[str], people: pd.DataFrame, now: pd.Timestamp) -> bool:
    """Whether those known and those at hand make up the session's count: the proof that nobody is left out."""
    return unaccounted(session, roster, set(_in_list(people, now))) == 0


def _in_list(people: pd.DataFrame, now: pd.Timestamp) -> pd.Series:
    """Ids of those who were registered already when the sessions were listed."""
    return people.loc[~(people["registered_at"] > now), "person_id"]


def _people(
    run: TaskRun,
    folder: Folder,
    number: int,
    session_id: str,
    since: pd.Timestamp | None = None,
    told_of: Sequence[dict[str, Any]] = (),
) -> tuple[pd.DataFrame, bool]:
    """People as tidied, kept raw and tidy in the run folder, and whether the list held still.

    Args:
        told_of: people to add where the list does not have them; a list is read later than what was told.
    """
    reader = run.app.livestorm.people_pages(session_id, updated_since=None if since is None else int(since.timestamp()))
    received = RegistrantBuffer(folder, number, session_id)
    for page in reader:
        received.add(page.data)
    received.add([person for person in told_of if str(person["id"]) not in received.ids])
    return received.kept(), bool(reader.is_complete)


def _outcome(session_id: str, number: int, people: pd.DataFrame, state: str) -> dict[str, Any]:
    return _unread(session_id, state, WHY.get(state, "")) | {"file": f"registrants-{number:03d}", "rows": len(people)}


def _unread(session_id: str, state: str, why: str) -> dict[str, Any]:
    outcome = {"session_id": session_id, "file": "", "rows": 0, "state": state, "reason": why, "roster_excess": None}
    return outcome | {"new_by_webhook": 0, "new_by_calls": 0}


def outcomes_of(run: TaskRun) -> pd.DataFrame:
    """What became of reading each session: session_id, file, batch, rows, state, why, surplus, told, called.

    `state`: `read` (everybody), `read_new`, `told` (only whom webhooks told of), `incomplete`, `gone`, `failed`,
    `deferred`. `new_by_webhook`, `new_by_calls`: new people that webhooks told of, and those that only calls found.
    """
    rows = []
    for batch in range(len(run.folder.read_json("discover")["batches"])):
        rows.extend({**outcome, "batch": batch} for outcome in batch_folder(run, batch).read_json("sessions", []))
    text = dict.fromkeys(("session_id", "file", "state", "reason"), "str")
    columns = {
        **text,
        "batch": "int64",
        "rows": "int64",
        "new_by_webhook": "int64",
        "new_by_calls": "int64",
        "roster_excess": "float64",
    }
    outcomes = pd.DataFrame(rows, columns=list(columns)).astype(columns)
    return outcomes.drop_duplicates("session_id", keep="last", ignore_index=True)


def registrants_of(run: TaskRun, outcomes: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """The registrants of all sessions read, with `columns` where a session's form has them."""
    read = outcomes[outcomes["file"] != ""]
    frames = [batch_folder(run, row.batch).read(row.file, columns) for row in read.itertuples()]
    base = transform_registrants([], "")
    joined = pd.concat([base, *frames], ignore_index=True)
    return joined.reindex(columns=list(dict.fromkeys([*base.columns, *columns])))
