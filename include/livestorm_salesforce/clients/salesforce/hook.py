"""Airflow's door to Salesforce: the provider's connection type with our own session, token and *Test* button."""

from __future__ import annotations

import copy
import json
import re
from functools import cached_property
from typing import Any

from airflow.providers.salesforce.hooks.salesforce import SalesforceHook
from airflow.sdk.log import mask_secret
from simple_salesforce import Salesforce

from livestorm_salesforce.clients.http import GuardedSession
from livestorm_salesforce.clients.salesforce.auth import by_provider, client_credentials, jwt_address, own_address
from livestorm_salesforce.clients.salesforce.client import SalesforceClient
from livestorm_salesforce.clients.salesforce.connection_check import check_rights
from livestorm_salesforce.clients.salesforce.token import Token, TokenCache, TokenSource
from livestorm_salesforce.clients.salesforce.transport import Transport
from livestorm_salesforce.errors import ConfigError, SyncError

API_VERSION = "67.0"  # Summer '26; simple-salesforce alone would use 59.0
LAST_SOAP_VERSION = "64.0"  # SOAP login() is gone from v65.0 on
CLIENT_NAME = "livestorm-salesforce"
TIMEOUT = (5.0, 120.0)
SECRETS = ("consumer_secret", "private_key", "private_key_file_path", "security_token")


class SalesforceClientHook(SalesforceHook):
    """The provider's hook with our session, our API version, and one flow more.

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
        token_path: Any | None = None,
        reserve_share: float = 0.05,
        client_name: str = CLIENT_NAME,
        timeout: tuple[float, float] = TIMEOUT,
        **options: Any,
    ) -> SalesforceClient:
        """A client for this connection; it logs in at its first call, if no earlier task of the run has.

        Args:
            token_path: where the encrypted token is kept between tasks (pathlib or fsspec path); by default a private
                file in the temporary folder.
            reserve_share: share of the org's daily calls that is never touched.
            client_name: name of this client in Salesforce's logs.
            timeout: seconds to connect, seconds to wait for the answer to a read.
            options: of `SalesforceClient`, and `write_timeout`, `attempts`, `sleep` of its transport.
        """
        own = {name: options.pop(name) for name in ("write_timeout", "attempts", "sleep") if name in options}
        session = self._guarded(timeout, client_name)
        tokens = TokenSource(lambda: self._log_in(session), self._cache(token_path), mask_secret)
        transport = Transport(session, tokens, self.api_version, reserve_share=reserve_share, **own)
        return SalesforceClient(transport, **options)

    def test_connection(self) -> tuple[bool, str]:
        """Log in anew and look whether the user's rights are enough. Needs no right on Account; holds no secret."""
        try:
            session = self._guarded(TIMEOUT, CLIENT_NAME)
            tokens = TokenSource(lambda: self._log_in(session), None, mask_secret)
            return check_rights(SalesforceClient(Transport(session, tokens, self.api_version, attempts=2)))
        except SyncError as error:
            return False, str(error)

    @cached_property
    def conn(self) -> Salesforce:  # type: ignore[override]
        """simple-salesforce's client with our session and token, for whoever uses the provider's own methods."""
        session = self._guarded(TIMEOUT, CLIENT_NAME)
        token = self._log_in(session)
        return Salesforce(
            session_id=token.access_token, instance_url=token.instance_url, version=self.api_version, session=session
        )

    @property
    def api_version(self) -> str:
        """Version from the extra `version`, as `67.0`, `67` or `v67.0`.

        Raises:
            ConfigError: it is none.
        """
        told = str(self.extra_named("version") or API_VERSION)
        match = re.fullmatch(r"v?(\d{2,3})(?:\.0)?", told.strip())
        if not match:
            raise ConfigError("The extra 'version' of the Salesforce connection is no API version.", remedy="as 67.0")
        return f"{match[1]}.0"

    def extra_named(self, name: str) -> Any:
        """An extra of the connection, which old ones hold as `extra__salesforce__<name>`; None if it is blank."""
        return self._get_field(self._connection.extra_dejson, name)

    # ------------------------------------------------------------------ parts

    def _log_in(self, session: GuardedSession) -> Token:
        address = own_address(self.extra_named("instance_url"))
        key, secret = self.extra_named("consumer_key"), self.extra_named("consumer_secret")
        if address and key and secret and not self._for_provider:
            return client_credentials(session, address, key, secret)
        return by_provider(lambda: self._provider_login(session))

    @property
    def _for_provider(self) -> bool:
        """Whether a session id is given, or a login with what belongs to it: then the provider chooses the flow."""
        proofs = (self._connection.password, *map(self.extra_named, ("private_key", "private_key_file_path")))
        return bool(self.session_id or (self._connection.login and any(proofs)))

    def _provider_login(self, session: GuardedSession) -> Salesforce:
        """The provider's `conn`, made by its own code from the connection as it wants it."""
        provider = SalesforceHook(self.conn_id, session_id=self.session_id, session=session)
        prepared = self._prepared()
        provider.get_connection = lambda _: prepared  # type: ignore[method-assign]
        return provider.get_conn()

    def _prepared(self) -> Any:
        """The connection for the provider: our version, SOAP's last one for SOAP logins, proxies left to the session.

        With a session of ours simple-salesforce ignores `proxies`, but logs them, and they may hold a password.
        """
        connection = copy.copy(self._connection)
        extra = {name: value for name, value in connection.extra_dejson.items() if not name.endswith("proxies")}
        by_soap = self.extra_named("security_token") or self.extra_named("organization_id")
        soap_gone = float(self.api_version) > float(LAST_SOAP_VERSION)
        extra["version"] = LAST_SOAP_VERSION if by_soap and soap_gone else self.api_version
        connection.extra = json.dumps({**extra, **self._address_for_provider()})
        return connection

    def _address_for_provider(self) -> dict[str, str]:
        """The extra `instance_url` as simple-salesforce wants it: whole beside a session id, in short for JWT."""
        text = str(self.extra_named("instance_url") or "")
        address = own_address(text)
        if address and self.session_id:
            return {"instance_url": address}
        by_key = self.extra_named("private_key") or self.extra_named("private_key_file_path")
        in_full = "://" in text or ".salesforce." in text
        return {"instance_url": jwt_address(address)} if address and by_key and in_full else {}

    def _guarded(self, timeout: tuple[float, float], client_name: str) -> GuardedSession:
        session = GuardedSession(timeout, self.extra_named("ca_bundle"), self._proxies())
        session.headers["Sforce-Call-Options"] = f"client={client_name}"
        session.headers["Accept"] = "application/json"
        return session

    def _proxies(self) -> dict[str, str]:
        told = self.extra_named("proxies") or {}
        if isinstance(told, str):
            try:
                told = json.loads(told)
            except ValueError:
                told = {"https": told}
        return told if isinstance(told, dict) else {}

    def _cache(self, path: Any | None) -> TokenCache | None:
        """Where the token is kept; nowhere without a secret to encrypt it with (a session id given by hand)."""
        secret = "\0".join(str(item) for item in (self._connection.password, *map(self.extra_named, SECRETS)) if item)
        if not secret or self.session_id:
            return None
        about = (self._connection.login, *map(self.extra_named, ("instance_url", "instance", "domain", "consumer_key")))
        return TokenCache(secret, "\0".join(str(item or "") for item in about), path)

    @cached_property
    def _connection(self) -> Any:
        return self.get_connection(self.conn_id)
