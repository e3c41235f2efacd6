"""The sandbox's README names everything that it should, and its examples work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from service_sandbox import Sandbox
from service_sandbox.__main__ import parser
from service_sandbox.admin import create_admin
from service_sandbox.livestorm.settings import Settings
from service_sandbox.seeds import loader, webinars
from tests.sandbox.conftest import Make

README = (Path(__file__).resolve().parents[2] / "sandbox/README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_every_option_of_the_program_is_told() -> None:
    serve = parser()._subparsers._group_actions[0].choices["serve"]  # type: ignore[union-attr,index]
    options = {option for action in serve._actions for option in action.option_strings} - {"-h", "--help"}
    assert {option for option in options if f"`{option}`" not in README} == set()


def test_every_fault_is_told(sandbox: Sandbox) -> None:
    assert [name for name in sandbox.faults.names() if f"`{name}`" not in README] == []


def test_every_setting_is_told() -> None:
    assert [name for name in vars(Settings()) if f"`{name}`" not in README] == []


def test_every_admin_path_is_told(sandbox: Sandbox) -> None:
    paths = {route.path for route in create_admin(sandbox).routes}  # type: ignore[attr-defined]
    assert {path for path in paths if path not in README} == set()


def test_every_word_of_a_seed_file_is_told_or_an_argument() -> None:
    (example,) = blocks("yaml")
    words = set.union(*loader.WORDS.values()) | {"label", "form", "sessions", "planned", "registrants", "crowd"}
    words |= {"answers", "attended", "replay", "removed_at"} & webinars.REGISTRANT_WORDS
    assert {word for word in words if f"{word}:" not in example} == set()


def test_the_seed_file_of_the_readme_works(make: Make, tmp_path: Path) -> None:
    (example,) = blocks("yaml")
    path = tmp_path / "seed.yaml"
    path.write_text(example.replace("size: 3000", "size: 3"), encoding="utf-8")
    assert YAML(typ="safe").load(path)["extends"] == "empty"
    sandbox = make(path, start=None)
    assert set(sandbox.labels) == {"tour", "soon", "acme", "anna", "old"}


def test_the_python_example_works(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = blocks("python")
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102 - our own README
    assert "[]" in capsys.readouterr().out
