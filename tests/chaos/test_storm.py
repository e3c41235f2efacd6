"""Whatever happens on the way, the org ends as an undisturbed run leaves it. `make chaos N=1000` tries more."""

from __future__ import annotations

import os
import secrets

from tests.chaos.many import Tally, weathered
from tests.chaos.weather import STRIKES

FIXED = range(50)
FRESH = 10


def test_schedules_of_faults_end_like_an_undisturbed_run() -> None:
    """Fifty that are always the same, and ten that nobody has seen."""
    fresh = int(os.environ.get("CHAOS_SEED") or secrets.randbelow(10**9) * FRESH)
    os.write(2, f"fresh seeds {fresh} to {fresh + FRESH - 1}\n".encode())
    seeds = [*FIXED, *range(fresh, fresh + FRESH)]
    tally = Tally()
    for result in weathered(seeds):
        tally.add(result)
    print(f"fresh seeds {fresh} to {fresh + FRESH - 1}\n{tally}")
    assert not tally.broken, f"replay with: python -m scripts.chaos --seeds SEED\n{tally}"
    assert tally.held == len(seeds)
    assert tally.faults["kill"] > 20, "the weather was too fair to prove anything"
    assert not {name for name in STRIKES if not tally.faults[name]}, "some fault struck nowhere"
    assert tally.states["failed"] > 10, "the weather was too fair to prove anything"
