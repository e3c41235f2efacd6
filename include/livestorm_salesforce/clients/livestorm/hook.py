"""Airflow hook for Livestorm: the connection type `livestorm` and its *Test* button."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from airflow.sdk import BaseHook

from livestorm_salesforce.clients.connections import stored_connection
from livestorm_salesforce.clients.http import is_loopback
from livestorm_salesforce.clients.livestorm.client import LivestormClient, organization_of
from livestorm_salesforce.clients.livestorm.rate_limit import RateLimiter
from livestorm_salesforce.clients.livestorm.responses import SCOPE, TOKEN, ZAPIER
from livestorm_salesforce.clients.livestorm.transport import TIMEOUT
from livestorm_salesforce.clients.retry import ATTEMPTS
from livestorm_salesforce.clock import SYSTEM_CLOCK, Clock
from livestorm_salesforce.errors import ConfigError, SyncError

DEFAULT_BASE_URL = "https://api.livestorm.co/v1"


class LivestormHook(BaseHook):
    """Creates a client from an Airflow connection.

    Connection: host = base URL of the API (default https://api.livestorm.co/v1), password = private API token, raw.
    """

    conn_name_attr = "livestorm_conn_id"
    default_conn_name = "livestorm_default"
    conn_type = "livestorm"
    hook_name = "Livestorm"

    def __init__(self, livestorm_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.conn_id = livestorm_conn_id

    def get_client(
        self,
        *,
        limiter: Callable[[str], RateLimiter] | None = None,
        call_budget: int | None = None,
        monthly_reserve: int = 0,
        attempts: int = ATTEMPTS,
        timeout: tuple[float, float] = TIMEOUT,
        clock: Clock = SYSTEM_CLOCK,
    ) -> LivestormClient:
        """A client for this connection. The arguments are those of `LivestormClient`, except for one.

        Args:
            limiter: makes the rate limiter of a workspace, which it is given as a text: the organization that the token
                tells, so that all tokens of a workspace share its limit; else base address and token.

        Raises:
            ConfigError: no connection, no token, a token with `Bearer`, or an address that is not an https:// address.
        """
        connection = self.connection
        address, token = base_url_of(connection, self.conn_id), checked_token(connection.password, self.conn_id)
        return LivestormClient(
            address,
            token,
            limiter=limiter(organization_of(token) or f"{address} {token}") if limiter else None,
            call_budget=call_budget,
            monthly_reserve=monthly_reserve,
            attempts=attempts,
            timeout=timeout,
            clock=clock,
        )

    @cached_property
    def connection(self) -> Any:
        """The connection as it was at its first use: an edit meanwhile does not mix two accounts."""
        return stored_connection(self.conn_id)

    def get_conn(self) -> LivestormClient:
        """The client, under the name of Airflow's hook interface."""
        return self.get_client()

    def test_connection(self) -> tuple[bool, str]:
        """Check the token, then the permission to read sessions. The message contains no secret."""
        try:
            client = self.get_client(attempts=2)
            client.ping()
        except SyncError as error:
            return False, str(error)
        try:
            client.probe_sessions()
        except ConfigError as error:
            if error.remedy == ZAPIER:
                return False, str(error)
            return False, f"The token is valid, but sessions may not be read: {error} Most likely {SCOPE}."
        except SyncError as error:
            return False, str(error)
        left, limit = client.monthly_remaining, client.monthly_limit
        of = f" of {limit:,}" if limit else ""
        allowance = "" if left is None else f" {left:,}{of} calls are left for these 30 days."
        return True, f"Livestorm accepts the token and lets it read sessions.{allowance}"


def checked_token(password: str | None, conn_id: str) -> str:
    """The token as stored. It is not corrected.

    Raises:
        ConfigError: no token, a token with `Bearer`, or one with characters that no token contains.
    """
    token = password or ""
    if not token:
        raise ConfigError(f"Connection '{conn_id}' holds no API token.", remedy=TOKEN)
    if re.match(r"\s*bearer\b", token, re.IGNORECASE):
        raise ConfigError(f"The token of connection '{conn_id}' starts with 'Bearer '.", remedy=TOKEN)
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise ConfigError(
            f"The token of connection '{conn_id}' holds spaces, line breaks or non-ASCII characters.",
            remedy="paste the token again, alone and on one line",
        )
    return token


def base_url_of(connection: Any, conn_id: str) -> str:
    """The API's base address from the connection's host, schema and port.

    Airflow's `schema` is `http` or `https` in some connections and the path of a URI in others: both are supported.

    Raises:
        ConfigError: not a web address, or an http:// address of another machine.
    """
    host = (connection.host or "").strip().rstrip("/") or DEFAULT_BASE_URL
    schema = (connection.schema or "").strip("/")
    scheme, schema = (schema, "") if schema in ("http", "https") else ("https", schema)
    if "://" not in host:
        host = f"{scheme}://{host}"
    parts = urlsplit(host)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.query:
        raise ConfigError(
            f"The host of connection '{conn_id}' is not a web address.", remedy=f"such as {DEFAULT_BASE_URL}"
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ConfigError(
            f"Connection '{conn_id}' would send its token in the clear: its host is an http:// address.",
            remedy=f"give an https:// address, such as {DEFAULT_BASE_URL}; http:// is for this machine only",
        )
    port = f":{connection.port}" if connection.port and parts.port is None else ""
    path = parts.path or f"/{schema or 'v1'}"
    return f"{parts.scheme}://{parts.netloc}{port}{path}"
