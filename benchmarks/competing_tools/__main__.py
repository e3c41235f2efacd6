"""`make bench-tools`: measures competing tools against the same sandbox with the same latency.

    python -m benchmarks.competing_tools                                  # installs, measures, prints one table
    python -m benchmarks.competing_tools --tools sf sfdmu --sizes 200 --times 1
    python -m benchmarks.competing_tools --show --plot docs/plots/competing-tools.svg       # earlier rows

Rows are written to `--out` after each case and replace earlier ones of the same tool and case.
"""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.competing_tools import measure, report
from benchmarks.competing_tools.cumulusci import CumulusCi
from benchmarks.competing_tools.people import People
from benchmarks.competing_tools.process import ToolFailed
from benchmarks.competing_tools.sf import BulkCommands, Sfdmu
from benchmarks.competing_tools.work import Tool

TOOLS: dict[str, type[Tool]] = {"sf": BulkCommands, "sfdmu": Sfdmu, "cumulusci": CumulusCi}
PRODUCT = "product"


def measured(tool: str, people: People, times: int, folder: Path) -> list[dict[str, Any]]:
    """Measure one tool in one case.

    Raises:
        ToolFailed: the tool could not be installed or run.
    """
    if tool == PRODUCT:
        return measure.summarize(measure.PRODUCT, people, times, partial(measure.product, people))
    kind = TOOLS[tool]
    return measure.summarize(kind.name, people, times, partial(measure.competing_tool, kind, people, folder))


def merged(before: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return all rows, new ones in place of earlier ones of the same case, the product first."""
    cases = {(row["tool"], row["size"], row["sessions"], row["run"]): row for row in [*before, *new]}
    order = [measure.PRODUCT, *(kind.name for kind in TOOLS.values())]
    return sorted(
        cases.values(),
        key=lambda row: (row["size"], row["sessions"], order.index(row["tool"]), measure.RUNS.index(row["run"])),
    )


def measure_all(options: argparse.Namespace, rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Measure all cases, write rows after each, and return the rows and what could not be measured."""
    missing: list[str] = []
    cases = [(People(size), options.times) for size in options.sizes]
    if options.many:
        cases.append((People(options.many[0] * options.many[1], options.many[0]), 1))
    for people, times in cases:
        for tool in options.tools:
            case = f"{tool}, {people.size:,} rows, {people.sessions:,} session(s)"
            print(f"{case}, {times} times", file=sys.stderr, flush=True)
            try:
                rows = merged(rows, measured(tool, people, times, options.folder.resolve()))
            except ToolFailed as error:
                missing.append(f"{case}: NOT MEASURED: {error}")
                print(missing[-1], file=sys.stderr, flush=True)
                continue
            options.out.parent.mkdir(parents=True, exist_ok=True)
            options.out.write_text(json.dumps(rows, indent=1) + "\n")
    return rows, missing


def main() -> int:
    """Return 0 if everything requested was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tools", nargs="*", choices=[PRODUCT, *TOOLS], default=[PRODUCT, *TOOLS])
    parser.add_argument("--sizes", type=int, nargs="*", default=[200, 2_000, 10_000])
    parser.add_argument("--many", type=int, nargs=2, metavar=("SESSIONS", "REGISTRANTS"), help="also this case, once")
    parser.add_argument("--times", type=int, default=5, help="repetitions of each case; seconds are medians")
    parser.add_argument("--folder", type=Path, default=Path(".competing-tools"), help="where tools are installed")
    parser.add_argument("--out", type=Path, default=Path(".competing-tools/rows.json"), help="JSON file of the rows")
    parser.add_argument("--plot", type=Path, default=Path(".competing-tools/competing-tools.svg"))
    parser.add_argument("--show", action="store_true", help="measure nothing, show what --out holds")
    options = parser.parse_args()
    rows = json.loads(options.out.read_text()) if options.out.exists() else []
    rows, missing = (rows, []) if options.show else measure_all(options, rows)
    if rows:
        leaves_out = {kind.name: kind.leaves_out for kind in TOOLS.values()}
        print(report.table(rows, measure.PRODUCT, leaves_out))
        options.plot.write_text(report.plot(rows))
    for line in missing:
        print(line)
    return 1 if missing or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
