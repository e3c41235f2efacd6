"""The README documents every option, fault, setting and admin path, and its examples work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import service_sandbox
from service_sandbox import Sandbox
from service_sandbox.__main__ import parser
from service_sandbox.admin import create_admin
from service_sandbox.livestorm.settings import Settings
from service_sandbox.seeds import loader, workspace_rows
from tests.sandbox.conftest import Make

README = Path(service_sandbox.__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def options() -> set[str]:
    serve = parser()._subparsers._group_actions[0].choices["serve"]  # type: ignore[union-attr,index]
    return {option for action in serve._actions for option in action.option_strings} - {"-h", "--help"}


def admin_paths(sandbox: Sandbox) -> set[str]:
    return {route.path for route in create_admin(sandbox).routes}  # type: ignore[attr-defined]


def test_every_option_fault_setting_and_admin_path_is_documented(sandbox: Sandbox) -> None:
    names = {f"`{name}`" for name in (*options(), *sandbox.faults.names(), *vars(Settings()))}
    assert {name for name in (*names, *admin_paths(sandbox)) if name not in README} == set()


def test_the_seed_example_contains_every_key_that_is_not_an_argument() -> None:
    (example,) = blocks("yaml")
    keys = set.union(*loader.KEYS.values()) | {"label", "form", "sessions", "planned", "registrants", "crowd"}
    keys |= {"answers", "attended", "replay", "removed_at"} & workspace_rows.REGISTRANT_KEYS
    assert {key for key in keys if f"{key}:" not in example} == set()


def test_the_seed_example_works(make: Make, tmp_path: Path) -> None:
    (example,) = blocks("yaml")
    path = tmp_path / "seed.yaml"
    path.write_text(example.replace("size: 3000", "size: 3"), encoding="utf-8")
    assert YAML(typ="safe").load(path)["extends"] == "empty"
    sandbox = make(path, start=None)
    assert set(sandbox.labels) == {"tour", "soon", "acme", "anna", "old"}


def test_the_python_example_works(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = blocks("python")
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102 - the README of this package
    assert "[]" in capsys.readouterr().out
