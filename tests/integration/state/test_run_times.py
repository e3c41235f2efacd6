"""Starts of runs, also of runs that a clock has dated years ahead (field findings, C10)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from livestorm_salesforce.state import runs
from livestorm_salesforce.state.pair_state import PairState

SINCE = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "has_started"), [(-1, False), (0, True), (3_600, True), (365 * 86_400, False)])
def test_only_a_run_of_the_next_day_has_started_since(state: PairState, seconds: int, has_started: bool) -> None:
    """An erasure asks whether a run has started meanwhile: it takes minutes."""
    runs.start(state, "dag", "run", SINCE + timedelta(seconds=seconds), is_manual=False, mode="apply")
    assert runs.started_since(state.database, SINCE) is has_started
