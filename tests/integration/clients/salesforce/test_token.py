"""The kept token: private, encrypted, and never a reason to fail."""

from __future__ import annotations

import stat

from airflow.sdk import ObjectStoragePath
from upath import UPath

from livestorm_salesforce.clients.salesforce.token import Token, TokenCache


def test_the_kept_token_is_encrypted_private_and_readable_with_the_secret_only(tmp_path):
    path = tmp_path / "folder" / "token"
    token = Token("canary", "https://localhost")
    TokenCache("secret", "label", path).write(token)
    assert b"canary" not in path.read_bytes() and b"localhost" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert TokenCache("secret", "label", path).read() == token
    assert TokenCache("another", "label", path).read() is None
    assert TokenCache("secret", "other org", path).read() is None
    assert list(path.parent.iterdir()) == [path]


def test_a_damaged_file_or_a_folder_that_cannot_be_written_costs_a_login_only(tmp_path):
    path = tmp_path / "token"
    cache = TokenCache("secret", "label", path)
    path.write_bytes(b"damaged")
    assert cache.read() is None
    blocked = TokenCache("secret", "label", tmp_path / "token" / "below a file")
    blocked.write(Token("t", "https://x"))
    assert blocked.read() is None


def test_a_token_can_be_kept_where_airflow_keeps_objects(tmp_path):
    for path in (ObjectStoragePath(f"file://{tmp_path}/token"), UPath("memory://tokens/token")):
        TokenCache("secret", "label", path).write(Token("t", "https://x"))
        assert TokenCache("secret", "label", path).read() == Token("t", "https://x")
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600


def test_by_default_the_token_lies_in_a_folder_of_this_user_and_is_named_by_a_hash(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    TokenCache("secret", "label").write(Token("t", "https://x"))
    (folder,) = tmp_path.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (file,) = folder.iterdir()
    assert "label" not in file.name and "secret" not in file.name


def test_a_token_shows_nothing_of_itself():
    assert "canary" not in repr(Token("canary", "https://x"))
