"""Measures one run of the product in its own process: seconds per side, peak memory.

    python -m benchmarks.measured RUN_ID [--manual] [--full-read]

Connections and the run store are read from the environment, as in Airflow.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.tasks import all_tasks
from livestorm_salesforce.clients.livestorm import transport as livestorm
from livestorm_salesforce.clients.salesforce import transport as salesforce


class Spent:
    """Wall seconds per side. Simultaneous calls count once."""

    def __init__(self) -> None:
        self.seconds = {"livestorm": 0.0, "salesforce": 0.0}
        self._open = {"livestorm": 0, "salesforce": 0}
        self._since = {"livestorm": 0.0, "salesforce": 0.0}

    @contextmanager
    def on(self, side: str) -> Iterator[None]:
        """Count the time of a block."""
        if not self._open[side]:
            self._since[side] = time.perf_counter()
        self._open[side] += 1
        try:
            yield
        finally:
            self._open[side] -= 1
            if not self._open[side]:
                self.seconds[side] += time.perf_counter() - self._since[side]

    def around(self, side: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function whose calls are counted."""

        def counted(*args: Any, **options: Any) -> Any:
            with self.on(side):
                return function(*args, **options)

        return counted


def measure(run_id: str, params: dict[str, Any], *, manual: bool) -> dict[str, Any]:
    """Run all tasks; return total seconds, seconds per side and in between (`core`), and peak memory in MiB."""
    spent = Spent()
    livestorm.Transport.get = spent.around("livestorm", livestorm.Transport.get)
    salesforce.Transport.call = spent.around("salesforce", salesforce.Transport.call)
    started = time.perf_counter()
    report = all_tasks(run_id, params, manual=manual)
    seconds = time.perf_counter() - started
    peak = peak_memory()
    parts = {side: round(each, 2) for side, each in spent.seconds.items()}
    core = round(seconds - sum(spent.seconds.values()), 2)
    result = {name: report[name] for name in ("verdict", "objects", "registrants")}
    return {"seconds": round(seconds, 2), **parts, "core": core, "peak": peak, **result}


def peak_memory() -> int:
    """Return the peak memory of this process in MiB.

    Linux reports it in /proc. On other systems the figure includes memory of the parent process.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("run_id")
    parser.add_argument("--manual", action="store_true")
    parser.add_argument("--full-read", action="store_true")
    options = parser.parse_args()
    params = {"full_read": True} if options.full_read else {}
    print(json.dumps(measure(options.run_id, params, manual=options.manual)))


if __name__ == "__main__":
    main()
