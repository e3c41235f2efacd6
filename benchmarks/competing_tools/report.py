"""Formats the measured rows as a Markdown table and as a plot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.plot import Bars, draw

RUNS = {
    "first": ("", ["calls", "polls", "x calls", "seconds", "x seconds", "peak"]),
    "again": ("again: ", ["calls", "x calls", "seconds", "x seconds", "written", "refused"]),
    "changed": ("50 changed: ", ["calls", "x calls", "seconds", "x seconds", "written", "refused"]),
}
"""Prefix of the first column and columns of each run; `x` is the ratio to the product."""
TITLES = {"all new": "first", "the same again": "again", "50 changed": "changed"}
Rows = list[dict[str, Any]]


def table(rows: Rows, product: str, leaves_out: Mapping[str, str]) -> str:
    """Return one line per tool and case; runs that were not measured have empty cells."""
    found = {(*_case(row), row["run"]): row for row in rows}
    columns = ["tool", "rows", *(name for run in RUNS for name in _names(run)), "leaves out"]
    lines = [f"| {' | '.join(columns)} |", f"|{' --- |' * 2}{' ---: |' * (len(columns) - 3)} --- |"]
    listed: set[str] = set()
    for tool, size, sessions in dict.fromkeys(map(_case, rows)):
        cells = [tool, f"{size:,}" if sessions == 1 else f"{sessions:,} x {size // sessions:,}"]
        for run, (_, names) in RUNS.items():
            row, ours = found.get((tool, size, sessions, run)), found.get((product, size, sessions, run))
            cells += [_cell(row, ours, name) for name in names]
        lines.append(f"| {' | '.join(cells)} | {'' if tool in listed else leaves_out.get(tool, '')} |")
        listed.add(tool)
    return "\n".join([*lines, "", _measured(rows)])


def _case(row: Mapping[str, Any]) -> tuple[str, int, int]:
    return row["tool"], row["size"], row["sessions"]


def _names(run: str) -> list[str]:
    before, names = RUNS[run]
    titles = ["x" if name.startswith("x ") else name for name in names]
    return [before + titles[0], *("peak MiB" if name == "peak" else name for name in titles[1:])]


def _cell(row: Mapping[str, Any] | None, ours: Mapping[str, Any] | None, name: str) -> str:
    if row is None:
        return ""
    return ratio(row, ours, name[2:]) if name.startswith("x ") else f"{row[name]:,}"


def _measured(rows: Rows) -> str:
    days = sorted({row["day"] for row in rows})
    times = sorted({row["times"] for row in rows})
    return (
        f"Measured {' to '.join(dict.fromkeys((days[0], days[-1])))}; seconds are medians of "
        f"{', '.join(map(str, times))}."
    )


def ratio(row: Mapping[str, Any], ours: Mapping[str, Any] | None, name: str) -> str:
    """Return the ratio to the product's figure; empty if there is none."""
    return f"{row[name] / ours[name]:.1f}" if ours and ours[name] else ""


def plot(rows: Rows) -> str:
    """Return an SVG plot of calls and seconds of each run of one session, by tool and size."""
    rows = [row for row in rows if row["sessions"] == 1]
    tools = list(dict.fromkeys(row["tool"] for row in rows))
    sizes = sorted({row["size"] for row in rows})
    found = {(row["tool"], row["size"], row["run"]): row for row in rows}
    panels = []
    for name in ("calls", "seconds"):
        for words, run in TITLES.items():
            values = {tool: [found.get((tool, size, run), {}).get(name) for size in sizes] for tool in tools}
            panels.append(Bars(f"{name.capitalize()}, {words}", [f"{size:,} rows" for size in sizes], values))
    return draw(panels)
