"""Reads the registrants of one batch of sessions: raw responses and rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from livestorm_salesforce.clients.livestorm.pagination import PageReader
from livestorm_salesforce.domain.sessions.count_check import (
    accounts_for,
    can_be_checked,
    new_registrants,
    roster_excess,
    unannounced,
)
from livestorm_salesforce.domain.sessions.read_schedule import OVERLAP
from livestorm_salesforce.enums import ReadMode, ReadState
from livestorm_salesforce.errors import RETRIES, SOON, ContractError, QuotaExhausted, SessionGone, TransientError
from livestorm_salesforce.readers import webhook_deliveries
from livestorm_salesforce.readers.registrant_buffer import RegistrantBuffer
from livestorm_salesforce.runs.plan_files import discovery
from livestorm_salesforce.runs.progress import Progress
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import registrations
from livestorm_salesforce.storage import Folder, safe_name
from livestorm_salesforce.tasks.read_results import (
    GONE,
    KNOWN,
    NO_ANSWER,
    NO_CALLS,
    REASONS,
    UNKNOWN_SHAPE,
    batch_folder,
    unread,
)


def extract(run: TaskRun, batch: int) -> dict[str, Any]:
    """Read one batch. A session that fails does not affect the others and is read again next run (Q19).

    Returns:
        Numbers of `sessions`, `registrants` and `unread` sessions.

    Raises:
        TransientError: no session of the batch could be read. Airflow retries the batch; after the last attempt the
            run continues without it.
        StalePlan: the run was not started or its folder was deleted.
    """
    document = discovery(run.folder)
    sessions = {str(row["session_id"]): row for row in run.folder.read("sessions").to_dict("records")}
    # discover may have been cleared since this task was mapped
    session_ids = document["batches"][batch] if batch < len(document["batches"]) else []
    run.discard_plan()
    with run.counted():
        folder = batch_folder(run, batch)
        outcomes, failure = _read_batch(
            run, folder, [sessions[one] for one in session_ids], pd.Timestamp(document["now"])
        )
        folder.write_json("sessions", outcomes)
    read = [outcome for outcome in outcomes if outcome["file"]]
    if failure is not None and not read and run.try_number <= RETRIES:
        raise failure
    return {
        "sessions": len(read),
        "registrants": sum(outcome["rows"] for outcome in read),
        "unread": len(outcomes) - len(read),
    }


def _read_batch(
    run: TaskRun, folder: Folder, sessions: Sequence[Mapping[Any, Any]], now: pd.Timestamp
) -> tuple[list[dict[str, Any]], TransientError | None]:
    """The outcome of each session, and the last transient error."""
    outcomes: list[dict[str, Any]] = []
    failure = None
    progress = Progress("Read", "sessions", len(sessions), run.app.clock)
    for number, session in enumerate(sessions):
        session_id = session["session_id"]
        try:
            outcomes.append(_SessionRead.of(run, folder, number, session, now).outcome())
        except SessionGone:
            outcomes.append(unread(session_id, ReadState.GONE, GONE))
        except TransientError as error:
            failure = error
            outcomes.append(unread(session_id, ReadState.FAILED, NO_ANSWER))
        except ContractError:
            outcomes.append(unread(session_id, ReadState.FAILED, UNKNOWN_SHAPE))
        except QuotaExhausted as error:
            if run.app.limits.longest_wait is not None and (error.retry_after or math.inf) <= SOON:
                raise  # the task waits without a worker
            outcomes += [unread(one["session_id"], ReadState.DEFERRED, NO_CALLS) for one in sessions[number:]]
            break
        progress.add()
    return outcomes, failure


@dataclass(frozen=True)
class _SessionRead:
    """The read of one session.

    Attributes:
        session: its row, columns of `read_schedule.decide_reading`.
        known: ids of the registrants as of the last read; None if the session was never read.
        delivered: registrants delivered by webhooks since.
        last_delivery: when Livestorm last sent a delivery; None if it never did.
        now: when the sessions were listed.
    """

    run: TaskRun
    folder: Folder
    number: int
    session: Mapping[str, Any]
    now: pd.Timestamp
    known: set[str] | None
    delivered: list[dict[str, Any]]
    last_delivery: pd.Timestamp | None

    @classmethod
    def of(
        cls, run: TaskRun, folder: Folder, number: int, session: Mapping[str, Any], now: pd.Timestamp
    ) -> _SessionRead:
        session_id = session["session_id"]
        known = registrations.known_registrants(run.app.state, session_id)
        delivered = webhook_deliveries.deliveries_of(run, session_id)
        return cls(run, folder, number, session, now, known, delivered, webhook_deliveries.last_delivery(run))

    @property
    def session_id(self) -> str:
        return str(self.session["session_id"])

    def outcome(self) -> dict[str, Any]:
        """Read in the session's mode, and in full where that does not account for its count."""
        mode, outcome = self.session["read_mode"], None
        if mode in (ReadMode.WEBHOOK_ONLY, ReadMode.WEBHOOK_PARTIAL):
            outcome = self._delivered_only(partial=mode == ReadMode.WEBHOOK_PARTIAL)
        if outcome is None and mode in (ReadMode.WEBHOOK_ONLY, ReadMode.INCREMENTAL):
            outcome = self._incremental()
        return outcome or self._full()

    def _delivered_only(self, *, partial: bool) -> dict[str, Any] | None:
        """Registrants delivered by webhooks, without a call; None if they had to account for the count and do not."""
        buffer = RegistrantBuffer(self.folder, self.number, self.session_id)
        buffer.add(self.delivered)
        registrants = buffer.save()
        if self.known is None or not (partial or accounts_for(self.session, self.known, registrants, self.now)):
            return None
        self._save_known(self.known | set(registrants["person_id"]))
        return self._read(registrants, ReadState.WEBHOOK_PARTIAL if partial else ReadState.INCREMENTAL)

    def _incremental(self) -> dict[str, Any] | None:
        """Registrants changed since the last read; None if they and the known ones do not account for the count.

        It is not documented whether a registration changes the change time of a person who was known before.
        """
        if self.known is None or not can_be_checked(self.session, self.known):
            return None
        registrants, pages = self._call(self.session["read_at"] - OVERLAP, self.delivered)
        if not pages.is_complete or not accounts_for(self.session, self.known, registrants, self.now):
            return None
        self._save_known(self.known | set(registrants["person_id"]))
        return self._read(registrants, ReadState.INCREMENTAL)

    def _full(self) -> dict[str, Any]:
        registrants, pages = self._call()
        if not pages.is_complete:
            return self._read(registrants, ReadState.INCOMPLETE) | {"unreadable": pages.unreadable}
        self._save_known(set(registrants["person_id"]))
        excess = roster_excess(self.session, registrants, self.now)
        return self._read(registrants, ReadState.FULL) | {"roster_excess": excess}

    def _call(
        self, since: pd.Timestamp | None = None, delivered: Sequence[dict[str, Any]] = ()
    ) -> tuple[pd.DataFrame, PageReader]:
        """Registrants of Livestorm's list, and the reader of the list, which knows whether it is complete.

        Args:
            since: only registrants changed since.
            delivered: registrants to add if the list does not contain them; the list is newer than the deliveries.
        """
        updated_since = None if since is None else int(since.timestamp())
        pages = self.run.app.livestorm.people_pages(self.session_id, updated_since=updated_since)
        buffer = RegistrantBuffer(self.folder, self.number, self.session_id)
        progress = Progress("Read", "registrants of a session", self._expected(since), self.run.app.clock)
        for page in pages:
            buffer.add(page.data)
            progress.add(len(page.data))
        buffer.add([registrant for registrant in delivered if str(registrant["id"]) not in buffer.ids])
        return buffer.save(), pages

    def _expected(self, since: pd.Timestamp | None) -> int:
        """Number of registrants of the list as Livestorm counts them; 0 if it is not known."""
        count = self.session.get("registrants_count")
        return 0 if since is not None or pd.isna(count) else int(count)

    def _save_known(self, ids: set[str]) -> None:
        """Store in the run folder; the report task copies it to the state."""
        frame = pd.DataFrame({"person_id": sorted(ids)}, dtype="str")
        self.run.folder.folder(KNOWN).write(safe_name(self.session_id), frame)

    def _read(self, registrants: pd.DataFrame, state: ReadState) -> dict[str, Any]:
        outcome = unread(self.session_id, state, REASONS.get(state, ""))
        outcome |= {"file": f"registrants-{self.number:03d}", "rows": len(registrants)}
        delivered = [str(registrant["id"]) for registrant in self.delivered]
        outcome["unannounced"] = unannounced(registrants, self.known, delivered, self.last_delivery, self.now)
        return outcome | new_registrants(registrants, self.known, delivered)
