"""Rows that Salesforce refused: kept with what is needed to settle them, tried again when that makes sense.

A row is tried again when something relevant changed (its hashes, which hold the mapping too; the mapping alone has its
session read for that), when it has waited long enough, or when a person asks. It leaves by itself when it succeeds,
stops counting, or its registrant is gone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from livestorm_salesforce.domain.registrants.latest_answers import key_hash

TIME = "datetime64[ms, UTC]"
ROW = ["session_id", "person_id"]
#: Codes that blame something in the way and not the row: the next run tries again, but not for ever, for each try reads
#: the whole session from Livestorm's allowance.
TRANSIENT_CODES = frozenset(
    ["UNABLE_TO_LOCK_ROW", "UNPROCESSED", "DUPLICATE_VALUE", "SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION", "UNKNOWN_ERROR"]
)
MAX_TRANSIENT_TRIES = 3  # tries
HASHES = ["person_hash", "member_hash", "key_hash", "mapping_hash"]
UNKNOWN = 0  # of a hash that earlier versions did not keep
COLUMNS = {
    "session_id": "str",
    "person_id": "str",
    "object": "str",
    "code": "str",
    "message": "str",
    "fields": "str",
    "first_at": TIME,
    "last_at": TIME,
    "tries": "int64",
    "person_hash": "uint64",
    "member_hash": "uint64",
    "key_hash": "uint64",
    "mapping_hash": "uint64",
    "due": "bool",
    "dismissed": "bool",
    "dismiss_reason": "str",
    "run_id": "str",
}


@dataclass(frozen=True)
class RetryPolicy:
    """When a waiting row is tried again: `now`, after `wait` since its last try, or at once with `at_once`; also where
    it was tried under another mapping than the present one, `mapping` (`mapping_hash`)."""

    now: pd.Timestamp
    wait: pd.Timedelta
    at_once: bool = False
    mapping: int = UNKNOWN


def empty() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()})


def typed(rows: pd.DataFrame) -> pd.DataFrame:
    hashed = rows.assign(**{name: UNKNOWN for name in HASHES if name not in rows})
    return hashed.reindex(columns=list(COLUMNS)).astype(COLUMNS).reset_index(drop=True)


def due(quarantine: pd.DataFrame, policy: RetryPolicy) -> pd.Series:
    """Which rows are tried again although nothing about them changed: with one row of a session all of them, for each
    try reads the whole session. A dismissed one is for another mapping alone."""
    waited = urgent(quarantine, policy) | (policy.now - quarantine["last_at"] >= policy.wait)
    remapped = _remapped(quarantine, policy)
    waited = (waited & ~quarantine["dismissed"]) | remapped
    together = waited.groupby(quarantine["session_id"]).transform("max").astype(bool)
    return (together & ~quarantine["dismissed"]) | remapped


def _remapped(quarantine: pd.DataFrame, policy: RetryPolicy) -> pd.Series:
    """Rows last tried under another mapping."""
    before = quarantine["mapping_hash"]
    return (before != UNKNOWN) & (before != np.uint64(policy.mapping)) & (policy.mapping != UNKNOWN)


def urgent(quarantine: pd.DataFrame, policy: RetryPolicy) -> pd.Series:
    """Which of them are tried whatever the month's calls allow."""
    soon = quarantine["code"].isin(TRANSIENT_CODES) & (quarantine["tries"] < MAX_TRANSIENT_TRIES)
    return ~quarantine["dismissed"] & (quarantine["due"] | soon | policy.at_once)


def exclude_quarantined(registrations: pd.DataFrame, quarantine: pd.DataFrame, policy: RetryPolicy) -> pd.DataFrame:
    """Add `hold_reason` (why a row is not tried now, empty where it is) and `quarantine_code`; held rows are not dirty.

    What is written as one is tried as one: a person or a member with one row to be tried is tried with all of them.
    """
    waiting = quarantine[~due(quarantine, policy)]
    told = waiting.assign(hold_reason=_why(waiting, policy))
    told = told[[*ROW, "hold_reason", "code", "person_hash", "member_hash"]].rename(
        columns={"code": "quarantine_code", "person_hash": "old_person", "member_hash": "old_member"}
    )
    rows = registrations.merge(told, on=ROW, how="left", validate="one_to_one")
    same = (rows["person_hash"] == rows["old_person"]) & (rows["member_hash"] == rows["old_member"])
    stays = rows["is_eligible"] & same.fillna(False).astype(bool) & (rows["person_changed"] | rows["member_changed"])
    stays &= ~_tried_with(rows, "email_key", rows["person_changed"] & ~stays)
    stays &= ~_tried_with(rows, "member", rows["member_changed"] & ~stays)
    rows["hold_reason"] = rows["hold_reason"].where(stays, "").astype("str")
    rows["quarantine_code"] = rows["quarantine_code"].where(stays).astype("str")
    for name in ("person_changed", "member_changed"):
        rows[name] = (rows[name] & ~stays).astype(bool)
    return rows.drop(columns=["old_person", "old_member"])


def _tried_with(rows: pd.DataFrame, by: str, tried: pd.Series) -> pd.Series:
    return tried.groupby(rows[by]).transform("max").fillna(False).astype(bool)


