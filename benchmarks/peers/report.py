"""The measured rows as one table in Markdown and as a plot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.plot import Bars, draw

COLUMNS = (
    "tool", "rows", "calls", "polls", "x", "seconds", "x", "peak MiB", "again: calls", "x", "seconds", "x", "written",
    "refused", "leaves out",
)  # fmt: skip
Rows = list[dict[str, Any]]


def table(rows: Rows, product: str, leaves_out: Mapping[str, str]) -> str:
    """One line per tool and size; `x` is the ratio to the product in the column before it."""
    found = {(row["tool"], row["size"], row["run"]): row for row in rows}
    lines = [f"| {' | '.join(COLUMNS)} |", f"|{' --- |' * 2}{' ---: |' * (len(COLUMNS) - 3)} --- |"]
    told: set[str] = set()
    for tool, size in dict.fromkeys((row["tool"], row["size"]) for row in sorted(rows, key=lambda row: row["size"])):
        cells: list[str] = [tool, f"{size:,}"]
        for run, between, after in (("first", ["polls"], ["peak"]), ("again", [], ["written", "refused"])):
            row, ours = found[tool, size, run], found.get((product, size, run))
            names = ["calls", *between, "x calls", "seconds", "x seconds", *after]
            cells += [ratio(row, ours, name[2:]) if name.startswith("x ") else f"{row[name]:,}" for name in names]
        lines.append(f"| {' | '.join(cells)} | {'' if tool in told else leaves_out.get(tool, '')} |")
        told.add(tool)
    days = sorted({row["day"] for row in rows})
    times = sorted({row["times"] for row in rows})
    return "\n".join([*lines, "", f"Measured {' to '.join(dict.fromkeys((days[0], days[-1])))}; seconds are medians of "
                      f"{', '.join(map(str, times))}."])  # fmt: skip


def ratio(row: Mapping[str, Any], ours: Mapping[str, Any] | None, name: str) -> str:
    """How many times the product's figure; nothing where there is none to compare with."""
    return f"{row[name] / ours[name]:.1f}" if ours and ours[name] else ""


def plot(rows: Rows) -> str:
    """Calls and seconds of both runs, by tool and size, as SVG."""
    tools = list(dict.fromkeys(row["tool"] for row in rows))
    sizes = sorted({row["size"] for row in rows})
    found = {(row["tool"], row["size"], row["run"]): row for row in rows}
    panels = []
    for name in ("calls", "seconds"):
        for run, words in (("first", "all new"), ("again", "the same again")):
            values = {tool: [found.get((tool, size, run), {}).get(name) for size in sizes] for tool in tools}
            panels.append(Bars(f"{name.capitalize()}, {words}", [f"{size:,} rows" for size in sizes], values))
    return draw(panels)
