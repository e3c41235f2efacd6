"""OAuth flows and sessions."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from service_sandbox.salesforce.rest.auth import JWT_GRANT
from tests.sandbox.salesforce.conftest import KEY, SECRET, Api

LOGIN = "https://login.salesforce.com"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def assertion(api: Api, key: rsa.RSAPrivateKey) -> Callable[..., str]:
    """Returns a function that signs a JWT for an app of the org."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "app")])
    now = api.service.clock.now()
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=365))
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
    api.org.users.add_app("jwt-app", "unused", certificate=pem)

    def sign(signer: Any = key, minutes: float = 2, **claims: str) -> str:
        moment = api.service.clock.now() + timedelta(minutes=minutes)
        payload = {
            "iss": "jwt-app",
            "sub": "admin@sandbox.example",
            "aud": LOGIN,
            "exp": int(moment.timestamp()),
            **claims,
        }
        return jwt.encode(payload, signer, algorithm="RS256")

    return sign


def test_client_credentials_in_the_form(api: Api) -> None:
    answer = api.token(grant_type="client_credentials", client_id=KEY, client_secret=SECRET)
    assert answer.status_code == 200
    token = answer.json()
    assert token["instance_url"] == api.root
    assert token["token_type"] == "Bearer"
    assert token["access_token"].startswith("00D")
    assert "expires_in" not in token
    assert "Sforce-Limit-Info" not in answer.headers


def test_client_credentials_in_basic_authorization(api: Api) -> None:
    basic = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
    url = f"{api.root}/services/oauth2/token"
    form = {"grant_type": "client_credentials"}
    answer = api.http.post(url, data=form, headers={"Authorization": f"Basic {basic}"}, timeout=10)
    assert answer.status_code == 200
    assert answer.json()["access_token"]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "client_credentials", "client_id": KEY, "client_secret": "no"}, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "no", "client_secret": SECRET}, "invalid_client_id"),
        ({"grant_type": "client_credentials"}, "invalid_client"),
        ({"grant_type": "password", "client_id": KEY, "client_secret": SECRET, "username": "a"}, "invalid_grant"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({}, "unsupported_grant_type"),
    ],
)  # fmt: skip
def test_an_invalid_token_request_is_rejected_with_an_object(api: Api, form: dict[str, str], error: str) -> None:
    answer = api.token(**form)
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert answer.json()["error_description"]


def test_a_signed_assertion_is_accepted(api: Api, assertion: Callable[..., str]) -> None:
    answer = api.token(grant_type=JWT_GRANT, assertion=assertion())
    assert answer.status_code == 200, answer.text
    api.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    assert api.get("/limits").status_code == 200


def test_an_assertion_signed_with_another_key_is_rejected(api: Api, assertion: Callable[..., str]) -> None:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    answer = api.token(grant_type=JWT_GRANT, assertion=assertion(stranger))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://elsewhere.example"},
        {"sub": "nobody@x.example"},
        {"iss": "other"},
        {"minutes": -1},
    ],
)
def test_an_assertion_with_an_invalid_claim_is_rejected(
    api: Api, assertion: Callable[..., str], claims: dict[str, Any]
) -> None:
    answer = api.token(grant_type=JWT_GRANT, assertion=assertion(**claims))
    assert answer.status_code == 400
    assert answer.json()["error"] in ("invalid_grant", "invalid_client_id")


def test_an_assertion_may_expire_far_in_the_future(api: Api, assertion: Callable[..., str]) -> None:
    """The official command line sends milliseconds instead of seconds, and real orgs accept it."""
    assert api.token(grant_type=JWT_GRANT, assertion=assertion(minutes=10**6)).status_code == 200


def test_a_session_ends_two_hours_after_its_last_use(api: Api) -> None:
    api.service.clock.advance(hours=1, minutes=50)
    assert api.get("/limits").status_code == 200
    api.service.clock.advance(hours=1, minutes=50)
    assert api.get("/limits").status_code == 200
    api.service.clock.advance(hours=2, minutes=1)
    answer = api.get("/limits")
    assert answer.status_code == 401
    assert answer.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def test_all_sessions_can_be_ended(api: Api) -> None:
    api.service.auth.expire_all()
    assert api.get("/limits").status_code == 401
    api.log_in()
    assert api.get("/limits").status_code == 200


def test_another_authorization_scheme_is_rejected(api: Api) -> None:
    answer = api.get("/limits", headers={"Authorization": "Basic abc"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (401, "INVALID_AUTH_HEADER")


def test_userinfo_and_identity_contain_the_user(api: Api) -> None:
    info = api.get("/services/oauth2/userinfo").json()
    user = api.org.users.admin
    assert (info["user_id"], info["preferred_username"]) == (user.id, user.username)
    token = api.token(grant_type="client_credentials", client_id=KEY, client_secret=SECRET).json()
    assert api.get(token["id"]).json()["username"] == user.username


def test_a_revoked_token_is_rejected(api: Api) -> None:
    token = api.http.headers["Authorization"].removeprefix("Bearer ")
    assert api.post("/services/oauth2/revoke", data={"token": token}).status_code == 200
    assert api.get("/limits").status_code == 401