def _why(waiting: pd.DataFrame, policy: RetryPolicy) -> pd.Series:
    following = (waiting["last_at"] + policy.wait).dt.strftime("%Y-%m-%d %H:%M UTC")
    times = waiting["tries"].astype("str").where(waiting["tries"] != 1, "once").replace({"2": "twice"})
    times = times.where(times.isin(["once", "twice"]), times + " times")
    words = "in quarantine: " + waiting["code"] + ", tried " + times + ", next try " + following
    return words.mask(waiting["dismissed"], "dismissed from quarantine: " + waiting["code"]).astype("str")


@dataclass(frozen=True)
class RunResult:
    """What a run says about quarantined rows.

    Attributes:
        registrations: rows read, prepared. accounting: `accounting.assign_buckets` of them, in the same order.
        fields: session_id, person_id, fields that Salesforce blamed (may be empty).
        complete: sessions whose list of registrants was read to its end. gone: sessions deleted in Livestorm.
        healed: sessions whose Campaign is there now.
        idle: sessions that were looked at and are not read any more: canceled, excluded, without registrants.
        mapping: the present one, `mapping_hash`.
    """

    registrations: pd.DataFrame
    accounting: pd.DataFrame
    complete: frozenset[str]
    gone: frozenset[str]
    healed: frozenset[str]
    idle: frozenset[str] = frozenset()
    mapping: int = UNKNOWN


def update_quarantine(old: pd.DataFrame, outcome: RunResult, now: pd.Timestamp, run_id: str) -> pd.DataFrame:
    """The quarantine after a run; told twice by the same run it is the same."""
    rows = outcome.registrations.reset_index(drop=True)
    refused = (outcome.accounting["bucket"] == "refused").to_numpy()
    loaded = outcome.accounting["loaded"].to_numpy()
    stuck = rows["is_eligible"].to_numpy() & ~loaded & rows["member"].isin(rows.loc[refused, "member"]).to_numpy()
    entering = _entries(rows[stuck], rows.loc[refused], outcome.accounting[refused])
    leaving = rows[loaded | ~rows["is_eligible"].to_numpy()]
    kept = _without(old, _identity(leaving))
    read = kept["session_id"].isin(outcome.complete)
    there = _identity(kept).isin(_identity(rows))
    kept = kept[~kept["session_id"].isin(outcome.gone) & (there | ~read)]
    kept = kept[~((kept["object"] == "Campaign") & kept["session_id"].isin(outcome.healed))]
    idle = kept["session_id"].isin(outcome.idle)
    seen = idle | (kept["mapping_hash"] == UNKNOWN)
    kept = kept.assign(
        last_at=kept["last_at"].mask(idle, now.as_unit("ms")),
        mapping_hash=kept["mapping_hash"].mask(seen, np.uint64(outcome.mapping)),
    )
    return _merged(kept, entering, now, run_id)


def _entries(stuck: pd.DataFrame, refused: pd.DataFrame, accounting: pd.DataFrame) -> pd.DataFrame:
    """Refused rows and their twins (the same address twice), which only get in together."""
    told = accounting[["object", "code", "message", "fields"]].assign(member=refused["member"].to_numpy())
    told = told.drop_duplicates("member")
    mapped = stuck.get("mapping_hash", UNKNOWN)  # none in a plan of an earlier version
    stuck = stuck.assign(key_hash=key_hash(stuck["email_key"]), mapping_hash=mapped)  # by the key an erasure finds them
    return stuck[[*ROW, "member", *HASHES]].merge(told, on="member").drop(columns="member")


def _merged(old: pd.DataFrame, entering: pd.DataFrame, now: pd.Timestamp, run_id: str) -> pd.DataFrame:
    before = old[[*ROW, "first_at", "tries", "run_id"]].rename(columns={"run_id": "told_by"})
    rows = entering.merge(before, on=ROW, how="left")
    again = rows["told_by"] == run_id
    rows["tries"] = rows["tries"].fillna(0).astype("int64") + (~again.fillna(False).astype(bool)).astype("int64")
    rows["first_at"] = rows["first_at"].astype(TIME).fillna(now.as_unit("ms"))
    rows = rows.assign(last_at=now, due=False, dismissed=False, dismiss_reason="", run_id=run_id)
    others = _without(old, _identity(rows))
    return typed(pd.concat([typed(others), typed(rows)], ignore_index=True))


def _identity(rows: pd.DataFrame) -> pd.Series:
    return rows["session_id"].astype("str") + " " + rows["person_id"].astype("str")


def _without(rows: pd.DataFrame, identities: pd.Series) -> pd.DataFrame:
    return rows[~_identity(rows).isin(identities)]


def chosen(quarantine: pd.DataFrame, ids: list[str]) -> pd.Series:
    """The rows that a person named by session id, registrant id, or both with a blank between."""
    return quarantine["session_id"].isin(ids) | quarantine["person_id"].isin(ids) | _identity(quarantine).isin(ids)


def retry(quarantine: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    """Due at the next run, dismissed ones too."""
    return typed(quarantine.assign(
        due=quarantine["due"] | rows, dismissed=quarantine["dismissed"] & ~rows,
        dismiss_reason=quarantine["dismiss_reason"].mask(rows, ""),
    ))  # fmt: skip


def dismiss(quarantine: pd.DataFrame, rows: pd.Series, reason: str) -> pd.DataFrame:
    """Not tried again until the registrant, or the mapping that they were tried under, changes."""
    return typed(quarantine.assign(
        due=quarantine["due"] & ~rows, dismissed=quarantine["dismissed"] | rows,
        dismiss_reason=quarantine["dismiss_reason"].mask(rows, reason),
    ))  # fmt: skip
