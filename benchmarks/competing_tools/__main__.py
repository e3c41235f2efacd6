"""`make bench-tools`: what a user would otherwise pick, against the same sandbox with the same latency.

    python -m benchmarks.competing_tools                                  # installs, measures, prints one table
    python -m benchmarks.competing_tools --tools sf sfdmu --sizes 200 --times 1
    python -m benchmarks.competing_tools --show --plot docs/plots/competing-tools.svg       # what was measured before

Rows are kept in `--out` after each case, and replace earlier ones of the same tool and case.
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
from benchmarks.competing_tools.provider import Provider
from benchmarks.competing_tools.sf import BulkCommands, Sfdmu
from benchmarks.competing_tools.work import Tool

TOOLS: dict[str, type[Tool]] = {"sf": BulkCommands, "sfdmu": Sfdmu, "cumulusci": CumulusCi, "operator": Provider}
PRODUCT = "product"


def measured(tool: str, people: People, times: int, folder: Path) -> list[dict[str, Any]]:
    """The rows of one tool and case. Raises ToolFailed."""
    if tool == PRODUCT:
        return measure.settled(measure.PRODUCT, people, times, partial(measure.product, people))
    kind = TOOLS[tool]
    return measure.settled(kind.name, people, times, partial(measure.competing_tool, kind, people, folder))


def merged(before: list[dict[str, Any]], fresh: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Fresh rows in place of earlier ones of the same case; the product first, then the peers in their order."""
    cases = {(row["tool"], row["size"], row["sessions"], row["run"]): row for row in [*before, *fresh]}
    order = [measure.PRODUCT, *(kind.name for kind in TOOLS.values())]
    return sorted(
        cases.values(),
        key=lambda row: (row["size"], row["sessions"], order.index(row["tool"]), measure.RUNS.index(row["run"])),
    )


def measure_all(given: argparse.Namespace, rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """All cases, kept one by one; with what could not be measured and why."""
    missing: list[str] = []
    cases = [(People(size), given.times) for size in given.sizes]
    if given.many:
        cases.append((People(given.many[0] * given.many[1], given.many[0]), 1))
    for people, times in cases:
        for tool in given.tools:
            case = f"{tool}, {people.size:,} rows, {people.sessions:,} session(s)"
            print(f"{case}, {times} times", file=sys.stderr, flush=True)
            try:
                rows = merged(rows, measured(tool, people, times, given.folder.resolve()))
            except ToolFailed as error:
                missing.append(f"{case}: NOT MEASURED: {error}")
                print(missing[-1], file=sys.stderr, flush=True)
                continue
            given.out.parent.mkdir(parents=True, exist_ok=True)
            given.out.write_text(json.dumps(rows, indent=1) + "\n")
    return rows, missing


def main() -> int:
    """0 when everything that was asked for is in the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tools", nargs="*", choices=[PRODUCT, *TOOLS], default=[PRODUCT, *TOOLS])
    parser.add_argument("--sizes", type=int, nargs="*", default=[200, 2_000, 10_000])
    parser.add_argument("--many", type=int, nargs=2, metavar=("SESSIONS", "REGISTRANTS"), help="of each, once")
    parser.add_argument("--times", type=int, default=5, help="so often each case; seconds are medians")
    parser.add_argument("--folder", type=Path, default=Path(".competing-tools"), help="where peers are installed")
    parser.add_argument("--out", type=Path, default=Path(".competing-tools/rows.json"), help="rows as JSON")
    parser.add_argument("--plot", type=Path, default=Path(".competing-tools/competing-tools.svg"))
    parser.add_argument("--show", action="store_true", help="measure nothing, show what --out holds")
    given = parser.parse_args()
    rows = json.loads(given.out.read_text()) if given.out.exists() else []
    rows, missing = (rows, []) if given.show else measure_all(given, rows)
    if rows:
        leaves_out = {kind.name: kind.leaves_out for kind in TOOLS.values()}
        print(report.table(rows, measure.PRODUCT, leaves_out))
        given.plot.write_text(report.plot(rows))
    for line in missing:
        print(line)
    return 1 if missing or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
