"""The result of a simulated month as a plot and as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.month import DAY, POLL, TARGET_CALLS
from benchmarks.plot import Line, Panel, draw


def plot(month: dict[str, Any], path: Path) -> None:
    """Two panels: calls used over the month, and the waits of each day."""
    days = month["days"]
    used = [(number * POLL / DAY, calls) for number, calls in enumerate(month["used"]) if number % 8 == 0]
    levels = [Line(f"{level:,}", [(0, level), (days, level)]) for level in (TARGET_CALLS, 10_000)]
    calls = Panel("Livestorm calls used", "days", days, [Line("used", used), *levels])
    lines = [Line(name, rows) for name, rows in month["fresh"]["daily"].items()]
    levels = [Line(f"{level} minutes", [(0, level), (days, level)]) for level in (30, 60)]
    title = "Minutes until in Salesforce, 99 % of each day"
    path.write_text(draw([calls, Panel(title, "days", days, lines + levels, "not within the month")]))


def verdicts(month: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each target of a month: the value and whether the target is met."""
    how = f"webhooks, {month['webhooks']:.0%} arrive" if month["webhooks"] else "polled alone"
    yield f"{how}: {month['calls']:,} calls, target {TARGET_CALLS:,}: {_met(month['calls'] <= TARGET_CALLS)}"
    for name in ("registrations", "on-demand registrations", "attendances"):
        if (fresh := month["fresh"][name])["count"]:
            within = f"{fresh['within']:.1%} of {fresh['count']:,} {name} within {fresh['target']} minutes"
            yield f"{how}: {within}, target all: {_met(fresh['within'] == 1.0)}"


def _met(reached: bool) -> str:
    return "met" if reached else "NOT met"
