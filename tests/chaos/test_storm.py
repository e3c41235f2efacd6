"""Whatever happens on the way, the org ends as an undisturbed run leaves it. `make chaos N=1000` tries more."""

from __future__ import annotations

from tests.chaos.many import Tally, weathered

FIXED = range(25)


def test_known_schedules_end_like_an_undisturbed_run() -> None:
    tally = Tally()
    for result in weathered([*FIXED]):
        tally.add(result)
    assert not tally.broken, f"replay with: python -m scripts.chaos --seeds SEED\n{tally}"
    assert tally.held == len(FIXED)
    assert tally.faults["kill"] > 10, "the weather was too fair to prove anything"
    assert tally.states["failed"] > 5, "the weather was too fair to prove anything"
