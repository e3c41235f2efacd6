"""Whatever happens on the way, the org ends as an undisturbed run leaves it. `make chaos N=1000` tries more."""

from __future__ import annotations

import secrets

from tests.chaos.many import Tally, weathered

FIXED = range(50)
FRESH = 10


def test_fifty_known_schedules_and_ten_new_ones_end_like_an_undisturbed_run(record_property) -> None:
    start = secrets.randbelow(10**9) * 5
    record_property("fresh_seeds_from", start)
    print(f"fresh seeds: {start} to {start + FRESH - 1}")
    tally = Tally()
    for result in weathered([*FIXED, *range(start, start + FRESH)]):
        tally.add(result)
    assert not tally.broken, f"replay with: python -m scripts.chaos --seeds SEED\n{tally}"
    assert tally.held == len(FIXED) + FRESH
    assert tally.faults["kill"] > 10, "the weather was too fair to prove anything"
    assert tally.states["failed"] > 5, "the weather was too fair to prove anything"
