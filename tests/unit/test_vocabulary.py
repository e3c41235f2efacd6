"""Names use the terms of docs/glossary.md: none of its rejected words is part of a name or of a module's file name."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("include", "dags", "plugins", "sandbox", "scripts", "benchmarks", "tests", "docs")
#: Words whose renaming is still in progress.
WORD_BORDER = re.compile(r"_+|(?<=[a-z0-9])(?=[A-Z])")


def rejected_words() -> dict[str, str]:
    """Word to its replacement, from the table under *Rejected words*."""
    section = (ROOT / "docs" / "glossary.md").read_text("utf-8").split("## Rejected words")[1]
    rows = re.findall(r"^\| (\w+) \| (.+?) \|$", section, re.MULTILINE)
    return {word: replacement for word, replacement in rows if word != "Word"}


def python_files() -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def names(path: Path) -> Iterator[tuple[int, str]]:
    """Line number and name of the module itself (line 0) and of each identifier."""
    yield 0, path.stem
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.NAME:
                yield token.start[0], token.string


def words(name: str) -> set[str]:
    return {word.lower() for word in WORD_BORDER.split(name)}


def test_the_glossary_lists_rejected_words() -> None:
    assert len(rejected_words()) > 40


def test_no_name_contains_a_rejected_word() -> None:
    rejected = rejected_words()
    found = sorted(
        f"{path.relative_to(ROOT)}:{line}: {name} (use {rejected[word]})"
        for path in python_files()
        for line, name in set(names(path))
        for word in words(name) & rejected.keys()
    )
    assert found == []
