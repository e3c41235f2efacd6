"""The HTTP session that both clients use, and how its failures are told apart.

`requests` leaves four doors open that an unattended job must not have: no timeout, redirects followed with their
credentials, a `.netrc` file that replaces the Authorization header, and cookies. They are closed here once.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import exceptions as wire

POOL_SIZE = 10
#: Errors of the wire that prove that the request never left this host. urllib3's ProxyError proves nothing: it is also
#: raised when a proxied connection is cut while the answer is awaited.
NEVER_SENT = (wire.NewConnectionError, wire.ConnectTimeoutError, wire.NameResolutionError)
#: A proxy of the environment would carry off in the clear what is meant for this machine.
NO_PROXY = {"http": None, "all": None}
NO_TUNNEL = "Tunnel connection failed"  # http.client's words for a proxy that refuses CONNECT


@dataclass(frozen=True)
class Failure:
    """A call without an answer.

    Attributes:
        words: what happened, without address, header or body.
        sent: whether the request may have reached the service.
        permanent: whether waiting cannot heal it (certificate, malformed address).
    """

    words: str
    sent: bool
    permanent: bool = False


class GuardedSession(requests.Session):
    """A session with a timeout on every call, no redirects, no cookies, no `.netrc`, and a counter.

    Args:
        timeout: seconds to connect and seconds between two bytes of the answer.
        ca_bundle: PEM file to trust; without it `REQUESTS_CA_BUNDLE` or the built-in list. Given with each request,
            because `requests` lets that variable win over a session's own `verify`.
        proxies: scheme to proxy address, besides those of the environment.
    """

    def __init__(
        self,
        timeout: tuple[float, float] = (5, 30),
        ca_bundle: str | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.timeout = timeout
        self.ca_bundle = ca_bundle
        self.calls = 0
        self._lock = threading.Lock()
        self.proxies.update(proxies or {})
        self.auth = lambda request: request
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self.mount(scheme, HTTPAdapter(pool_connections=POOL_SIZE, pool_maxsize=POOL_SIZE))

    def request(self, method: str, url: str, **options: Any) -> requests.Response:  # type: ignore[override]
        """Send one request. Counted unless it provably never left this host."""
        options.setdefault("timeout", self.timeout)
        options["allow_redirects"] = False
        parts = urlsplit(url)
        if parts.scheme == "http" and is_loopback(parts.hostname):
            options["proxies"] = NO_PROXY
        if self.ca_bundle:
            options["verify"] = self.ca_bundle
        self._count(1)
        try:
            return super().request(method, url, **options)
        except requests.RequestException as error:
            if not failure_of(error).sent:
                self._count(-1)
            raise

    def _count(self, number: int) -> None:
        with self._lock:
            self.calls += number


def failure_of(error: Exception) -> Failure:
    """Say what a `requests` exception means. Its own text is never used: it quotes the address."""
    causes = list(_causes(error))
    if any("CERTIFICATE_VERIFY_FAILED" in str(cause) for cause in causes):
        return Failure("the certificate could not be verified", sent=False, permanent=True)
    if isinstance(error, ValueError | requests.exceptions.InvalidHeader):
        return Failure("the address or a header is malformed", sent=False, permanent=True)
    if isinstance(error, OSError) and "CA certificate bundle" in str(error):
        return Failure("the CA bundle file does not exist", sent=False, permanent=True)
    unsent = any(isinstance(cause, NEVER_SENT) or NO_TUNNEL in str(cause) for cause in causes)
    if isinstance(error, requests.ConnectTimeout) or unsent:
        return Failure("no connection", sent=False)
    if isinstance(error, requests.Timeout) or any(isinstance(cause, wire.ReadTimeoutError) for cause in causes):
        return Failure("no answer in time", sent=True)
    return Failure("the connection was cut", sent=True)


def _causes(error: BaseException, depth: int = 6) -> Iterator[BaseException]:
    """The exception and what it wraps: urllib3 hides the true cause in `args` and `reason`."""
    if depth == 0:
        return
    yield error
    inner = [getattr(error, "reason", None), error.__cause__, *getattr(error, "args", ())]
    for item in inner:
        if isinstance(item, BaseException):
            yield from _causes(item, depth - 1)


def is_loopback(host: str | None) -> bool:
    """Whether a host is this very machine (127.0.0.0/8 and ::1, RFC 1122 and 4291; localhost, RFC 6761): what is sent
    there in the clear passes no wire."""
    name = (host or "").lower()
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def json_of(response: requests.Response) -> Any | None:
    """The answer's JSON, or None if it is not JSON (an HTML page of a proxy, an empty or cut body)."""
    try:
        return json.loads(response.content)
    except ValueError:
        return None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of `Retry-After`, which may be a number or a date (RFC 9110, 10.2.3); None if there is none."""
    text = (headers.get("Retry-After") or "").strip()
    if not text:
        return None
    try:
        return max(float(text), 0.0)
    except ValueError:
        pass
    try:
        until, now = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("Date") or "")
        return max((until - now).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None


def whole_number(text: str | None) -> int | None:
    """A header's whole number, or None: a stranger's spelling must not stop the job."""
    try:
        return int(str(text).strip())
    except ValueError:
        return None
