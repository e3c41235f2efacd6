"""Contents of the wheels, built offline by the build backend of pyproject.toml."""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
PRODUCT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def build(project: Path, folder: Path) -> Path:
    command = [sys.executable, "-c", BUILD, str(folder)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)  # noqa: S603
    return folder / done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("wheel"))


def contents(wheel: Path) -> set[str]:
    """Files of a wheel without its metadata."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def tracked(folder: Path) -> set[str]:
    """Files that git tracks below a folder, relative to its parent."""
    command = ["git", "ls-files", "-z", "--", folder.name]
    listed = subprocess.run(command, cwd=folder.parent, capture_output=True, text=True, check=True)  # noqa: S603
    return {name for name in listed.stdout.split("\0") if name and (folder.parent / name).exists()}


def test_the_wheel_contains_the_product_and_nothing_else(wheel: Path) -> None:
    assert contents(wheel) >= {f"livestorm_salesforce/{name}" for name in ("py.typed", "config/mapping.yaml")}
    assert contents(wheel) == tracked(ROOT / "include" / "livestorm_salesforce")


def test_the_sandbox_has_its_own_wheel(tmp_path: Path) -> None:
    wheel = build(ROOT / "sandbox", tmp_path)
    assert contents(wheel) == tracked(ROOT / "sandbox" / "service_sandbox")


def test_the_wheel_registers_provider_plugin_and_command(wheel: Path) -> None:
    entry_points = configparser.ConfigParser()
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
        entry_points.read_string(archive.read(name).decode())
    assert {section: dict(entry_points[section]) for section in entry_points.sections()} == {
        "console_scripts": PRODUCT["scripts"],
        **PRODUCT["entry-points"],
    }


def test_a_project_with_its_own_include_package_works_beside_the_installed_product(wheel: Path, tmp_path: Path) -> None:
    """An Astro project has its own `include` package next to `dags`, on sys.path."""
    (tmp_path / "project" / "include").mkdir(parents=True)
    (tmp_path / "project" / "include" / "__init__.py").write_text("NAME = 'ours'\n")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    program = (
        "import include, livestorm_salesforce\n"
        "from livestorm_salesforce.config import Mapping\n"
        "Mapping()\n"
        "print(include.NAME, livestorm_salesforce.__file__)\n"
    )
    path = os.pathsep.join(str(tmp_path / name) for name in ("project", "site"))
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": path},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["ours", str(tmp_path / "site" / "livestorm_salesforce" / "__init__.py")]
