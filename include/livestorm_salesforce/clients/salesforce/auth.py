"""Logging in: the client-credentials flow on the org's own address, and all flows of the provider's hook.

simple-salesforce puts the service's answer, and sometimes the whole page, into its exceptions: only error codes that
look like codes are taken over, and its exceptions are never passed on or chained.
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

from livestorm_salesforce.clients.http import GuardedSession, failure_of, is_loopback, json_of, retry_after
from livestorm_salesforce.clients.salesforce.errors import DOWN_REMEDY
from livestorm_salesforce.clients.salesforce.token import Token
from livestorm_salesforce.clients.salesforce.transport import wire_error
from livestorm_salesforce.errors import ConfigError, SyncError, TransientError

WHAT = "the login"
REMEDIES = {
    "invalid_client_id": "check the consumer key",
    "invalid_client": "check the consumer key and consumer secret",
    "invalid_grant": "enable the client-credentials flow of the app and set its run-as user; check user and password",
    "unsupported_grant_type": "enable the client-credentials flow of the External Client App",
    "unauthorized_client": "let the app's policies admit this user",
    "inactive_user": "activate the integration user",
    "inactive_org": "the org is locked or has expired",
    "redirect_uri_mismatch": "check the External Client App",
}
REMEDY = "check the Salesforce connection; the org's Login History names the reason"
INCOMPLETE = "give instance_url, consumer_key and consumer_secret, or the fields of another flow"
JWT_REMEDY = "give the org's My Domain, https://….my.salesforce.com, as instance_url, or leave it out"
KEY_REMEDY = "give the whole RSA private key in PEM form, without a passphrase, from -----BEGIN to END-----"
FILE_REMEDY = "put the file where every Airflow worker may read it, and its path into private_key_file_path"
LIBRARY_DOMAIN = ".salesforce.com"
NO_FILE = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)
_HOST = re.compile(r"[\w-]+(\.[\w-]+)*(:\d+)?/?", re.ASCII)
_CODE = re.compile(r"[A-Za-z][A-Za-z_. ]{2,60}")


def own_address(text: str | None) -> str | None:
    """`https://host[:port]` of a full address or of a bare host name, None if the text is neither.

    A stand-in on this very machine may be given as `http://localhost:port`; a bare host name always means https.

    Raises:
        ConfigError: it is an address, but neither https nor on this machine, or carries a user name.
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


def jwt_address(address: str) -> str:
    """What simple-salesforce wants of the org's own address for a JWT login: it puts `.salesforce.com` behind it.

    >>> jwt_address("https://acme.my.salesforce.com")
    'acme.my'

    Raises:
        ConfigError: a whole address that does not end so.
    """
    host = address.partition("://")[2]
    if host.endswith(LIBRARY_DOMAIN):
        return host.removesuffix(LIBRARY_DOMAIN)
    raise ConfigError("A JWT login needs an instance_url that ends in .salesforce.com.", remedy=JWT_REMEDY)


def client_credentials(session: GuardedSession, instance_url: str, key: str, secret: str) -> Token:
    """A token by the OAuth client-credentials flow of the org's My Domain.

    RFC 6749 lets a server take key and secret as Basic authentication or as form fields, and names the first as the one
    that every server must take; the second is tried where the first is refused.

    Raises:
        ConfigError: key, secret, app or address is refused.
        TransientError: no usable answer for now.
    """
    form = {"grant_type": "client_credentials"}
    refusals: list[SyncError] = []
    for options in ({"auth": (key, secret)}, {"data": {"client_id": key, "client_secret": secret}}):
        data = {**form, **options.pop("data", {})}
        response = _posted(session, f"{instance_url}/services/oauth2/token", data=data, **options)
        body = json_of(response)
        if response.status_code == 200 and isinstance(body, dict) and body.get("access_token"):
            return Token(str(body["access_token"]), instance_url)
        refusals.append(_refused(response, body))
        if not isinstance(refusals[0], ConfigError) or response.status_code not in (400, 401):
            break
    raise refusals[0]


def _posted(session: GuardedSession, url: str, **options: Any) -> requests.Response:
    failure = None
    try:
        return session.post(url, headers={"Accept": "application/json"}, **options)
    except (requests.RequestException, OSError) as error:
        failure = failure_of(error)
    raise wire_error(failure, WHAT, writes=False)


def _refused(response: requests.Response, body: Any) -> SyncError:
    status = response.status_code
    if 300 <= status < 400:
        return ConfigError(
            f"Salesforce's login address redirects (HTTP {status}); redirects are refused.",
            remedy="put the org's My Domain, https://….my.salesforce.com, into the connection's instance_url",
        )
    if _unusable(status, body):
        return _no_answer(status, retry_after(response.headers))
    return login_error(body.get("error") if isinstance(body, dict) else None, status)


def _unusable(status: int, body: Any = None) -> bool:
    """Whether an answer tells nothing of the login: the service is busy, or a page of something else came instead."""
    return status in (408, 420, 429) or status >= 500 or (status in (200, 400, 401) and body is None)


def _no_answer(status: int, wait: float | None = None) -> TransientError:
    words = f"Salesforce answered HTTP {status} to {WHAT}: no usable answer."
    return TransientError(words, retry_after=wait, remedy=DOWN_REMEDY)


def login_error(code: Any, status: int | None = None) -> ConfigError:
    """The error for a refused login, with its remedy."""
    known = str(code) if isinstance(code, str) and _CODE.fullmatch(code) else None
    told = ", ".join(item for item in (f"HTTP {status}" if status else None, known) if item) or "no reason given"
    return ConfigError(f"Salesforce refused the login ({told}).", remedy=REMEDIES.get(known or "", REMEDY))


def by_provider(connect: Callable[[], Any]) -> Token:
    """A token by whatever flow the provider's hook chooses for the connection (password, JWT, session id, domain).

    Args:
        connect: makes simple-salesforce's `Salesforce`, which logs in at once.
    """
    problem: SyncError
    try:
        conn = connect()
        return Token(conn.session_id, f"https://{conn.sf_instance}")
    except SalesforceAuthenticationFailed as error:
        code = error.code
        numeric = isinstance(code, int)
        if code == "INVALID AUTH":  # simple-salesforce's own word: it found no flow, and nothing was sent
            problem = ConfigError("The Salesforce connection holds no complete login.", remedy=INCOMPLETE)
        elif numeric and _unusable(code):  # simple-salesforce gives the number where it could not read the answer
            problem = _no_answer(code)
        else:
            problem = login_error(code, code if numeric else None)
    except ExpatError:  # SOAP's answer was no XML
        problem = _no_answer(200)
    except jwt.PyJWTError:
        problem = ConfigError("The private key of the Salesforce connection is none.", remedy=KEY_REMEDY)
    except NO_FILE:  # what requests cannot reach is an error of its own
        problem = ConfigError("The private key file of the Salesforce connection cannot be read.", remedy=FILE_REMEDY)
    except (requests.RequestException, OSError) as error:
        problem = wire_error(failure_of(error), WHAT, writes=False)
    except SyncError as error:
        problem = error
    except (SalesforceError, TypeError, ValueError, KeyError, AttributeError) as error:
        problem = ConfigError(
            f"The Salesforce connection cannot be used to log in ({type(error).__name__}).",
            remedy=INCOMPLETE,
        )
    raise problem
