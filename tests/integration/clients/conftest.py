"""Servers for the clients' tests, on loopback ports."""

from __future__ import annotations

import datetime as dt
import logging
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.integration.clients.scripted import Scripted


@pytest.fixture
def scripted():
    """Creates scripted servers and closes them."""
    servers: list[Scripted] = []

    def make(respond, **options) -> Scripted:
        servers.append(Scripted(respond, **options))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


@pytest.fixture
def logged(caplog):
    """Fails if a log record of any level contains one of the given texts."""
    caplog.set_level(logging.DEBUG)

    def search(*secrets: str) -> None:
        lines = [f"{record.getMessage()} {record.args!r} {record.exc_text or ''}" for record in caplog.records]
        assert any("urllib3" in record.name for record in caplog.records), "nothing was logged"
        assert not [line for line in lines if any(secret in line for secret in secrets)]

    return search


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> tuple[str, str]:
    """A self-signed certificate for localhost, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    return _written(folder / "cert.pem", made.public_bytes(serialization.Encoding.PEM)), _written(
        folder / "key.pem",
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )


def _written(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return str(path)
