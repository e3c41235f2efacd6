"""Logging in: the client-credentials flow at the org's own address, and all flows of the provider's hook.

simple-salesforce copies the response, sometimes a whole page, into its exceptions. Only texts with the form of an error
code are copied from them, and the exceptions are never chained.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from xml.parsers.expat import ExpatError

import jwt
import requests
from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceError

from livestorm_salesforce.clients.gateway import gateway_error
from livestorm_salesforce.clients.http import GuardedSession, classify_failure, is_loopback, parse_json, retry_after
from livestorm_salesforce.clients.salesforce.errors import DOWN_REMEDY
from livestorm_salesforce.clients.salesforce.token import Token
from livestorm_salesforce.clients.salesforce.transport import connection_error
from livestorm_salesforce.errors import ConfigError, SyncError, TransientError

ENDPOINT = "the login"
REMEDIES = {
    "invalid_client_id": "check the consumer key",
    "invalid_client": "check the consumer key and consumer secret",
    "invalid_grant": "enable the client-credentials flow of the app and set its run-as user; check user and password",
    "unsupported_grant_type": "enable the client-credentials flow of the External Client App",
    "invalid_app_access": "let the app's policies admit this user (a permission set of the app, or its profile)",
    "unauthorized_client": "let the app's policies admit this user",
    "inactive_user": "activate the integration user",
    "inactive_org": "the org is locked or has expired",
    "redirect_uri_mismatch": "check the External Client App",
}
MY_DOMAIN_REMEDY = "put the org's My Domain, https://….my.salesforce.com, into the connection's instance_url"
INSTALL_REMEDY = "install the app in this org, or correct the consumer key: it belongs to an app of another org"
#: Remedies by `error_description`: one code, above all `invalid_grant`, has several causes. Texts recorded in public.
DESCRIPTION_REMEDIES = {
    "no client credentials user enabled": "set the run-as user of the client-credentials flow in the app's policies",
    "request not supported on this domain": MY_DOMAIN_REMEDY,
    "user is not admin approved to access this app": (
        "assign a permission set or profile of the app's policies to the integration user"
    ),
    "no valid scopes": "give the app the OAuth scope 'Manage user data via APIs (api)'",
    "authentication failure": "check user, password and security token of the connection",
    "user hasn't approved this consumer": "let the app's policies pre-authorize the integration user",
    "audience is invalid": "set the JWT audience: login.salesforce.com, or test.salesforce.com for a sandbox",
    "invalid assertion": "check that the private key belongs to the certificate of the app, and the host's clock",
    "inactive user": "activate the integration user",
    "inactive organization": "the org is locked or has expired",
    "invalid login hours": "admit the hours of the runs in the profile of the integration user",
    "app must be installed": INSTALL_REMEDY,
    "app is not installed": INSTALL_REMEDY,
    "blocked by admin": "unblock the app (Setup: Connected Apps OAuth Usage)",
    "ip restricted": "admit this host's addresses, or relax IP restrictions in the app's policies",
}
RATE_EXCEEDED = "login rate exceeded"
RATE_REMEDY = "none if the retry succeeds; else see which other clients log in as this user"
#: Codes of a login that may succeed later (RFC 6749, 4.1.2.1; Salesforce: "unknown_error: retry your request").
TRANSIENT_LOGIN_CODES = ("unknown_error", "server_error", "temporarily_unavailable")
#: Login hosts of all orgs: the client-credentials flow exists only at an org's own address.
SHARED_LOGIN_HOSTS = ("login.salesforce.com", "test.salesforce.com", "welcome.salesforce.com")
#: Domains of pages of an org, which a browser shows, and which have no API.
PAGE_DOMAINS = (".lightning.force.com", ".salesforce-setup.com", ".visualforce.com", ".vf.force.com", ".my.site.com")
REMEDY = "check the Salesforce connection; the org's Login History names the reason"
INCOMPLETE = "give instance_url, consumer_key and consumer_secret, or the fields of another flow"
JWT_REMEDY = "give the org's My Domain, https://….my.salesforce.com, as instance_url, or leave it out"
KEY_REMEDY = "give the whole RSA private key in PEM form, without a passphrase, from -----BEGIN to END-----"
FILE_REMEDY = "put the file where every Airflow worker may read it, and its path into private_key_file_path"
LIBRARY_DOMAIN = ".salesforce.com"
NO_FILE = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)
_HOST = re.compile(r"[\w-]+(\.[\w-]+)*(:\d+)?/?", re.ASCII)
_CODE = re.compile(r"[A-Za-z][A-Za-z_. ]{2,60}")


def parse_instance_url(text: str | None) -> str | None:
    """`https://host[:port]` of a full address or of a bare host name, None if the text is neither.

    A server on this machine may be given as `http://localhost:port`; a bare host name always means https.

    Raises:
        ConfigError: an address that is neither https nor on this machine, or contains a user name.
    """
    text = (text or "").strip()
    if "://" not in text:
        return f"https://{text.rstrip('/').lower()}" if _HOST.fullmatch(text) else None
    parts = urlsplit(text)
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    if not safe or not parts.hostname or parts.username is not None:
        raise ConfigError(
            "The instance_url of the Salesforce connection is not a plain https:// address.",
            remedy="such as https://mycompany.my.salesforce.com",
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


def jwt_domain(address: str) -> str:
    """The `domain` that simple-salesforce needs for a JWT login: it appends `.salesforce.com`.

    >>> jwt_domain("https://acme.my.salesforce.com")
    'acme.my'

    Raises:
        ConfigError: the address does not end in `.salesforce.com`.
    """
    host = address.partition("://")[2]
    if host.endswith(LIBRARY_DOMAIN):
        return host.removesuffix(LIBRARY_DOMAIN)
    raise ConfigError("A JWT login needs an instance_url that ends in .salesforce.com.", remedy=JWT_REMEDY)


def login_with_client_credentials(session: GuardedSession, instance_url: str, key: str, secret: str) -> Token:
    """A token by the OAuth client-credentials flow of the org's My Domain.

    RFC 6749 allows key and secret as Basic authentication or as form fields; every server must support the first. The
    second is tried where the first is rejected.

    Raises:
        ConfigError: key, secret, app or address is rejected; a shared login host is rejected before a request.
        TransientError: no usable response, or too many logins.
    """
    _check_host((urlsplit(instance_url).hostname or "").rstrip("."))
    url = f"{instance_url}/services/oauth2/token"
    form = {"grant_type": "client_credentials"}
    rejections: list[SyncError] = []
    for auth, fields in (((key, secret), form), (None, {**form, "client_id": key, "client_secret": secret})):
        response = _post(session, url, data=fields, auth=auth)
        body = parse_json(response)
        if response.status_code == 200 and isinstance(body, dict) and body.get("access_token"):
            return Token(str(body["access_token"]), instance_url, str(body.get("id") or ""))
        rejections.append(_login_rejected(response, body))
        if not isinstance(rejections[0], ConfigError) or response.status_code not in (400, 401):
            break
    described = [error for error in rejections if error.remedy in DESCRIPTION_REMEDIES.values()]
    raise (described or rejections)[0]


def _check_host(host: str) -> None:
    if host in SHARED_LOGIN_HOSTS:
        raise ConfigError(f"The client-credentials login does not exist at {host}.", remedy=MY_DOMAIN_REMEDY)
    if host.endswith(PAGE_DOMAINS):
        raise ConfigError(f"{host} is the address of pages, not of the API.", remedy=MY_DOMAIN_REMEDY)


def _post(session: GuardedSession, url: str, **options: Any) -> requests.Response:
    try:
        return session.post(url, headers={"Accept": "application/json"}, **options)
    except (requests.RequestException, OSError) as error:
        failure = classify_failure(error)
    raise connection_error(failure, ENDPOINT, writes=False)


def _login_rejected(response: requests.Response, body: Any) -> SyncError:
    status = response.status_code
    if 300 <= status < 400:
        return ConfigError(
            f"Salesforce's login address redirects (HTTP {status}); redirects are refused.",
            remedy=MY_DOMAIN_REMEDY,
        )
    if body is None and (refused := gateway_error(status, ENDPOINT, "Salesforce")):
        return refused
    if _is_unusable(status, body):
        return _unusable_response(status, retry_after(response.headers))
    body = body if isinstance(body, dict) else {}
    return login_error(body.get("error"), status, body.get("error_description"))


def _is_unusable(status: int, body: Any = None) -> bool:
    """True if a response says nothing about the login: the service is busy, or a proxy answered with a page."""
    if 200 <= status < 300:
        return not (isinstance(body, dict) and body)
    return status in (408, 420, 429) or status >= 500 or (status in (400, 401) and body is None)


def _unusable_response(status: int, wait: float | None = None) -> TransientError:
    message = f"Salesforce answered HTTP {status} to {ENDPOINT}: no usable answer."
    return TransientError(message, retry_after=wait, remedy=DOWN_REMEDY)


def login_error(code: Any, status: int | None = None, description: Any = None) -> SyncError:
    """The error for a rejected login, with the remedy for its description, or else for its code.

    Only known descriptions are copied into the message.
    """
    text = str(description or "").lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    if RATE_EXCEEDED in text:
        return TransientError(f"Salesforce refused the login for now: {RATE_EXCEEDED}.", remedy=RATE_REMEDY)
    if str(code).lower() in TRANSIENT_LOGIN_CODES:
        return TransientError(f"Salesforce refused the login for now: {code}.", remedy=DOWN_REMEDY)
    cause = next((one for one in DESCRIPTION_REMEDIES if one in text), None)
    known = str(code) if isinstance(code, str) and _CODE.fullmatch(code) else None
    details = (f"HTTP {status}" if status else None, known, cause)
    detail = ", ".join(item for item in details if item) or "no reason given"
    remedy = DESCRIPTION_REMEDIES[cause] if cause else REMEDIES.get((known or "").lower(), REMEDY)
    return ConfigError(f"Salesforce refused the login ({detail}).", remedy=remedy)


def login_with_provider(connect: Callable[[], Any]) -> Token:
    """A token by the flow that the provider's hook chooses for the connection (password, JWT, session id, domain).

    Args:
        connect: returns simple-salesforce's `Salesforce`; its constructor logs in.

    Raises:
        ConfigError: the connection is incomplete or rejected.
        TransientError: no usable response.
    """
    problem: SyncError
    try:
        conn = connect()
        return Token(conn.session_id, f"https://{conn.sf_instance}")
    except SalesforceAuthenticationFailed as error:
        code = error.code
        if code == "INVALID AUTH":  # simple-salesforce found no flow and sent nothing
            problem = ConfigError("The Salesforce connection holds no complete login.", remedy=INCOMPLETE)
        elif isinstance(code, int) and _is_unusable(
            code
        ):  # the status, where simple-salesforce could not read the response
            problem = _unusable_response(code)
        else:
            problem = login_error(code, code if isinstance(code, int) else None, error.message)
    except ExpatError:  # the response to the SOAP login is not XML
        problem = _unusable_response(200)
    except jwt.PyJWTError:
        problem = ConfigError("The private key of the Salesforce connection is not valid.", remedy=KEY_REMEDY)
    except NO_FILE:  # connection errors of requests are other classes
        problem = ConfigError("The private key file of the Salesforce connection cannot be read.", remedy=FILE_REMEDY)
    except (requests.RequestException, OSError) as error:
        problem = connection_error(classify_failure(error), ENDPOINT, writes=False)
    except SyncError as error:
        problem = error
    except (SalesforceError, TypeError, ValueError, KeyError, AttributeError) as error:
        problem = ConfigError(
            f"The Salesforce connection cannot be used to log in ({type(error).__name__}).",
            remedy=INCOMPLETE,
        )
    raise problem
