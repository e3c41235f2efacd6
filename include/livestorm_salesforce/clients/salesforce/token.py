"""The access token: where it comes from, and how it is kept so that a run logs in once.

Tasks of a run are processes of their own. The token lies between them in a small file that only this user can read,
encrypted with a key made from the connection's secret: who can read the token could have logged in anyway.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from livestorm_salesforce.errors import ConfigError

#: Tokens tell no expiry; the org's session policy is 2 to 24 hours. Older files are not worth a try.
LONGEST_LIFE = 24 * 3600


@dataclass(frozen=True)
class Token:
    """An access token and the address it is for (`https://host[:port]`, http only on this machine)."""

    access_token: str = field(repr=False)
    instance_url: str


class TokenCache:
    """One token in one encrypted file. Whatever goes wrong with the file only costs a login.

    Args:
        secret: the connection's secret; the key is derived from it.
        label: what the token belongs to (address, app, user); its hash names the default file.
        path: where to keep it, a path of pathlib's or fsspec's kind; a private temporary file by default.
    """

    def __init__(self, secret: str, label: str, path: Any | None = None) -> None:
        digest = hashlib.sha256(f"{label}\0{secret}".encode()).digest()
        self._path = path or _private_folder() / f"{digest.hex()[:32]}.token"
        derived = HKDF(SHA256(), 32, salt=digest[:16], info=b"livestorm-salesforce access token")
        self._cipher = Fernet(base64.urlsafe_b64encode(derived.derive(secret.encode())))

    def read(self) -> Token | None:
        """The token kept last, or None if there is none that can be used."""
        try:
            with self._path.open("rb") as file:
                kept = json.loads(self._cipher.decrypt(file.read(), ttl=LONGEST_LIFE))
            return Token(kept["access_token"], kept["instance_url"])
        except (OSError, InvalidToken, ValueError, KeyError, TypeError):
            return None

    def write(self, token: Token) -> None:
        """Keep a token. A folder that cannot be written costs a login per task, not the run."""
        text = json.dumps({"access_token": token.access_token, "instance_url": token.instance_url})
        data = self._cipher.encrypt(text.encode())
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            local = _local(self._path)
            if local is None:
                with self._path.open("wb") as file:
                    file.write(data)
            else:
                _replace(local, data)
        except OSError:
            return


class TokenSource:
    """Hands out the token, and a new one when Salesforce refuses it.

    Args:
        login: makes a token.
        cache: where it is kept for the next task, None for nowhere.
        mask: told every token, so that a log may hide it.
    """

    def __init__(
        self, login: Callable[[], Token], cache: TokenCache | None, mask: Callable[[str], None] | None = None
    ) -> None:
        self._login, self._cache, self._mask = login, cache, mask
        self._token: Token | None = None
        self._lock = threading.Lock()

    def current(self) -> Token:
        """The token in use, the kept one, or a fresh one."""
        with self._lock:
            if self._token is None:
                self._token = self._kept() or self._fresh()
            return self._token

    def replace(self, refused: Token) -> tuple[Token, bool]:
        """Another token after a 401, and whether it comes from a login just made.

        Another call or another task may have logged in meanwhile: its token is tried before a further login.
        """
        with self._lock:
            for other in (self._token, self._kept()):
                if other is not None and other != refused:
                    self._token = other
                    return other, False
            self._token = self._fresh()
            return self._token, True

    def _kept(self) -> Token | None:
        token = self._cache.read() if self._cache else None
        if token and self._mask:
            self._mask(token.access_token)
        return token

    def _fresh(self) -> Token:
        token = self._login()
        if not token.access_token:
            raise ConfigError("The Salesforce login gave no access token.", remedy="check the connection's flow")
        if self._mask:
            self._mask(token.access_token)
        if self._cache:
            self._cache.write(token)
        return token


def _private_folder() -> Path:
    """This user's folder in the temporary folder, closed to others; a fresh one if somebody else owns that name."""
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    folder = Path(tempfile.gettempdir()) / f"livestorm-salesforce-{user}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or (hasattr(os, "getuid") and folder.stat().st_uid != user):
        return Path(tempfile.mkdtemp(prefix="livestorm-salesforce-"))
    folder.chmod(0o700)
    return folder


def _local(path: Any) -> Path | None:
    """The path on this host's disk, or None for object storage."""
    if getattr(path, "protocol", "file") in ("file", "local", ""):
        return Path(str(getattr(path, "path", path)))
    return None


def _replace(path: Path, data: bytes) -> None:
    """Write a file that was never readable by others, in one step."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp opens with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
