"""The HTTP session of both clients, and the classification of its failures.

`requests` has four defaults that an unattended job must not have: no timeout, redirects that keep credentials, a
`.netrc` file that replaces the Authorization header, and cookies. This session switches them off.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import requests
from urllib3 import exceptions as urllib3_errors

from livestorm_salesforce.clients import json_text
from livestorm_salesforce.clients.deadline import Deadline, DeadlineAdapter
from livestorm_salesforce.errors import ContractError

JsonObject: TypeAlias = dict[str, Any]

POOL_SIZE = 10
#: A whole request may take so many times the timeout between two bytes; a stream of bulk results is longer.
TOTAL_FACTOR, STREAM_FACTOR = 2, 10
#: Bytes of a decoded body. The largest expected, a composite response of five pages of 2,000 records, has a few MB; a
#: compressed body may expand a thousandfold, and small objects of JSON need 25 times their text.
MAX_BODY = 64 * 1024**2
CHUNK = 64 * 1024  # bytes read at once, before decoding
#: Errors that prove that the request never left this host. urllib3's ProxyError proves nothing: it is also raised when
#: a proxied connection is cut while the response is awaited.
NOT_SENT_ERRORS = (
    urllib3_errors.NewConnectionError,
    urllib3_errors.ConnectTimeoutError,
    urllib3_errors.NameResolutionError,
)
#: A proxy of the environment would see unencrypted requests that are meant for this machine.
NO_PROXY: dict[str, str | None] = {"http": None, "all": None}
PROXY_REFUSED = "Tunnel connection failed"  # http.client's message when a proxy refuses CONNECT


@dataclass(frozen=True)
class Failure:
    """A call without a response.

    Attributes:
        message: what happened, without address, header or body.
        sent: True if the request may have reached the service.
        permanent: True if a retry cannot succeed (certificate, malformed address).
    """

    message: str
    sent: bool
    permanent: bool = False


class GuardedSession(requests.Session):
    """A session with time and size limits on every call, no redirects, no cookies, no `.netrc`, and a call counter.

    Args:
        timeout: seconds to connect, and seconds between two bytes of the response. The whole request may take
            `TOTAL_FACTOR` times the sum, a stream `STREAM_FACTOR` times.
        ca_bundle: PEM file to trust; without it `REQUESTS_CA_BUNDLE` or the built-in list. Passed with each request,
            because `requests` lets that variable override a session's own `verify`.
        proxies: scheme to proxy address, in addition to those of the environment.

    Attributes:
        calls: requests that reached, or may have reached, the service.
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
            self.mount(scheme, DeadlineAdapter(pool_connections=POOL_SIZE, pool_maxsize=POOL_SIZE))

    def request(self, method: str, url: str, **options: Any) -> requests.Response:  # type: ignore[override]
        """Send one request and read its body, unless `stream` is set. It is counted unless it certainly never left this
        host.

        Raises:
            requests.Timeout: the response did not arrive in time as a whole.
            ContractError: the body is larger than `MAX_BODY`.
        """
        timeout = options.setdefault("timeout", self.timeout)
        options["allow_redirects"] = False
        parts = urlsplit(url)
        if parts.scheme == "http" and is_loopback(parts.hostname):
            options["proxies"] = NO_PROXY
        if self.ca_bundle:
            options["verify"] = self.ca_bundle
        streamed = options.pop("stream", False)
        seconds = sum(timeout if isinstance(timeout, tuple) else self.timeout)
        deadline = Deadline(seconds * (STREAM_FACTOR if streamed else TOTAL_FACTOR))
        self._count(1)
        try:
            return self._send_before(deadline, streamed, method, url, options)
        except (requests.RequestException, OSError) as error:
            if deadline.expired:
                raise requests.ReadTimeout("the response did not arrive in time") from None
            if isinstance(error, requests.RequestException) and not classify_failure(error).sent:
                self._count(-1)
            raise

    def _send_before(
        self, deadline: Deadline, streamed: bool, method: str, url: str, options: dict[str, Any]
    ) -> requests.Response:
        response = None
        deadline.start()
        try:
            response = super().request(method, url, stream=True, **options)
            if response.status_code < 200:  # 101: what follows must not answer the next request
                response = None
                self.close()
                raise requests.ConnectionError("another protocol instead of a response")
            if streamed:
                _stop_on_close(response, deadline)
            else:
                _read_body(response)
            if deadline.expired:  # the end of a connection may look like the end of headers or body
                raise requests.ReadTimeout("the response did not arrive in time")
            return response
        finally:
            deadline.detach()
            if response is None or not streamed:
                deadline.stop()

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: `requests` reads body and target of a redirect, without limits, even if it does not follow it."""

    def _count(self, number: int) -> None:
        with self._lock:
            self.calls += number


def _read_body(response: requests.Response) -> None:
    """Read and decode the body; `response.content` holds it afterwards."""
    body = bytearray()
    for chunk in response.iter_content(CHUNK):
        body += chunk
        if len(body) > MAX_BODY:
            response.close()
            raise ContractError(f"A service answered with more than {MAX_BODY // 1024**2} MiB.")
    response._content = bytes(body)  # noqa: SLF001 as `Response.content` does


def _stop_on_close(response: requests.Response, deadline: Deadline) -> None:
    """Watch the connection of a stream until the caller closes the response."""
    close = response.close

    def close_and_stop() -> None:
        close()
        deadline.stop()

    response.close = close_and_stop  # type: ignore[method-assign]


def classify_failure(error: Exception) -> Failure:
    """Classify an exception of `requests`. Its message is not used: it quotes the address."""
    causes = list(_causes(error))
    if any("CERTIFICATE_VERIFY_FAILED" in str(cause) for cause in causes):
        return Failure("the certificate could not be verified", sent=False, permanent=True)
    if any(isinstance(cause, urllib3_errors.InvalidHeader) for cause in causes):
        return Failure("a header of the response is malformed", sent=True)
    if isinstance(error, ValueError | requests.exceptions.InvalidHeader):
        return Failure("the address or a header is malformed", sent=False, permanent=True)
    if isinstance(error, OSError) and "CA certificate bundle" in str(error):
        return Failure("the CA bundle file does not exist", sent=False, permanent=True)
    not_sent = any(isinstance(cause, NOT_SENT_ERRORS) or PROXY_REFUSED in str(cause) for cause in causes)
    if isinstance(error, requests.ConnectTimeout) or not_sent:
        return Failure("no connection", sent=False)
    if isinstance(error, requests.Timeout) or any(
        isinstance(cause, urllib3_errors.ReadTimeoutError) for cause in causes
    ):
        return Failure("no answer in time", sent=True)
    return Failure("the connection was cut", sent=True)


def _causes(error: BaseException, depth: int = 6) -> Iterator[BaseException]:
    """The exception and those it wraps: urllib3 stores the true cause in `args` and `reason`."""
    if depth == 0:
        return
    yield error
    for inner in [getattr(error, "reason", None), error.__cause__, *getattr(error, "args", ())]:
        if isinstance(inner, BaseException):
            yield from _causes(inner, depth - 1)


def is_loopback(host: str | None) -> bool:
    """True if a host is this machine (127.0.0.0/8 and ::1, RFC 1122 and 4291; localhost, RFC 6761)."""
    name = (host or "").lower()
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def parse_json(response: requests.Response) -> Any | None:
    """The JSON of a response, or None if it is not JSON (an HTML page of a proxy, an empty or cut body)."""
    try:
        return json_text.parse_json(response.content)
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


def parse_int(text: object) -> int | None:
    """The integer that a header or a field holds, also as `2.0`, or None if it holds anything else."""
    if isinstance(text, float) and text.is_integer():
        return int(text)
    try:
        return int(str(text).strip())
    except ValueError:
        return None
