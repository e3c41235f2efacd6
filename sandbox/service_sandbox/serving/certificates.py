"""A local certificate authority, and a server certificate for localhost and the host names of containers."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509

from service_sandbox.serving.server import Tls

VALIDITY = timedelta(days=397)
"""The longest validity of a server certificate that common clients accept."""
RENEW_BEFORE = timedelta(days=2)
CA_FILE, CERTIFICATE_FILE, KEY_FILE = "ca.pem", "server.pem", "server.key"
HOST_NAMES = ("localhost", "127.0.0.1", "::1", "sandbox", "salesforce", "livestorm", "host.docker.internal")
"""Names of this machine, and names by which containers of a Compose project reach the sandbox."""


def ensure(directory: Path, host: str | None = None) -> tuple[Path, Tls]:
    """Returns the CA file and the server's certificate and key in `directory`.

    They are created if they are missing, expire within two days, or do not include `host`.

    Args:
        host: a host name or IP address that clients use, besides `HOST_NAMES`.
    """
    ca, certificate, key = (directory / name for name in (CA_FILE, CERTIFICATE_FILE, KEY_FILE))
    names = [*HOST_NAMES, *([host] if host and host not in HOST_NAMES else [])]
    if not all(path.exists() for path in (ca, certificate, key)) or _is_outdated(certificate, names):
        _create(ca, certificate, key, names)
    return ca, Tls(str(certificate), str(key))


def _is_outdated(certificate: Path, names: list[str]) -> bool:
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    included = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    missing = set(names) - {str(name.value) for name in included}
    return bool(missing) or found.not_valid_after_utc < datetime.now(UTC) + RENEW_BEFORE


def _create(ca: Path, certificate: Path, key: Path, names: list[str]) -> None:
    authority = trustme.CA(organization_name="Local sandbox", organization_unit_name="Not for production")
    server = authority.issue_cert(
        *names, common_name=names[0], not_before=datetime.now(UTC) - timedelta(days=1),
        not_after=datetime.now(UTC) - timedelta(days=1) + VALIDITY,
    )  # fmt: skip
    authority.cert_pem.write_to_path(str(ca))
    certificate.write_bytes(b"".join(blob.bytes() for blob in server.cert_chain_pems))
    _write_private(key, server.private_key_pem.bytes())


def _write_private(path: Path, content: bytes) -> None:
    """Writes a file that only its owner can read, from its creation on."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
