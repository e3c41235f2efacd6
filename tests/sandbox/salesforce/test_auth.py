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

from service_sandbox.salesforce.auth import JWT_GRANT
from tests.sandbox.salesforce.conftest import KEY, SECRET, Api

LOGIN = "https://login.salesforce.com"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def assertion(api: Api, key: rsa.RSAPrivateKey) -> Callable[..., str]:
    """Signs a JWT for an app whose certificate the org holds."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "app")])
    now = api.service.clock.now()
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=365))
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
    api.org.users.add_app("jwt-app", "unused", certificate=pem)

    def sign(signer: Any = key, minutes: float = 2, **claims: str) -> str:
        moment = api.service.clock.now() + timedelta(minutes=minutes)
        told = {
            "iss": "jwt-app",
            "sub": "admin@sandbox.example",
            "aud": LOGIN,
            "exp": int(moment.timestamp()),
            **claims,
        }
        return jwt.encode(told, signer, algorithm="RS256")

    return sign


def test_client_credentials_give_a_token_from_form_fields(api: Api) -> None:
    answer = api.token(grant_type="client_credentials", client_id=KEY, client_secret=SECRET)
    assert answer.status_code == 200
    told = answer.json()
    assert told["instance_url"] == api.root
    assert told["token_type"] == "Bearer"
    assert told["access_token"].startswith("00D")
    assert "expires_in" not in told
    assert "Sforce-Limit-Info" not in answer.headers


def test_client_credentials_give_a_token_from_basic_authorization(api: Api) -> None:
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
def test_other_ways_to_ask_for_a_token_are_refused_with_an_object(api: Api, form: dict[str, str], error: str) -> None:
    answer = api.token(**form)
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert answer.json()["error_description"]


def test_a_signed_assertion_gives_a_token(api: Api, assertion: Callable[..., str]) -> None:
    answer = api.token(grant_type=JWT_GRANT, assertion=assertion())
    assert answer.status_code == 200, answer.text
    api.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    assert api.get("/limits").status_code == 200


def test_an_assertion_that_another_key_signed_is_refused(api: Api, assertion: Callable[..., str]) -> None:
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
def test_an_assertion_with_a_wrong_claim_is_refused(
    api: Api, assertion: Callable[..., str], claims: dict[str, Any]
) -> None:
    answer = api.token(grant_type=JWT_GRANT, assertion=assertion(**claims))
    assert answer.status_code == 400
    assert answer.json()["error"] in ("invalid_grant", "invalid_client_id")


def test_an_assertion_that_expires_far_ahead_is_let_in(api: Api, assertion: Callable[..., str]) -> None:
    """The official command line writes milliseconds where seconds belong, and real orgs do not mind."""
    assert api.token(grant_type=JWT_GRANT, assertion=assertion(minutes=10**6)).status_code == 200


def test_a_token_ends_two_hours_after_its_last_use(api: Api) -> None:
    api.service.clock.advance(hours=1, minutes=50)
    assert api.get("/limits").status_code == 200
    api.service.clock.advance(hours=1, minutes=50)
    assert api.get("/limits").status_code == 200
    api.service.clock.advance(hours=2, minutes=1)
    answer = api.get("/limits")
    assert answer.status_code == 401
    assert answer.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def test_all_tokens_can_be_ended_at_once(api: Api) -> None:
    api.service.expire_tokens()
    assert api.get("/limits").status_code == 401
    api.log_in()
    assert api.get("/limits").status_code == 200


def test_another_kind_of_authorization_is_refused(api: Api) -> None:
    answer = api.get("/limits", headers={"Authorization": "Basic abc"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (401, "INVALID_AUTH_HEADER")


def test_userinfo_and_identity_name_the_user(api: Api) -> None:
    info = api.get("/services/oauth2/userinfo").json()
    user = api.org.users.admin
    assert (info["user_id"], info["preferred_username"]) == (user.id, user.username)
    told = api.token(grant_type="client_credentials", client_id=KEY, client_secret=SECRET).json()
    assert api.get(told["id"]).json()["username"] == user.username


def test_a_revoked_token_is_worth_nothing(api: Api) -> None:
    token = api.http.headers["Authorization"].removeprefix("Bearer ")
    assert api.post("/services/oauth2/revoke", data={"token": token}).status_code == 200
    assert api.get("/limits").status_code == 401
