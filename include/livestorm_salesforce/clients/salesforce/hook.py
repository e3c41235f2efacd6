"""Airflow hook for Salesforce: the provider's connection type with our own session, token cache and *Test* button."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, Unpack

from airflow.providers.salesforce.hooks.salesforce import SalesforceHook
from airflow.sdk.log import mask_secret
from simple_salesforce.api import Salesforce

from livestorm_salesforce.clients.connections import extras_of, stored_connection
from livestorm_salesforce.clients.http import GuardedSession
from livestorm_salesforce.clients.retry import ATTEMPTS
from livestorm_salesforce.clients.salesforce.auth import (
    jwt_domain,
    login_with_client_credentials,
    login_with_provider,
    parse_instance_url,
)
from livestorm_salesforce.clients.salesforce.client import ClientOptions, SalesforceClient
from livestorm_salesforce.clients.salesforce.connection_check import check_rights
from livestorm_salesforce.clients.salesforce.token import Token, TokenCache, TokenSource
from livestorm_salesforce.clients.salesforce.transport import WRITE_TIMEOUT, Transport
from livestorm_salesforce.clock import SYSTEM_CLOCK, Clock
from livestorm_salesforce.errors import ConfigError, SyncError

API_VERSION = "67.0"  # Summer '26; simple-salesforce alone would use 59.0
LAST_SOAP_VERSION = "64.0"  # SOAP login() is gone from v65.0 on
CLIENT_NAME = "livestorm-salesforce"  # in Salesforce's logs
TIMEOUT = (5.0, 120.0)
SECRETS = ("consumer_secret", "private_key", "private_key_file_path", "security_token")


class SalesforceClientHook(SalesforceHook):
    """The provider's hook with our session, our API version, and one more login flow.

    When the extra `instance_url` is an https:// address (http:// on this machine only) or a host name, and
    `consumer_key` and `consumer_secret` are given without a login's password or key, the client-credentials token is
    fetched from that address. All other flows are the provider's own.
    Extras besides the provider's: `ca_bundle`, path of a PEM file to trust.
    """

    def __init__(self, salesforce_conn_id: str = "salesforce_default", session_id: str | None = None) -> None:
        super().__init__(salesforce_conn_id, session_id=session_id)

    def get_client(
        self,
        *,
        token_path: Path | None = None,
        reserve_share: float = 0.05,
        timeout: tuple[float, float] = TIMEOUT,
        write_timeout: float = WRITE_TIMEOUT,
        attempts: int = ATTEMPTS,
        check_token: Callable[[Token], None] = lambda _: None,
        clock: Clock = SYSTEM_CLOCK,
        **options: Unpack[ClientOptions],
    ) -> SalesforceClient:
        """A client for this connection. Its first call logs in, unless an earlier task of the run has logged in.

        Args:
            token_path: file of the encrypted token, shared by the tasks of a run; by default a private file in the
                temporary folder.
            reserve_share: share of the org's daily calls that is never used.
            timeout: seconds to connect, seconds to wait for the response to a read.
            write_timeout: seconds to wait for the response to a write.
            attempts: attempts of a call.
            check_token: called with every token before its first use; may raise.
            options: see `SalesforceClient`.
        """
        session = self._make_session(timeout)
        tokens = TokenSource(
            lambda: self._log_in(session), self._token_cache(token_path, clock), mask_secret, check_token
        )
        transport = Transport(
            session,
            tokens,
            self.api_version,
            reserve_share=reserve_share,
            write_timeout=write_timeout,
            attempts=attempts,
            clock=clock,
        )
        return SalesforceClient(transport, **options)

    def test_connection(self) -> tuple[bool, str]:
        """Log in and check the user's permissions. Needs no permission on Account; the message holds no secret."""
        try:
            session = self._make_session(TIMEOUT)
            tokens = TokenSource(lambda: self._log_in(session), None, mask_secret)
            return check_rights(SalesforceClient(Transport(session, tokens, self.api_version, attempts=2)))
        except SyncError as error:
            return False, str(error)

    @cached_property
    def conn(self) -> Salesforce:
        """simple-salesforce's client with our session and token, for callers of the provider's own methods."""
        session = self._make_session(TIMEOUT)
        token = self._log_in(session)
        return Salesforce(
            session_id=token.access_token, instance_url=token.instance_url, version=self.api_version, session=session
        )

    @property
    def api_version(self) -> str:
        """API version from the extra `version`, such as `67.0`, `67` or `v67.0`.

        Raises:
            ConfigError: the extra is not a version.
        """
        text = str(self.extra_named("version") or API_VERSION)
        match = re.fullmatch(r"v?(\d{2,3})(?:\.0)?", text.strip())
        if not match:
            raise ConfigError(
                "The extra 'version' of the Salesforce connection is not an API version.", remedy="such as 67.0"
            )
        return f"{match[1]}.0"

    def extra_named(self, name: str) -> Any:
        """An extra of the connection, also under its long name `extra__salesforce__<name>`; None if it is blank."""
        return self._get_field(self._extras, name)

    def _log_in(self, session: GuardedSession) -> Token:
        address = parse_instance_url(self.extra_named("instance_url"))
        key, secret = self.extra_named("consumer_key"), self.extra_named("consumer_secret")
        if address and key and secret and not self._uses_provider_flow:
            return login_with_client_credentials(session, address, key, secret)
        return login_with_provider(lambda: self._provider_login(session))

    @property
    def _uses_provider_flow(self) -> bool:
        """True if a session id, or a login with its password or key, is given: then the provider chooses the flow."""
        credentials = (self.connection.password, *map(self.extra_named, ("private_key", "private_key_file_path")))
        return bool(self.session_id or (self.connection.login and any(credentials)))

    def _provider_login(self, session: GuardedSession) -> Salesforce:
        """The provider's own `conn` for the adapted connection."""
        provider = SalesforceHook(self.conn_id, session_id=self.session_id, session=session)
        connection = self._adapted_connection()
        provider.get_connection = lambda _: connection  # type: ignore[assignment, method-assign]
        return provider.get_conn()

    def _adapted_connection(self) -> Any:
        """The connection for the provider: our API version (SOAP's last one for SOAP logins) and no proxies.

        The session has the proxies. simple-salesforce would only log them, and they may contain a password.
        """
        connection = copy.copy(self.connection)
        extra = {name: value for name, value in self._extras.items() if not name.endswith("proxies")}
        by_soap = self.extra_named("security_token") or self.extra_named("organization_id")
        soap_gone = float(self.api_version) > float(LAST_SOAP_VERSION)
        extra["version"] = LAST_SOAP_VERSION if by_soap and soap_gone else self.api_version
        connection.extra = json.dumps({**extra, **self._address_uses_provider_flow()})
        return connection

    def _address_uses_provider_flow(self) -> dict[str, str]:
        """The extra `instance_url` in simple-salesforce's form: an address with a session id, a domain for JWT."""
        text = str(self.extra_named("instance_url") or "")
        address = parse_instance_url(text)
        if address and self.session_id:
            return {"instance_url": address}
        by_key = self.extra_named("private_key") or self.extra_named("private_key_file_path")
        in_full = "://" in text or ".salesforce." in text
        return {"instance_url": jwt_domain(address)} if address and by_key and in_full else {}

    def _make_session(self, timeout: tuple[float, float]) -> GuardedSession:
        session = GuardedSession(timeout, self.extra_named("ca_bundle"), self._proxies())
        session.headers["Sforce-Call-Options"] = f"client={CLIENT_NAME}"
        session.headers["Accept"] = "application/json"
        return session

    def _proxies(self) -> dict[str, str]:
        proxies = self.extra_named("proxies") or {}
        if isinstance(proxies, str):
            try:
                proxies = json.loads(proxies)
            except ValueError:
                proxies = {"https": proxies}
        return proxies if isinstance(proxies, dict) else {}

    def _token_cache(self, path: Path | None, clock: Clock) -> TokenCache | None:
        """The token cache; None without a secret to encrypt it with (a session id given in the connection)."""
        secret = "\0".join(str(item) for item in (self.connection.password, *map(self.extra_named, SECRETS)) if item)
        if not secret or self.session_id:
            return None
        owner = (self.connection.login, *map(self.extra_named, ("instance_url", "instance", "domain", "consumer_key")))
        return TokenCache(secret, "\0".join(str(item or "") for item in owner), path, clock=clock)

    @cached_property
    def _extras(self) -> dict[str, Any]:
        return extras_of(self.connection)

    @cached_property
    def connection(self) -> Any:
        """The connection as it was at its first use: an edit meanwhile does not mix two accounts."""
        return stored_connection(self.conn_id)
