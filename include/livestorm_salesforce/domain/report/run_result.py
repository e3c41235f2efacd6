"""What a run states about rows in quarantine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from livestorm_salesforce.domain.sessions import scope
from livestorm_salesforce.enums import ReadState


@dataclass(frozen=True)
class RunResult:
    """What a run states about rows in quarantine.

    Attributes:
        registrations: rows that were read, after change detection.
        accounting: `accounting.assign_buckets` of them, in the same order.
        complete: sessions whose list of registrants was read to its end.
        gone: sessions that were deleted in Livestorm.
        resolved: sessions whose Campaign exists now.
        idle: sessions that are not read any more: canceled, excluded or without registrants.
        mapping: hash of the present mapping, `eligibility.mapping_hash`.
    """

    registrations: pd.DataFrame
    accounting: pd.DataFrame
    complete: frozenset[str]
    gone: frozenset[str]
    resolved: frozenset[str]
    idle: frozenset[str]
    mapping: int


def summarize_run(
    registrations: pd.DataFrame,
    accounting: pd.DataFrame,
    sessions: pd.DataFrame,
    outcomes: pd.DataFrame,
    refused: Iterable[str],
    gone: Iterable[str],
    mapping: int,
) -> RunResult:
    """The result of a run from its frames.

    Args:
        sessions: sessions as listed: `session_id`, `scope`, `reason`, `status`, `registrants_count`.
        outcomes: results of reading registrants: `session_id`, `state`.
        refused: sessions whose Campaign was refused.
        gone: sessions that discovery found deleted.
    """
    in_scope = sessions["scope"].astype(bool)
    is_readable = sessions["status"].isin([*scope.OPEN, *scope.OVER]) & (sessions["registrants_count"] != 0)
    is_idle = (sessions["reason"] != scope.NOT_ASKED) & ~(in_scope & is_readable)
    return RunResult(
        registrations,
        accounting,
        complete=_with_state(outcomes, ReadState.FULL),
        gone=frozenset(gone) | _with_state(outcomes, ReadState.GONE),
        resolved=frozenset(sessions.loc[in_scope, "session_id"]) - frozenset(refused),
        idle=frozenset(sessions.loc[is_idle, "session_id"]),
        mapping=mapping,
    )


def _with_state(outcomes: pd.DataFrame, state: ReadState) -> frozenset[str]:
    return frozenset(outcomes.loc[outcomes["state"] == state, "session_id"])
