"""The token cache."""

from __future__ import annotations

import stat

from livestorm_salesforce.clients.salesforce.token import Token, TokenCache
from tests.fake_clock import FakeClock


def test_the_stored_token_is_encrypted_and_private(tmp_path):
    path = tmp_path / "folder" / "token"
    token = Token("canary", "https://localhost")
    TokenCache("secret", "label", path).write(token)
    assert b"canary" not in path.read_bytes() and b"localhost" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert TokenCache("secret", "label", path).read() == token
    assert TokenCache("another", "label", path).read() is None
    assert TokenCache("secret", "other org", path).read() is None
    assert list(path.parent.iterdir()) == [path]


def test_an_unusable_file_or_folder_is_ignored(tmp_path):
    path = tmp_path / "token"
    cache = TokenCache("secret", "label", path)
    path.write_bytes(b"damaged")
    assert cache.read() is None
    blocked = TokenCache("secret", "label", tmp_path / "token" / "below a file")
    blocked.write(Token("t", "https://x"))
    assert blocked.read() is None


def test_the_default_file_is_private_and_named_by_a_hash(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    TokenCache("secret", "label").write(Token("t", "https://x"))
    (folder,) = tmp_path.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (file,) = folder.iterdir()
    assert "label" not in file.name and "secret" not in file.name


def test_the_repr_of_a_token_hides_it():
    assert "canary" not in repr(Token("canary", "https://x"))


def test_a_token_of_a_clock_that_was_ahead_is_not_used(tmp_path):
    now = FakeClock()
    ahead = FakeClock(now.now() + 365 * 86_400)
    TokenCache("secret", "label", tmp_path / "token", clock=ahead).write(Token("t", "https://org"))
    assert TokenCache("secret", "label", tmp_path / "token", clock=ahead).read() == Token("t", "https://org")
    assert TokenCache("secret", "label", tmp_path / "token", clock=now).read() is None
