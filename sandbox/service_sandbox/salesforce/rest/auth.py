"""OAuth: client credentials and JWT bearer flows; the password grant is rejected, as in new orgs."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote

import jwt
from cryptography import x509

from service_sandbox.salesforce.model.errors import ApiError, not_found
from service_sandbox.salesforce.org.users import App, User
from service_sandbox.salesforce.rest.call import Call, Reply

SESSION_TIMEOUT = timedelta(hours=2)
AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass
class Session:
    """A session; it ends two hours after its last use (the default session policy)."""

    user: User
    last_used: datetime


class OAuthError(ApiError):
    """An error of the token endpoint: an object, not an array."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(status, error, description)
        self.body = {"error": error, "error_description": description}


OAUTH_CALLS = ("token", "userinfo", "revoke", "identity")


class Auth:
    """Sessions of one org."""

    def __init__(self, service: Any) -> None:
        self.service = service
        self.sessions: dict[str, Session] = {}

    @staticmethod
    def call_type(path: str) -> str:
        """Returns the call type: `token`, `userinfo`, ..."""
        return "identity" if path.startswith("/id/") else path.removeprefix("/services/oauth2/")

    def respond(self, call: Call, path: str) -> Reply:
        """Handles the OAuth endpoints and the identity URL."""
        if path == "/services/oauth2/token" and call.method == "POST":
            return self._token(call)
        if path == "/services/oauth2/revoke" and call.method == "POST":
            self.sessions.pop(dict(parse_qsl(call.body.decode())).get("token", ""), None)
            return Reply(200)
        if path == "/services/oauth2/userinfo" or path.startswith("/id/"):
            return Reply(200, self._userinfo(self.user_of(call), identity=path.startswith("/id/")))
        raise not_found()

    # --- tokens ---------------------------------------------------------------------------------------------------

    def _token(self, call: Call) -> Reply:
        form = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
        grant = form.get("grant_type")
        if grant == "client_credentials":
            return self._issue(self._app(call.headers, form).run_as)
        if grant == JWT_GRANT:
            return self._issue(self._assertion_user(form.get("assertion", "")))
        if grant == "password":
            raise OAuthError("invalid_grant", "authentication failure")
        raise OAuthError("unsupported_grant_type", "grant type not supported")

    def _app(self, headers: Mapping[str, str], form: dict[str, str]) -> App:
        key, secret = form.get("client_id", ""), form.get("client_secret", "")
        scheme, _, credentials = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                decoded = base64.b64decode(credentials, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                raise OAuthError("invalid_client", "invalid client credentials", 401) from None
            key, _, secret = (unquote(part) for part in decoded.partition(":"))
        if not key or not secret:
            raise OAuthError("invalid_client", "client identifier and secret are required")
        app: App | None = self.service.org.users.apps.get(key)
        if app is None:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        if not hmac.compare_digest(app.consumer_secret.encode(), secret.encode()):
            raise OAuthError("invalid_client", "invalid client credentials")
        return app

    def _assertion_user(self, assertion: str) -> User:
        """Returns the user of a signed assertion (RS256) after checks of issuer, audience, expiry and subject.

        The documentation requires an expiry within three minutes. The official command line sends one far in the
        future (milliseconds instead of seconds) and is accepted, so this is not checked here.
        """
        try:
            claimed = jwt.decode(assertion, options={"verify_signature": False})
        except jwt.PyJWTError:
            raise OAuthError("invalid_grant", "invalid assertion") from None
        app = self.service.org.users.apps.get(claimed.get("iss", ""))
        if app is None or not app.certificate:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        self._verify(assertion, app)
        if str(claimed.get("aud")).rstrip("/") not in (*AUDIENCES, self.service.base_url):
            raise OAuthError("invalid_grant", "audience is invalid")
        left = float(claimed.get("exp", 0)) - self.service.clock.now().timestamp()
        if left <= 0:
            raise OAuthError("invalid_grant", "expired authorization code")
        user: User | None = self.service.org.users.by_username.get(str(claimed.get("sub", "")).lower())
        if user is None:
            raise OAuthError("invalid_grant", "user hasn't approved this consumer")
        return user

    @staticmethod
    def _verify(assertion: str, app: App) -> None:
        pem = (app.certificate or "").encode()
        key: Any = x509.load_pem_x509_certificate(pem).public_key() if b"BEGIN CERTIFICATE" in pem else pem
        try:
            jwt.decode(assertion, key, algorithms=["RS256"], options={"verify_aud": False, "verify_exp": False})
        except jwt.PyJWTError:
            raise OAuthError("invalid_grant", "invalid assertion") from None

    def _issue(self, user: User) -> Reply:
        if not user.rights.may_use_api:
            raise OAuthError("invalid_grant", "The REST API is not enabled for this user.")
        token = f"{self.service.org.users.organization_id[:15]}!AQ{secrets.token_urlsafe(48).replace('-', '.')}"
        now = self.service.clock.now()
        self.sessions[token] = Session(user, now)
        issued, identity = str(int(now.timestamp() * 1000)), self.identity_url(user)
        digest = hmac.new(b"sandbox", (identity + issued).encode(), hashlib.sha256).digest()
        return Reply(200, {
            "access_token": token, "signature": base64.b64encode(digest).decode(), "scope": "api", "id": identity,
            "instance_url": self.service.base_url, "token_type": "Bearer", "issued_at": issued})  # fmt: skip

    # --- sessions -------------------------------------------------------------------------------------------------

    def user_of(self, call: Call) -> User:
        """Returns the user of a call and extends the session. Raises ApiError 401."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme and scheme.lower() not in ("bearer", "oauth"):
            raise ApiError(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
        return self.user_by(token.strip())

    def user_by(self, token: str) -> User:
        """Returns the user of a token and extends the session. Raises ApiError 401."""
        session = self.sessions.get(token)
        now = self.service.clock.now()
        if session is None or now - session.last_used > SESSION_TIMEOUT:
            self.sessions.pop(token, None)
            raise ApiError(401, "INVALID_SESSION_ID", "Session expired or invalid")
        session.last_used = max(now, session.last_used)
        return session.user

    def expire_all(self) -> None:
        """Ends every session."""
        self.sessions.clear()

    def identity_url(self, user: User) -> str:
        """Returns the identity URL of a user."""
        return f"{self.service.base_url}/id/{self.service.org.users.organization_id}/{user.id}"

    def _userinfo(self, user: User, *, identity: bool) -> dict[str, Any]:
        row = self.service.org.store.get("User", user.id)
        organization = self.service.org.users.organization_id
        rest = f"{self.service.base_url}/services/data/v{{version}}/"
        urls = {"rest": rest, "sobjects": f"{rest}sobjects/", "query": f"{rest}query/",
                "profile": f"{self.service.base_url}/{user.id}"}  # fmt: skip
        info = {"user_id": user.id, "organization_id": organization, "name": row["Name"], "email": row["Email"],
                "user_type": "STANDARD", "language": "en_US", "locale": "en_US", "utcOffset": 0, "urls": urls,
                "updated_at": self.service.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")}  # fmt: skip
        if identity:
            return {**info, "id": self.identity_url(user), "asserted_user": True, "username": user.username,
                    "display_name": row["Name"], "active": True, "timezone": "GMT"}  # fmt: skip
        return {**info, "sub": self.identity_url(user), "preferred_username": user.username, "nickname": row["Alias"],
                "email_verified": True, "zoneinfo": "GMT"}  # fmt: skip
