"""Read the registrants of one batch of sessions: raw as received, and tidy."""

from __future__ import annotations

from typing import Any

import pandas as pd

from include.livestorm_salesforce.core import tidy
from include.livestorm_salesforce.errors import QuotaExhausted, SessionGone, TransientError
from include.livestorm_salesforce.pipeline.run import Run
from include.livestorm_salesforce.store import Folder


def batch_folder(run: Run, batch: int) -> Folder:
    return run.folder.folder("extract").folder(f"batch-{batch:03d}")


def extract(run: Run, batch: int) -> dict[str, Any]:
    """Read one batch; a session that fails leaves the others alone and is read again next run.

    Raises:
        TransientError: not one session of the batch could be read; Airflow tries the batch again.
    """
    batches = run.folder.read_json("discover")["batches"]
    session_ids = batches[batch] if batch < len(batches) else []  # discover may have been cleared since
    folder = batch_folder(run, batch)
    outcomes: list[dict[str, Any]] = []
    with run.counted():
        failure = None
        for number, session_id in enumerate(session_ids):
            try:
                outcomes.append(_read(run, folder, number, session_id))
            except SessionGone:
                outcomes.append(_unread(session_id, "gone", "deleted in Livestorm between listing and reading"))
            except TransientError as error:
                failure = error
                outcomes.append(_unread(session_id, "failed", "Livestorm did not answer; it is read again next run"))
            except QuotaExhausted:
                left = session_ids[number:]
                outcomes += [_unread(each, "put_off", "call allowance used up; it is read next run") for each in left]
                break
        folder.write_json("sessions", outcomes)
    read = [outcome for outcome in outcomes if outcome["state"] in ("read", "incomplete")]
    if failure is not None and not read:
        raise failure
    return {
        "sessions": len(read),
        "registrants": sum(outcome["rows"] for outcome in read),
        "unread": len(outcomes) - len(read),
    }


def _read(run: Run, folder: Folder, number: int, session_id: str) -> dict[str, Any]:
    reader = run.livestorm.people_pages(session_id)
    frames, raw = [], []
    for page in reader:
        raw.extend(page.data)
        frames.append(tidy.tidy_people(page.data, session_id))
    people = pd.concat(frames, ignore_index=True) if frames else tidy.tidy_people([], session_id)
    people = people.drop_duplicates("person_id", keep="last", ignore_index=True)
    folder.write_lines(f"raw-{number:03d}", raw)
    folder.write(f"registrants-{number:03d}", people)
    return {
        "session_id": session_id,
        "file": f"registrants-{number:03d}",
        "rows": len(people),
        "state": "read" if reader.complete else "incomplete",
        "why": "" if reader.complete else "the list changed while it was read; it is read again next run",
    }


def _unread(session_id: str, state: str, why: str) -> dict[str, Any]:
    return {"session_id": session_id, "file": "", "rows": 0, "state": state, "why": why}


def outcomes_of(run: Run) -> pd.DataFrame:
    """What became of reading each session: session_id, file, batch, rows, state, why."""
    rows = []
    for batch in range(len(run.folder.read_json("discover")["batches"])):
        for outcome in batch_folder(run, batch).read_json("sessions", []):
            rows.append({**outcome, "batch": batch})
    columns = {"session_id": "str", "file": "str", "batch": "int64", "rows": "int64", "state": "str", "why": "str"}
    outcomes = pd.DataFrame(rows, columns=list(columns)).astype(columns)
    return outcomes.drop_duplicates("session_id", keep="last", ignore_index=True)


def registrants_of(run: Run, outcomes: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """The registrants of all sessions read, with `columns` where a session's form has them."""
    read = outcomes[outcomes["file"] != ""]
    frames = [batch_folder(run, row.batch).read(row.file, columns) for row in read.itertuples()]
    base = tidy.tidy_people([], "")
    joined = pd.concat([base, *frames], ignore_index=True)
    return joined.reindex(columns=list(dict.fromkeys([*base.columns, *columns])))
