"""The quarantine after a run: rejected rows enter it, settled rows leave it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from livestorm_salesforce.domain.report.quarantine import HASHES, ROW, TIME, identity, typed
from livestorm_salesforce.domain.report.run_result import RunResult


def update_quarantine(old: pd.DataFrame, result: RunResult, now: pd.Timestamp, run_id: str) -> pd.DataFrame:
    """The quarantine after a run. Idempotent: the same result of the same run is counted once.

    Args:
        old: the quarantine before the run.
        now: time of the run.
    """
    rows = result.registrations.reset_index(drop=True)
    is_eligible = rows["is_eligible"].to_numpy()
    is_loaded = result.accounting["loaded"].to_numpy()
    is_refused = (result.accounting["bucket"] == "refused").to_numpy()
    # rows that are merged into a refused row are rejected with it
    is_rejected = is_eligible & ~is_loaded & rows["member"].isin(rows.loc[is_refused, "member"]).to_numpy()
    entering = _entries(rows[is_rejected], rows.loc[is_refused, "member"], result.accounting[is_refused])
    kept = _kept(_without(old, identity(rows[is_loaded | ~is_eligible])), rows, result, now)
    return _merged(kept, entering, now, run_id)


def _kept(old: pd.DataFrame, rows: pd.DataFrame, result: RunResult, now: pd.Timestamp) -> pd.DataFrame:
    """Rows that remain in quarantine: their session exists, and their registrant as far as this run has read."""
    was_read = old["session_id"].isin(result.complete)
    exists = identity(old).isin(identity(rows))
    kept = old[~old["session_id"].isin(result.gone) & (exists | ~was_read)]
    kept = kept[~((kept["object"] == "Campaign") & kept["session_id"].isin(result.resolved))]
    is_idle = kept["session_id"].isin(result.idle)
    return kept.assign(
        last_at=kept["last_at"].mask(is_idle, now.as_unit("ms")),
        mapping_hash=kept["mapping_hash"].mask(is_idle, np.uint64(result.mapping)),
    )


def _entries(rejected: pd.DataFrame, members: pd.Series, accounting: pd.DataFrame) -> pd.DataFrame:
    """Rejected rows with the error of their member."""
    errors = accounting[["object", "code", "message", "fields"]].assign(member=members.to_numpy())
    entries = rejected[[*ROW, "member", *HASHES]].merge(errors.drop_duplicates("member"), on="member")
    return entries.drop(columns="member")


def _merged(old: pd.DataFrame, entering: pd.DataFrame, now: pd.Timestamp, run_id: str) -> pd.DataFrame:
    before = old[[*ROW, "first_at", "tries", "run_id"]].rename(columns={"run_id": "last_run"})
    rows = entering.merge(before, on=ROW, how="left")
    is_counted = (rows["last_run"] == run_id).fillna(False).astype(bool)
    rows["tries"] = rows["tries"].fillna(0).astype("int64") + (~is_counted).astype("int64")
    rows["first_at"] = rows["first_at"].astype(TIME).fillna(now.as_unit("ms"))
    rows = rows.assign(last_at=now, due=False, dismissed=False, dismiss_reason="", run_id=run_id)
    others = _without(old, identity(rows))
    return typed(pd.concat([typed(others), typed(rows)], ignore_index=True))


def _without(rows: pd.DataFrame, identities: pd.Series) -> pd.DataFrame:
    return rows[~identity(rows).isin(identities)]
