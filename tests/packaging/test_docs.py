"""What the pages name exists: links, paths, commands, settings, keys of the mapping."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from livestorm_salesforce.config import Mapping, Settings
from livestorm_salesforce.config.settings import PREFIX
from tests.packaging.pages import NAMES, PAGES, PRODUCT, ROOT, SCHEDULE, anchors, code_words, prose

MAKE = re.compile(r"(?:`|^|\$ |&& )make ([a-z][a-z-]*)", re.MULTILINE)
FOLDERS = [path for path in (*ROOT.iterdir(), *PRODUCT.iterdir()) if path.is_dir() and path.name[0] != "."]
each_page = pytest.mark.parametrize("page", PAGES, ids=NAMES.get)


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page.read_text())):
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if "://" not in target and not (there.exists() and (not anchor or anchor in anchors(there))):
            broken.append(target)
    assert broken == []


@each_page
def test_every_path_that_is_named_exists(page: Path) -> None:
    """Pages may leave `include/livestorm_salesforce/` out."""
    starts = tuple(f"{path.name}/" for path in FOLDERS)
    named = {word for word in code_words(page.read_text()) if word.startswith(starts) and not set(word) & set(" <*")}
    assert [word for word in named if not any((root / word).exists() for root in (ROOT, PRODUCT))] == []


@each_page
def test_every_make_command_that_is_named_is_a_target(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(MAKE.findall(page.read_text())) <= targets


@pytest.mark.parametrize(
    "page", [*PAGES, ROOT / ".env.example", ROOT / "docker-compose.yaml"], ids=lambda page: page.name
)
def test_every_setting_that_is_named_exists(page: Path) -> None:
    known = {SCHEDULE, *(f"{PREFIX}{name.upper()}" for name in Settings.model_fields)}
    assert set(re.findall(rf"{PREFIX}[A-Z_]+[A-Z]", page.read_text())) <= known


@each_page
def test_every_mapping_key_that_is_named_exists(page: Path) -> None:
    sections = "|".join(name for name, field in Mapping.model_fields.items() if _model(field.annotation))
    dotted = re.compile(rf"((?:{sections})(?:\.[a-z_]+)+)(?:: \S.*)?")
    named = [match[1] for word in code_words(page.read_text()) if (match := dotted.fullmatch(word))]
    assert [key for key in named if not key.endswith((".parquet", ".json")) and not _known(key.split("."))] == []


def _known(path: list[str]) -> bool:
    model: Any = Mapping
    for step in path:
        if model is None or step not in model.model_fields:
            return False
        model = _model(model.model_fields[step].annotation)
    return True


def _model(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation is or may be."""
    parts = [annotation, *getattr(annotation, "__args__", ())]
    return next((part for part in parts if isinstance(part, type) and issubclass(part, BaseModel)), None)


def test_every_decision_has_its_number_once_and_the_four_parts() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert len(pages) >= 18
    assert [page.name[:4] for page in pages] == [f"{number:04d}" for number in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text()
        assert text.startswith(f"# {page.name[:4]}: "), page.name
        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Context", "Options", "Outcome", "Consequences"]
