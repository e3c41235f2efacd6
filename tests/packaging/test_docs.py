"""What the pages name exists: links, paths, commands, settings, mapping keys."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from livestorm_salesforce.config import Mapping, Settings
from livestorm_salesforce.config.settings import PREFIX
from tests.packaging.pages import (
    CHANGELOG,
    DECISIONS,
    DOCS,
    NAMES,
    PAGES,
    PARSED,
    PRODUCT,
    ROOT,
    anchors,
    code_words,
    prose,
)

MAKE = re.compile(r"(?:`|^|\$ |&& )make ([a-z][a-z-]*)", re.MULTILINE)
FOLDERS = [path for path in (*ROOT.iterdir(), *PRODUCT.iterdir()) if path.is_dir() and path.name[0] != "."]
LINK = re.compile(r"\]\(([^)\s]+)\)")
each_page = pytest.mark.parametrize("page", PAGES, ids=NAMES.get)


@pytest.mark.parametrize("page", [*PAGES, CHANGELOG], ids=NAMES.get)
def test_every_relative_link_has_a_target(page: Path) -> None:
    broken = []
    for target in LINK.findall(prose(page.read_text("utf-8"))):
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if "://" not in target and not (file.exists() and (not anchor or anchor in anchors(file))):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", [page for page in PAGES if DOCS in page.parents], ids=NAMES.get)
def test_pages_of_the_site_link_only_to_pages_of_the_site(page: Path) -> None:
    targets = [target.partition("#")[0] for target in LINK.findall(prose(page.read_text("utf-8")))]
    outside = [
        path for path in targets if path and "://" not in path and DOCS not in (page.parent / path).resolve().parents
    ]
    assert outside == []


def test_every_page_is_linked_from_the_navigation_page() -> None:
    linked = {(DOCS / target).resolve() for target in LINK.findall(prose((DOCS / "index.md").read_text("utf-8")))}
    pages = {page for page in DOCS.rglob("*.md") if page.parent != DECISIONS} - {DOCS / "index.md"}
    assert pages <= linked


@each_page
def test_every_path_that_is_named_exists(page: Path) -> None:
    """Pages may leave `include/livestorm_salesforce/` out."""
    starts = tuple(f"{path.name}/" for path in FOLDERS)
    named = {
        word for word in code_words(page.read_text("utf-8")) if word.startswith(starts) and not set(word) & set(" <*")
    }
    assert [word for word in named if not any((root / word).exists() for root in (ROOT, PRODUCT))] == []


@each_page
def test_every_make_command_that_is_named_is_a_target(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(MAKE.findall(page.read_text("utf-8"))) <= targets


@pytest.mark.parametrize(
    "page", [*PAGES, ROOT / ".env.example", ROOT / "docker-compose.yaml"], ids=lambda page: NAMES.get(page, page.name)
)
def test_every_setting_that_is_named_exists(page: Path) -> None:
    known = {*PARSED, *(f"{PREFIX}{name.upper()}" for name in Settings.model_fields)}
    assert set(re.findall(rf"{PREFIX}[A-Z_]+[A-Z]", page.read_text("utf-8"))) <= known


@each_page
def test_every_mapping_key_that_is_named_exists(page: Path) -> None:
    sections = "|".join(name for name, field in Mapping.model_fields.items() if _model(field.annotation))
    dotted = re.compile(rf"((?:{sections})(?:\.[a-z_]+)+)(?:: \S.*)?")
    named = [match[1] for word in code_words(page.read_text("utf-8")) if (match := dotted.fullmatch(word))]
    assert [key for key in named if not _known(key.split("."))] == []


def _known(path: list[str]) -> bool:
    model: Any = Mapping
    for step in path:
        if model is None or step not in model.model_fields:
            return False
        model = _model(model.model_fields[step].annotation)
    return True


def _model(annotation: Any) -> type[BaseModel] | None:
    """The model class in an annotation, if there is one."""
    parts = [annotation, *getattr(annotation, "__args__", ())]
    return next((part for part in parts if isinstance(part, type) and issubclass(part, BaseModel)), None)


def test_every_decision_has_its_number_once_and_the_four_sections() -> None:
    pages = sorted(DECISIONS.glob("0*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04d}" for number in range(len(pages))]
    for page in pages:
        text = page.read_text("utf-8")
        assert text.startswith(f"# {page.name[:4]}: "), page.name
        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Context", "Options", "Outcome", "Consequences"]


def test_the_readme_is_one_page() -> None:
    assert len((ROOT / "README.md").read_bytes()) < 6_000
