"""Whatever happens on the way, the org ends as an undisturbed run leaves it. `make faults N=1000` tries more."""

from __future__ import annotations

import os
import secrets

import pytest

from tests.faults.injection import STRIKES
from tests.faults.many import Tally, weathered
from tests.faults.schedules import SCHEDULES

FIXED = range(50)
FRESH = 10


def test_schedules_of_faults_end_like_an_undisturbed_run(capfd: pytest.CaptureFixture) -> None:
    """Fifty that are always the same, and ten of as many scenarios that nobody has seen, from `FAULT_SEED` if set."""
    fresh = int(os.environ.get("FAULT_SEED") or secrets.randbelow(10**9) * FRESH)
    unseen = range(fresh, fresh + FRESH * SCHEDULES, SCHEDULES)
    with capfd.disabled():  # a test that hangs must have told its seeds
        os.write(2, f"\nfresh seeds: {' '.join(map(str, unseen))}\n".encode())
    seeds = [*FIXED, *unseen]
    tally = Tally()
    for result in weathered(seeds):
        tally.add(result)
    print(tally)
    assert not tally.broken, f"replay with: python -m scripts.faults --seeds SEED\n{tally}"
    assert tally.held == len(seeds)
    assert tally.faults["kill"] > 10, "the weather was too fair to prove anything"
    assert not {name for name in STRIKES if not tally.faults[name]}, "some fault struck nowhere"
    assert tally.states["failed"] > 10, "the weather was too fair to prove anything"
