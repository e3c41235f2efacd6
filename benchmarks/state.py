"""Seconds of the state operations of a run, on SQLite and, with a URL, on PostgreSQL.

`python -m benchmarks.state [URL]`: a run with 100,000 registrants of 20 sessions, new and unchanged; an unchanged run
with 1,000 sessions.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from livestorm_salesforce.domain.sessions import scope
from livestorm_salesforce.domain.sessions.listing import LISTS
from livestorm_salesforce.domain.sessions.sync_state import SyncState
from livestorm_salesforce.domain.sessions.transform import transform_events
from livestorm_salesforce.state import latest_answers, registrations, sync_state
from livestorm_salesforce.state.database_url import of_file
from livestorm_salesforce.state.opening import open_database
from livestorm_salesforce.state.pair_state import PairState

NOW = pd.Timestamp("2026-11-23T10:00:00Z").as_unit("ms")
ATTRIBUTES = [f"form.question_{number}" for number in range(10)]
REGISTRANTS, SESSIONS, MANY_SESSIONS = 100_000, 20, 1_000


def measure(url: str) -> list[dict[str, Any]]:
    """One row per operation: its name, elapsed seconds and processor seconds of this process."""
    state = PairState(open_database(url), "pair", lambda: "key")
    rows = people()
    known = known_sessions(MANY_SESSIONS)
    position = SyncState(NOW, dict.fromkeys(LISTS, NOW), NOW, 9000, 0, known, transform_events([]))
    keys = rows["email_key"]
    operations: dict[str, Callable[[], object]] = {
        f"row hashes of {SESSIONS} sessions read": lambda: registrations.load_row_hashes(state, [*sessions()]),
        f"latest answers of {REGISTRANTS:,} people read": lambda: latest_answers.load(state, keys, ATTRIBUTES),
        f"{REGISTRANTS:,} registrations saved": lambda: save_registrations(state, rows),
        f"latest answers of {REGISTRANTS:,} people saved": lambda: latest_answers.upsert(state, rows, ATTRIBUTES),
        f"sync state of {MANY_SESSIONS:,} sessions saved": lambda: sync_state.save(state, position),
        f"sync state of {MANY_SESSIONS:,} sessions read": lambda: sync_state.load(state),
    }
    return [
        {"operation": f"{name}, {pass_name}"} | seconds(action)
        for pass_name in ("new", "unchanged")
        for name, action in operations.items()
    ]


def save_registrations(state: PairState, rows: pd.DataFrame) -> None:
    """Save all sessions in one transaction, as the report task does."""
    with state.transaction("commit"):
        for session_id, of_session in rows.groupby("session_id"):
            ids = set(of_session["person_id"])
            registrations.save(state, str(session_id), of_session, ids, ("run", NOW), partial=False)


def sessions() -> list[str]:
    """Ids of the sessions."""
    return [f"session-{number:04d}" for number in range(SESSIONS)]


def people() -> pd.DataFrame:
    """Registrations with ten answers each."""
    numbers = np.arange(REGISTRANTS)
    rng = np.random.default_rng(1)
    hashes = rng.integers(0, 2**64 - 1, REGISTRANTS, dtype="uint64")
    columns = {
        "session_id": pd.Series(np.array(sessions())[numbers % SESSIONS], dtype="str"),
        "person_id": pd.Series([f"person-{number:08d}" for number in numbers], dtype="str"),
        "email_key": pd.Series([f"person{number}@acme.example" for number in numbers], dtype="str"),
        "registered_at": NOW - pd.to_timedelta(pd.Series(numbers), unit="s"),
        "person_hash": pd.Series(hashes).astype("object"),
        "member_hash": pd.Series(hashes).astype("object"),
        "record_id": pd.Series([f"00Q{number:015d}" for number in numbers], dtype="str"),
        "attended": False,
        "watched": False,
        "bucket": "created",
        "campaign_id": None,
        "reason": None,
    }
    return pd.DataFrame(columns | dict.fromkeys(ATTRIBUTES, "answer"))


def known_sessions(count: int) -> pd.DataFrame:
    """Sessions as last loaded."""
    ids = [f"session-{number:04d}" for number in range(count)]
    columns = {"session_id": ids, "status": "past", "registrants_count": 10.0, "read_at": NOW, "retry": False}
    return scope.typed_known(pd.DataFrame(columns))


def seconds(action: Callable[[], object]) -> dict[str, float]:
    """Elapsed seconds and processor seconds of an action."""
    began, processor = time.perf_counter(), time.process_time()
    action()
    return {"elapsed": time.perf_counter() - began, "processor": time.process_time() - processor}


def measure_sqlite() -> list[dict[str, Any]]:
    """The rows on a SQLite file of its own."""
    with tempfile.TemporaryDirectory() as folder:
        return measure(of_file(Path(folder) / "state.db"))


def main() -> None:
    for row in measure(sys.argv[1]) if len(sys.argv) > 1 else measure_sqlite():
        print(f"{row['elapsed']:7.2f} s elapsed {row['processor']:7.2f} s processor  {row['operation']}")


if __name__ == "__main__":
    main()
