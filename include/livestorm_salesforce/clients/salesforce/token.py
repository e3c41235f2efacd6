"""The access token and its cache, with which the tasks of a run share one login.

Each task is a process of its own. The cache is a small file that only this user can read, encrypted with a key derived
from the connection's secret: a reader who can decrypt it could also log in.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import tempfile
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from livestorm_salesforce.clients.private_folder import private_folder
from livestorm_salesforce.clock import SYSTEM_CLOCK, Clock
from livestorm_salesforce.errors import ConfigError

#: Seconds. A token has no expiry date; the org's session policy is 2 to 24 hours. Older files are ignored.
MAX_AGE = 24 * 3600
_ORG_IN_URL = re.compile(r"/id/(00D[A-Za-z0-9]{12})")
_USER_IN_URL = re.compile(r"/id/00D[A-Za-z0-9]{12,15}/(005[A-Za-z0-9]{12,15})")
_ORG_IN_TOKEN = re.compile(r"(00D[A-Za-z0-9]{12})!")


@dataclass(frozen=True)
class Token:
    """An access token and the address of its org (`https://host[:port]`, http only on this machine).

    Attributes:
        identity_url: of the user, as the login returned it (`https://login.salesforce.com/id/00D.../005...`), or "".
    """

    access_token: str = field(repr=False)
    instance_url: str
    identity_url: str = ""

    @property
    def org_id(self) -> str:
        """The org's id, 15 characters: from the identity URL, else from the start of the token; "" if neither has one.

        A session id begins with the org's id and an exclamation mark; a JWT-based access token does not.
        """
        found = _ORG_IN_URL.search(self.identity_url) or _ORG_IN_TOKEN.match(self.access_token)
        return found[1] if found else ""

    @property
    def user_id(self) -> str:
        """The id of the user, from the identity URL; "" without one."""
        found = _USER_IN_URL.search(self.identity_url)
        return found[1] if found else ""


class TokenCache:
    """One token in one encrypted file. A file that cannot be read or written costs one more login.

    Args:
        secret: the connection's secret; the key is derived from it.
        label: owner of the token (address, app, user); its hash is the name of the default file.
        path: path of the file; a private temporary file by default.
    """

    def __init__(self, secret: str, label: str, path: Path | None = None, *, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        digest = hashlib.sha256(f"{label}\0{secret}".encode()).digest()
        self._path = path or private_folder() / f"{digest.hex()[:32]}.token"
        derived = HKDF(SHA256(), 32, salt=digest[:16], info=b"livestorm-salesforce access token")
        self._cipher = Fernet(base64.urlsafe_b64encode(derived.derive(secret.encode())))

    def read(self) -> Token | None:
        """The stored token, or None if there is none that can be used."""
        try:
            content = self._cipher.decrypt_at_time(self._path.read_bytes(), MAX_AGE, int(self._clock.now()))
            stored = json.loads(content)
            return Token(stored["access_token"], stored["instance_url"], stored["identity_url"])
        except (OSError, InvalidToken, ValueError, KeyError, TypeError):
            return None

    def write(self, token: Token) -> None:
        """Store a token. A folder that cannot be written is ignored: each task logs in then."""
        text = json.dumps(asdict(token))
        data = self._cipher.encrypt_at_time(text.encode(), int(self._clock.now()))
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            _replace(self._path, data)
        except OSError:
            return


class TokenSource:
    """Provides the token, and another one when Salesforce rejects it. Safe for several threads.

    Args:
        login: returns a new token.
        cache: store for the next task, or None.
        mask: called with every token, so that logs hide it.
        check: called with every token before its first use; may raise.
    """

    def __init__(
        self,
        login: Callable[[], Token],
        cache: TokenCache | None,
        mask: Callable[[str], None] | None = None,
        check: Callable[[Token], None] = lambda _: None,
    ) -> None:
        self._login, self._cache, self._mask, self._check = login, cache, mask, check
        self._token: Token | None = None
        self._lock = threading.Lock()

    def current(self) -> Token:
        """The token in use, or the stored one, or a new one."""
        with self._lock:
            if self._token is None:
                token = self._stored() or self._new_login()
                self._check(token)
                self._token = token
            return self._token

    def replace(self, rejected: Token) -> tuple[Token, bool]:
        """Another token after a 401, and True if it comes from a new login.

        If another call or task has logged in since, its token is returned before a further login is made.
        """
        with self._lock:
            for other in (self._token, self._stored()):
                if other is not None and other != rejected:
                    self._check(other)
                    self._token = other
                    return other, False
            token = self._new_login()
            self._check(token)
            self._token = token
            return token, True

    def _stored(self) -> Token | None:
        token = self._cache.read() if self._cache else None
        if token and self._mask:
            self._mask(token.access_token)
        return token

    def _new_login(self) -> Token:
        token = self._login()
        if not token.access_token:
            raise ConfigError("The Salesforce login gave no access token.", remedy="check the connection's flow")
        if self._mask:
            self._mask(token.access_token)
        if self._cache:
            self._cache.write(token)
        return token


def _replace(path: Path, data: bytes) -> None:
    """Replace a file atomically; it is never readable by other users."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp opens with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
