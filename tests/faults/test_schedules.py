"""An org under faults ends like one without. `make faults N=1000` runs more schedules."""

from __future__ import annotations

import os
import secrets

import pytest

from tests.faults.injection import FAULT_NAMES
from tests.faults.parallel import Tally, run_schedules
from tests.faults.schedules import SCHEDULES

FIXED = range(50)
FRESH = 10


def test_schedules_of_faults_end_like_an_undisturbed_run(capfd: pytest.CaptureFixture) -> None:
    """Fifty fixed seeds, and one seed of each of ten random scenarios, from `FAULT_SEED` if set."""
    fresh = int(os.environ.get("FAULT_SEED") or secrets.randbelow(10**9) * FRESH)
    unseen = range(fresh, fresh + FRESH * SCHEDULES, SCHEDULES)
    with capfd.disabled():  # printed first, in case the test hangs
        os.write(2, f"\nfresh seeds: {' '.join(map(str, unseen))}\n".encode())
    seeds = [*FIXED, *unseen]
    tally = Tally()
    for result in run_schedules(seeds):
        tally.add(result)
    print(tally)
    assert not tally.violations, f"replay with: python -m scripts.faults --seeds SEED\n{tally}"
    assert tally.passed == len(seeds)
    assert tally.faults["kill"] > 10, "too few faults to prove anything"
    assert not {name for name in FAULT_NAMES if not tally.faults[name]}, "a fault was never applied"
    assert tally.states["failed"] > 10, "too few faults to prove anything"
