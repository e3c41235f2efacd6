"""The webhook endpoint: authentication, stored deliveries, and answers without personal data."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import Any

import pytest
import requests

from livestorm_salesforce.clients.livestorm.webhook_signature import is_valid_signature, parse_timestamp
from livestorm_salesforce.state import webhook_queue
from livestorm_salesforce.web.body_reader import MAX_BODY
from tests.harness.webinar import Webinar
from tests.integration.webhooks.conftest import SECRET, Post, until

ADDRESS = "ada@acme.example"


@pytest.fixture
def body(webinar: Webinar, post: Post) -> bytes:
    webinar.register("ada")
    return post.body(webinar.session, ADDRESS)


def changed(body: bytes, **data: Any) -> bytes:
    document = json.loads(body)
    return json.dumps({"data": {**document["data"], **data}}).encode()


def test_what_livestorm_signed_is_kept_without_join_link_and_key(post: Post, body: bytes) -> None:
    assert b"connection_link" in body and b"password_key" in body
    assert post.send(body) == 204
    (kept,) = post.queued.values()
    sent = json.loads(body)["data"]
    assert kept["attributes"]["email"] == ADDRESS
    for secret in ("connection_link", "password_key"):
        assert sent["attributes"]["registrant_detail"].pop(secret)
    assert kept["attributes"] == sent["attributes"]


def test_half_a_character_is_left_out_and_not_refused_for_ever(webinar: Webinar, post: Post) -> None:
    webinar.register("ada")
    assert post.send(post.body(webinar.session, ADDRESS, first_name="Ada\ud83d 🚀")) == 204
    (kept,) = post.queued.values()
    assert kept["attributes"]["first_name"] == "Ada 🚀"


def test_a_repeated_delivery_is_stored_once(post: Post, body: bytes) -> None:
    assert [post.send(body), post.send(body)] == [204, 204]
    post.pass_time(hours=14, seconds=1)
    assert post.send(body) == 204
    assert len(post.queued) == 1


@pytest.mark.parametrize("ago", [0, 290, -290])
def test_a_signature_of_the_last_minutes_lets_in(post: Post, body: bytes, ago: float) -> None:
    assert post.send(body, post.signed(body, ago=ago)) == 204


@pytest.mark.parametrize("ago", [310, -310, 86_400])
def test_an_old_signature_does_not_though_it_is_right(post: Post, body: bytes, ago: float) -> None:
    assert post.send(body, post.signed(body, ago=ago)) == 401
    assert post.queued == {}


def test_a_wrong_signature_is_refused_without_a_word_why(post: Post, body: bytes) -> None:
    right = post.signed(body)["x-livestorm-signature"]
    stamp, digest = right.split(",")
    wrong = [
        "", digest, f"{digest},{stamp}", f"{stamp},{digest[:-1]}", f"{stamp},{'0' * 64}", f"{right} 1",
        f"{int(stamp) + 1},{digest}", f"-{right}", f"{stamp},{digest},{digest}",
    ]  # fmt: skip
    for header in wrong:
        answer = requests.post(
            post.url, data=body, headers={"x-livestorm-signature": header}, verify=post.ca, timeout=10
        )
        assert (answer.status_code, answer.json()) == (401, {"detail": "Unauthorized"}), header
    assert post.send(body, {}) == 401
    assert post.send(body.replace(b"Ada", b"Eve"), post.signed(body)) == 401
    assert post.send(body + b"x", post.signed(body)) == 401
    assert post.send(body, post.signed(body, secret="another")) == 401
    assert post.send(body, post.signed(body, secret="")) == 401
    assert post.queued == {}


def test_without_a_secret_there_is_no_door(post: Post, body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (None, ""):
        monkeypatch.delenv(SECRET, raising=False)
        if value is not None:
            monkeypatch.setenv(SECRET, value)
        assert post.send(body) == 404
        assert post.send(body, post.signed(body, secret="")) == 404
    assert post.queued == {}


def test_a_large_body_is_refused_and_one_at_the_limit_is_not(post: Post, body: bytes) -> None:
    padded = body + b" " * (MAX_BODY - len(body))
    assert post.send(padded) == 204
    assert post.send(padded + b" ") == 413
    assert len(post.queued) == 1


def test_a_body_without_an_end_is_given_up_at_the_limit(post: Post, body: bytes) -> None:
    handed = []

    def endless():
        while len(handed) < 10_000:
            handed.append(1)
            yield b" " * 65_536

    try:
        answer = requests.post(post.url, data=endless(), headers=post.signed(body), verify=post.ca, timeout=10)
        assert answer.status_code == 413
    except requests.ConnectionError:
        pass  # closed in the middle of our sending
    assert len(handed) < 1_000


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_not_json_is_a_bad_request(post: Post, body: bytes, text: bytes) -> None:
    assert post.send(text) == 400


def test_what_is_signed_and_of_no_use_is_taken_and_dropped(post: Post, body: bytes) -> None:
    """Any other answer would have Livestorm try again and then end the subscription."""
    attributes = json.loads(body)["data"]["attributes"]
    no_session = {**attributes, "registrant_detail": {"event_id": "e1"}}
    useless = [
        b"null", b"[]", b"{}", b'{"data": null}', b'{"data": []}', b'"people.registered"',
        changed(body, meta={"webhook": {"event": "session.ended"}}), changed(body, meta={"webhook": {}}),
        changed(body, meta=None), changed(body, id=""), changed(body, id=True), changed(body, attributes=[]),
        changed(body, attributes=no_session), changed(body, attributes={}),
    ]  # fmt: skip
    assert [post.send(each) for each in useless] == [204] * len(useless)
    assert post.queued == {}


def test_what_cannot_be_kept_is_asked_for_again(
    post: Post, body: bytes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, f"No space left for {ADDRESS}")

    monkeypatch.setattr(webhook_queue, "enqueue", full)
    with caplog.at_level(logging.DEBUG):
        assert post.send(body) == 503
    assert "could not be stored (OSError)" in caplog.text
    assert ADDRESS not in caplog.text


def test_nothing_of_a_person_is_logged(post: Post, body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for text in (body, changed(body, meta={"webhook": {"event": ADDRESS}}), body[:-5]):
            post.send(text)
            post.send(text, post.signed(text, secret="another"))
    assert "is not needed" in caplog.text
    assert "ada" not in caplog.text.lower()


@pytest.mark.parametrize("levels", [40, 950, 20_000])
def test_a_signed_delivery_that_is_nested_too_deeply_is_not_stored(
    post: Post, body: bytes, levels: int, caplog: pytest.LogCaptureFixture
) -> None:
    document = json.loads(body)
    document["data"]["attributes"]["answer"] = "NESTED"
    text = json.dumps(document).replace('"NESTED"', "[" * levels + "]" * levels).encode()
    with caplog.at_level(logging.WARNING):
        assert post.send(text) in ((204,) if levels == 40 else (204, 400))
    assert "levels was ignored" in caplog.text or levels > 40
    assert post.queued == {}


@pytest.mark.parametrize("place", ["person", "session"])
@pytest.mark.parametrize("character", ["\ud83d", "\0"], ids=["half a surrogate pair", "null"])
def test_an_id_that_cannot_be_stored_is_no_server_error(post: Post, body: bytes, place: str, character: str) -> None:
    document = json.loads(body)
    if place == "person":
        document["data"]["id"] = f"p{character}"
    else:
        document["data"]["attributes"]["registrant_detail"]["session_id"] = f"s{character}"
    assert post.send(json.dumps(document).encode()) == 204
    assert post.queued == {}


def test_other_methods_are_not_answered(post: Post) -> None:
    assert requests.get(post.url, verify=post.ca, timeout=10).status_code == 405


def test_the_signature_is_that_of_the_reference() -> None:
    """`printf '%s' '1793350180topsecret{"data": 1}' | sha256sum`"""
    digest = "96f3a224ebb2af50dbb0a670de464f1cd771d04034644f18108a4512971ed48a"
    assert is_valid_signature(f"1793350180,{digest}", "topsecret", b'{"data": 1}')
    for header in (f" 1793350180 ,\t{digest} ", f"1793350180, {digest.upper()}"):
        assert is_valid_signature(header, "topsecret", b'{"data": 1}')
        assert parse_timestamp(header, 1793350180.0) == 1793350180
    assert parse_timestamp(f"1793350180,{digest}", 1793350480.0) == 1793350180
    assert parse_timestamp(f"1793350180,{digest}", 1793350481.5) is None


COMPACT = '{"data":{"first_name":"Zoé 🚀","rate":87,"link":"https://x/?a&b"}}'


@pytest.mark.parametrize(
    ("body", "signed"),
    [
        (COMPACT, COMPACT),
        ('{"data": {"first_name": "Zoé 🚀", "rate": 87, "link": "https://x/?a&b"}}', COMPACT),
        (r'{"data":{"first_name":"Zo\u00e9 \ud83d\ude80","rate":87,"link":"https:\/\/x\/?a\u0026b"}}', COMPACT),
        (COMPACT, r'{"data":{"first_name":"Zo\u00e9 \ud83d\ude80","rate":87,"link":"https://x/?a&b"}}'),
        (COMPACT, COMPACT.replace("&", r"\u0026")),
        (COMPACT.replace("87", "87.0"), COMPACT),
        (r'{"data": "half \uD83D"}', r'{"data":"half \ud83d"}'),
        ("not JSON", "not JSON"),
        ("[" * 100_000, "[" * 100_000),
    ],
    ids=[
        "compact",
        "spaced",
        "escaped",
        "signed escaped",
        "signed by Rails",
        "number",
        "lone surrogate",
        "no JSON",
        "nested",
    ],
)
@pytest.mark.parametrize("comma", [",", ", ", ",  ", ",\t"])
def test_the_digest_of_the_raw_body_or_of_its_compact_form_is_accepted(body: str, signed: str, comma: str) -> None:
    digest = hashlib.sha256(b"1793350180topsecret" + signed.encode()).hexdigest()
    header = f"1793350180{comma}{digest}"
    assert parse_timestamp(header, 1793350180.0) == 1793350180
    assert is_valid_signature(header, "topsecret", body.encode())
    assert not is_valid_signature(header, "another", body.encode())
    assert not is_valid_signature(header, "topsecret", body.replace("a", "e").replace("N", "n").encode() + b"1")


@pytest.mark.parametrize("form", ["compact", "escaped", "spaced"])
@pytest.mark.parametrize("space", [False, True])
def test_deliveries_of_every_form_are_kept(webinar: Webinar, post: Post, form: str, space: bool) -> None:
    webinar.world.livestorm.settings.change(webhook_body=form, webhook_header_space=space)
    post.subscribe("people.registered")
    webinar.register("zoé", first_name="Zoé")
    post.pass_time()
    until(lambda: [one["status"] for one in webinar.world.livestorm.webhooks.deliveries] == [204])
    assert len(post.queued) == 1
