"""`service-sandbox serve`: serves both emulators in the foreground until Ctrl+C or SIGTERM."""

import argparse
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path

from service_sandbox.control.moments import parse_moment
from service_sandbox.sandbox import CONNECTIONS_FILE, Sandbox
from service_sandbox.serving.server import LOOPBACK, PortInUse


def parser() -> argparse.ArgumentParser:
    """Returns the parser of the command line."""
    command = argparse.ArgumentParser(prog="service-sandbox", description=__doc__)
    serve = command.add_subparsers(dest="command", required=True).add_parser("serve", help="serve both services")
    serve.add_argument("--directory", type=Path, required=True, help="databases, certificates and connections.env")
    serve.add_argument("--seed", default="demo", help="empty, demo, or the path of a seed file (default: demo)")
    serve.add_argument("--keep", action="store_true", help="continue with the content of the directory, if any")
    serve.add_argument("--start", help="initial time of the clock, ISO 8601 (default: the seed's start, or now)")
    serve.add_argument("--livestorm-port", type=int, default=0, help="default: a free port")
    serve.add_argument("--salesforce-port", type=int, default=0, help="default: a free port")
    serve.add_argument("--salesforce-http", action="store_true", help="serve Salesforce without TLS")
    serve.add_argument("--host", default=LOOPBACK, help=f"address to listen on (default: {LOOPBACK})")
    serve.add_argument("--name", help="host name in the URLs given to clients, for example a Compose service")
    return command


def main(arguments: list[str] | None = None) -> None:
    """Serves until a signal arrives."""
    command = parser()
    options = command.parse_args(arguments)
    try:
        sandbox = create(options)
    except (ValueError, FileNotFoundError, PortInUse) as error:
        command.error(str(error))
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with sandbox:
        print(summary(sandbox), flush=True)
        stopped.wait()


def create(options: argparse.Namespace) -> Sandbox:
    """Returns the sandbox for the parsed options.

    Raises:
        ValueError, FileNotFoundError, PortInUse: an option is invalid.
    """
    start = None if options.start is None else parse_moment(options.start, datetime.now(UTC)).timestamp()
    return Sandbox(
        options.seed, options.directory, start=start, keep=options.keep, livestorm_port=options.livestorm_port,
        salesforce_port=options.salesforce_port, salesforce_http=options.salesforce_http, host=options.host,
        name=options.name,
    )  # fmt: skip


def summary(sandbox: Sandbox) -> str:
    """Returns the URLs, the time and the connections file, one per line."""
    return "\n".join((
        f"Livestorm   {sandbox.livestorm_url}",
        f"Salesforce  {sandbox.salesforce_url}",
        f"Admin       {sandbox.admin_url}/health",
        f"Clock       {sandbox.clock.now():%Y-%m-%d %H:%M:%S} UTC",
        f"Connections {sandbox.directory / CONNECTIONS_FILE}",
    ))  # fmt: skip


if __name__ == "__main__":
    main()
