"""`python -m service_sandbox serve`: both stand-ins in the foreground, until Ctrl+C or SIGTERM."""

import argparse
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path

from service_sandbox.sandbox import CONNECTIONS, Sandbox
from service_sandbox.seeds.moments import moment
from service_sandbox.server import LOOPBACK, PortInUse


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m service_sandbox", description=__doc__)
    serve = made.add_subparsers(dest="command", required=True).add_parser("serve", help="serve both services")
    serve.add_argument("--directory", type=Path, required=True, help="databases, certificates and connections.env")
    serve.add_argument("--seed", default="demo", help="empty, demo, or the path of a seed file (demo)")
    serve.add_argument("--keep", action="store_true", help="go on with what the directory holds, if it holds something")
    serve.add_argument("--start", help="what the clock shows at first, ISO 8601 (the seed's start, or now)")
    serve.add_argument("--livestorm-port", type=int, default=0, help="a free one by default")
    serve.add_argument("--salesforce-port", type=int, default=0, help="a free one by default")
    serve.add_argument("--salesforce-http", action="store_true", help="serve Salesforce without TLS")
    serve.add_argument("--host", default=LOOPBACK, help=f"address to listen on ({LOOPBACK})")
    serve.add_argument("--name", help="host name in the addresses given to clients, e.g. a Compose service's")
    return made


def main(arguments: list[str] | None = None) -> None:
    """Serve until told to stop."""
    line = parser()
    options = line.parse_args(arguments)
    try:
        sandbox = make(options)
    except (ValueError, FileNotFoundError, PortInUse) as error:
        line.error(str(error))
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with sandbox:
        print(greeting(sandbox), flush=True)
        stopped.wait()


def make(options: argparse.Namespace) -> Sandbox:
    """The sandbox that was asked for. ValueError, FileNotFoundError or PortInUse say what cannot be."""
    start = None if options.start is None else moment_of(options.start)
    return Sandbox(
        options.seed, options.directory, start=start, keep=options.keep, livestorm_port=options.livestorm_port,
        salesforce_port=options.salesforce_port, salesforce_http=options.salesforce_http, host=options.host,
        name=options.name,
    )  # fmt: skip


def moment_of(text: str) -> float:
    """Epoch seconds of an ISO 8601 text; without a zone it is UTC."""
    return moment(text, datetime.now(UTC)).timestamp()


def greeting(sandbox: Sandbox) -> str:
    """Where everything is."""
    return "\n".join((
        f"Livestorm   {sandbox.livestorm_url}",
        f"Salesforce  {sandbox.salesforce_url}",
        f"Admin       {sandbox.admin_url}/health",
        f"Clock       {sandbox.clock.now():%Y-%m-%d %H:%M:%S} UTC",
        f"Connections {sandbox.directory / CONNECTIONS}",
    ))  # fmt: skip


if __name__ == "__main__":
    main()
