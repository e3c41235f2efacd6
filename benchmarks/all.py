"""`make bench`: every figure as one page of tables, with date and machine, and a plot of cost against size.

    python -m benchmarks.all                       # everything: half an hour on two idle cores
    python -m benchmarks.all --only core orgs      # some parts; the others keep their tables
    python -m benchmarks.all --page build/page.md  # into another page with the same marks

Parts: `runs` (whole runs), `core`, `state` (SQLite, and PostgreSQL where its programs are installed), `memory` (per
task), `orgs` (sizes of the org), `backfill`; and, only if named, `tools` (competing tools). Each table stands between
two marks of `docs/reference/benchmarks.md`.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.plot import Line, Panel, draw

PAGE = Path("docs/reference/benchmarks.md")
PLOT = Path("docs/plots/cost-by-size.svg")
TOOLS_PLOT = Path("docs/plots/competing-tools.svg")
CORE_SIZES = (200, 2_000, 10_000, 100_000, 1_000_000)


def machine() -> str:
    """Date, processor, cores and load of the last 15 minutes."""
    info = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.+)", info.read_text()) if info.exists() else []
    name = names[0] if names else platform.processor() or platform.machine()
    load = f"{os.getloadavg()[2]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    day = datetime.now(UTC).date().isoformat()
    return f"Measured {day}: {name}, {os.cpu_count()} cores, load {load}, Python {platform.python_version()}."


def runs() -> str:
    """Whole runs with 150 ms per call and 3 s per bulk job."""
    from benchmarks import bench

    rows = [row for size in (200, 2_000, 10_000) for row in bench.summarize([bench.one_session(size)])]
    return bench.table(rows)


def core() -> str:
    """The domain package, each size in its own process; draws the plot."""
    from benchmarks import core_bench

    measured = [core_bench.in_a_process(size) for size in CORE_SIZES]
    PLOT.write_text(draw(_panels(measured)))
    return core_bench.table(measured)


def _panels(measured: list[dict[str, float]]) -> list[Panel]:
    def line(name: str, *phases: str) -> Line:
        return Line(name, [(row["size"] / 1000, sum(row[phase] for phase in phases)) for row in measured])

    most = max(row["size"] for row in measured) / 1000
    seconds = [line("domain package", "transform", "prepare", "plan", "accounting"),
               line("bare parsing and merging", "bare parse", "bare merge")]  # fmt: skip
    memory = [Line("peak", [(row["size"] / 1000, row["peak"]) for row in measured])]
    return [Panel("Processor seconds", "thousand registrants", most, seconds),
            Panel("Peak memory, MiB, all in one process", "thousand registrants", most, memory)]  # fmt: skip


def state() -> str:
    """State operations on SQLite, and on a private PostgreSQL server."""
    from benchmarks import state as operations

    columns = {"SQLite": operations.measure_sqlite(), "PostgreSQL": _on_postgresql()}
    named = {name: rows for name, rows in columns.items() if rows}
    lines = ["| operation | " + " | ".join(f"{name}, elapsed s | processor s" for name in named) + " |",
             "| --- |" + " ---: | ---: |" * len(named)]  # fmt: skip
    for same in zip(*named.values(), strict=True):
        cells = [f"{row['elapsed']:.2f} | {row['processor']:.2f}" for row in same]
        lines.append(f"| {same[0]['operation']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _on_postgresql() -> list[dict[str, Any]]:
    from benchmarks import state as operations
    from tests.harness.postgresql import is_installed, running_server

    if not is_installed():
        return []
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server:
        return operations.measure(server.create_database())


def memory() -> str:
    """Peak memory of each task of a run with 100,000 registrants, and of an unchanged run after it."""
    from benchmarks import memory as tasks

    return tasks.table(tasks.measure(100, 1_000, unchanged=True))


def orgs() -> str:
    """The same run in orgs of three sizes."""
    return _output("benchmarks.org_size")


def backfill() -> str:
    """A backfill of 500,000 registrants to its end."""
    return "    " + _output("benchmarks.backfill").replace("\n", "\n    ")


def tools() -> str:
    """Competing tools and this project, each case once; installs them (1 GB) unless they are installed."""
    with tempfile.TemporaryDirectory() as folder:
        return _output(
            "benchmarks.competing_tools", "--times", "1", "--out", f"{folder}/rows.json", "--plot", str(TOOLS_PLOT)
        )


def _output(module: str, *options: str) -> str:
    done = subprocess.run([sys.executable, "-m", module, *options], check=True, capture_output=True, text=True)  # noqa: S603
    return done.stdout.strip()


PARTS: dict[str, Callable[[], str]] = {
    "runs": runs, "core": core, "state": state, "memory": memory, "orgs": orgs, "backfill": backfill,
    "tools": tools,
}  # fmt: skip


def insert(page: str, part: str, text: str) -> str:
    """The page with the text between the marks of a part."""
    begin, end = f"<!-- bench {part} -->", f"<!-- /bench {part} -->"
    before, _, rest = page.partition(begin)
    return f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=PARTS, default=[part for part in PARTS if part != "tools"])
    parser.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args()
    for part in options.only:
        text = f"{machine()}\n\n{PARTS[part]()}"
        print(f"## {part}\n\n{text}\n", flush=True)
        options.page.write_text(insert(options.page.read_text(), part, text))


if __name__ == "__main__":
    main()
