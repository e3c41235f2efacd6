"""An org under faults ends like one without. `make chaos` runs 1,000 schedules.

CI runs one portion of the fixed seeds after the other (`FAULT_PORTION`, the number of commits in `.ci/run`, else the
day). Seeds that nobody has run before belong to `make chaos`: a finding there must not depend on the luck of a commit.
"""

from __future__ import annotations

import os
import time

import pytest

from tests.faults.injection import FAULT_NAMES
from tests.faults.parallel import Tally, run_schedules

#: 240 fixed seeds in rotation.
PORTIONS, PORTION = 8, 30
DAY = 86400


def fixed_seeds(turn: int) -> range:
    """The seeds of a portion: 30 schedules of six scenarios."""
    start = turn % PORTIONS * PORTION
    return range(start, start + PORTION)


def test_the_portions_hold_every_fixed_seed_once() -> None:
    seeds = [seed for turn in range(7, 7 + PORTIONS) for seed in fixed_seeds(turn)]
    assert sorted(seeds) == list(range(PORTIONS * PORTION))


def test_schedules_of_faults_end_like_an_undisturbed_run(capfd: pytest.CaptureFixture) -> None:
    turn = int(os.environ.get("FAULT_PORTION") or time.time() // DAY)
    seeds = fixed_seeds(turn)
    with capfd.disabled():  # printed first, in case the test hangs
        os.write(2, f"\nportion {turn % PORTIONS}: {len(seeds)} seeds\n".encode())
    tally = Tally()
    for result in run_schedules(seeds):
        tally.add(result)
    print(tally)
    assert not tally.violations, f"replay with: python -m scripts.faults --seeds SEED\n{tally}"
    assert tally.passed == len(seeds)
    assert tally.faults["kill"] > 10, "too few faults to prove anything"
    missing = {name for name in FAULT_NAMES if not tally.faults[name]}
    assert len(missing) <= 2, f"faults that were never applied: {missing}"
    assert tally.states["failed"] > 10, "too few faults to prove anything"
