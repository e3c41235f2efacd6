"""Command line of the demo: `python -m scripts.demo --help`."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from scripts.demo import starting
from scripts.demo.airflow import Airflow
from scripts.demo.errors import DemoError, Stopped
from scripts.demo.keyboard import wait_for_key
from scripts.demo.layout import DAG_ID, Layout, Ports, base_environment, hourly
from scripts.demo.processes import Processes
from scripts.demo.sandbox import Sandbox
from scripts.demo.scenario import run_scenario


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    layout = Layout()
    processes = Processes(layout.state, layout.root)
    if options.stop:
        count = processes.stop()
        print(f"Stopped {count} processes." if count else "Nothing is running.")
        return 0
    for name in ("SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), _interrupt)
    try:
        run(options, layout, processes)
        return 0
    except Stopped:
        reason = "Stopped from another shell."
    except DemoError as error:
        reason = f"The demo failed. {error}\nAll logs: {layout.logs}"
    except KeyboardInterrupt:
        reason = "Interrupted: everything is stopped."
    except OSError as error:  # also a closed terminal or a closed pipe
        reason = f"The demo failed. {error}"
    processes.stop()
    with suppress(OSError):
        print(f"\n{reason}", file=sys.stderr, flush=True)
    return 1


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.demo", description=sys.modules["scripts.demo"].__doc__)
    parser.add_argument("--stop", action="store_true", help="stop what an earlier call left running")
    after = parser.add_mutually_exclusive_group()
    after.add_argument(
        "--keep", action="store_true", help="leave it running and return; the default without a terminal"
    )
    after.add_argument("--end", action="store_true", help="stop everything after the last run")
    parser.add_argument("--port", type=int, default=8080, help="the UI's port; the next free one if it is taken")
    parser.add_argument("--seed", default="demo", help="content of both services: demo, empty, or a seed file")
    parser.add_argument("--dags", type=Path, default=Layout().root / "dags", help="another DAG folder")
    return parser.parse_args(arguments)


def run(options: argparse.Namespace, layout: Layout, processes: Processes) -> None:
    """Start everything, run the scenario, then keep it running or stop it.

    Raises:
        DemoError, Stopped, KeyboardInterrupt: the demo ended early; its processes are still running.
    """
    began = time.monotonic()
    if processes.stop():
        say("Stopped the demo that was running.")
    for folder in (layout.home, layout.sandbox):
        shutil.rmtree(folder, ignore_errors=True)
    ports = Ports.choose(options.port)
    sandbox = start_sandbox(layout, processes, options.seed)
    webinar = sandbox.next_webinar()
    sandbox.reset_calls()
    airflow = start_airflow(layout, processes, ports, sandbox, options.dags)
    say(f"Airflow is up: {ports.url} (no password). The runs can be watched there.")
    run_scenario(airflow, sandbox, webinar, layout.home / "logs", say)
    say(f"\nDone in {time.monotonic() - began:.0f} s.")
    finish(options, processes, ports)


def start_sandbox(layout: Layout, processes: Processes, seed: str) -> Sandbox:
    say("Starting the sandbox: emulators of Livestorm and Salesforce, on this machine only.")
    command = ["-m", "service_sandbox", "serve", "--directory", str(layout.sandbox), "--seed", seed]
    processes.start("sandbox", [sys.executable, *command], base_environment(), layout.logs / "sandbox.log")
    sandbox = Sandbox(layout.sandbox, processes.check)
    sandbox.wait_until_ready()
    return sandbox


def start_airflow(layout: Layout, processes: Processes, ports: Ports, sandbox: Sandbox, dags: Path) -> Airflow:
    say("Starting Airflow: database, API server, scheduler, DAG processor, triggerer.")
    settings = {
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",  # unpaused once Airflow is healthy
        "LIVESTORM_SALESFORCE_SCHEDULE": hourly(datetime.now(UTC)),
    }
    return starting.start(layout, processes, ports, dags, settings, sandbox.stored_connections())


def finish(options: argparse.Namespace, processes: Processes, ports: Ports) -> None:
    """Stop everything, leave it running, or wait for a key, as the options say."""
    if options.end:
        say(f"Stopped {processes.stop()} processes.")
        return
    say(f"Look around: {ports.url}/dags/{DAG_ID}")
    if options.keep or not sys.stdin.isatty():
        say("It stays up; stop it with: make stop")
        return
    say("Stop it with q, Enter or Ctrl-C, or with `make stop` from another shell.")
    try:
        with suppress(KeyboardInterrupt):
            wait_for_key(processes.check)
        say(f"Stopped {processes.stop()} processes.")
    except Stopped:
        say("Stopped from another shell.")


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
