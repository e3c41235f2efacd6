"""requirements.txt is consistent with requirements.in and both pyproject.toml files, checked offline."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]


def requirements(name: str) -> list[Requirement]:
    """Requirements of a file; hashes are on lines of their own."""
    lines = (line.split("#")[0].rstrip("\\ ").strip() for line in (ROOT / name).read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("--hash=")]


DIRECT = requirements("requirements.in")
PINNED = {canonicalize_name(pin.name): pin for pin in requirements("requirements.txt")}


@pytest.mark.parametrize("requirement", DIRECT, ids=lambda requirement: requirement.name)
def test_every_direct_requirement_is_pinned_to_a_version_it_allows(requirement: Requirement) -> None:
    pin = PINNED[canonicalize_name(requirement.name)]
    (version,) = pin.specifier
    assert version.operator == "=="
    assert requirement.specifier.contains(version.version, prereleases=True)


def imported(folder: Path) -> Iterator[str]:
    """Top-level names of the modules that a package imports."""
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from (name.name.split(".")[0] for name in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.split(".")[0]


@pytest.mark.parametrize(
    ("project", "package"), [(".", "include/livestorm_salesforce"), ("sandbox", "service_sandbox")]
)
def test_every_imported_library_is_a_declared_dependency(project: str, package: str) -> None:
    folder = ROOT / project / package
    document = tomllib.loads((ROOT / project / "pyproject.toml").read_text())["project"]
    declared = {canonicalize_name(Requirement(line).name) for line in document["dependencies"]} | {"pydantic-core"}
    distributions = metadata.packages_distributions()
    libraries = {name for name in imported(folder) if name not in {*sys.stdlib_module_names, folder.name}}
    providing = {name: {canonicalize_name(each) for each in distributions.get(name, ())} for name in libraries}
    assert {name: found for name, found in providing.items() if not found & declared} == {}


def test_every_line_of_the_lock_is_one_exact_version() -> None:
    loose = [str(pin) for pin in PINNED.values() if [part.operator for part in pin.specifier] != ["=="]]
    assert loose == []


def test_the_lock_names_exactly_our_direct_requirements_as_direct() -> None:
    """uv notes under each pin what required it: a name removed from requirements.in only is found."""
    direct, current = set(), ""
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        if line and not line.startswith((" ", "#")):
            current = canonicalize_name(Requirement(line.split("#")[0].rstrip("\\ ")).name)
        elif line.strip().removeprefix("#").strip().removeprefix("via").strip() == "-r requirements.in":
            direct.add(current)
    assert direct == {canonicalize_name(requirement.name) for requirement in DIRECT}


def test_the_lock_names_the_command_that_creates_it() -> None:
    assert "make lock" in (ROOT / "requirements.txt").read_text()[:200]


def test_the_installed_versions_are_the_pinned_ones() -> None:
    differing = {
        name: (installed, str(pin.specifier))
        for name, pin in PINNED.items()
        if (pin.marker is None or pin.marker.evaluate())
        and not pin.specifier.contains(installed := _installed(name), prereleases=True)
    }
    assert differing == {}


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "0"
