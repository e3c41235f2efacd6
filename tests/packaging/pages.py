"""The project's pages, read as their readers would: prose, words in backticks, fenced blocks, tables."""

from __future__ import annotations

import re
from pathlib import Path

from livestorm_salesforce.config.settings import PREFIX

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
TEXT = README.read_text()
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "tests").rglob("README.md"))]
NAMES = {path: str(path.relative_to(ROOT)) for path in PAGES}
PRODUCT = ROOT / "include" / "livestorm_salesforce"
SCHEDULE = f"{PREFIX}SCHEDULE"  # read by the DAG file itself


def blocks(text: str, language: str) -> list[str]:
    """Fenced code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def prose(text: str) -> str:
    """The text without fenced blocks."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def code_words(text: str) -> set[str]:
    """What stands in single backticks."""
    return set(re.findall(r"`([^`\n]+)`", prose(text)))


def table(title: str) -> list[list[str]]:
    """The cells of the README's table whose first heading is `title`, without backticks around them.

    Raises:
        AssertionError: there is none.
    """
    lines = TEXT.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith(f"| {title} |")]
    assert len(starts) == 1, f"README has {len(starts)} tables '{title}'"
    rows = []
    for line in lines[starts[0] + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip().strip("|").split("|")])
    return rows


def plain(cell: str) -> str:
    return cell.strip("`")


def section(title: str) -> str:
    """The README's text from a heading to the next one of its level or above."""
    level = len(title.split(" ", maxsplit=1)[0])
    rest = TEXT[TEXT.index(f"\n{title}\n") + len(title) + 2 :]
    following = re.search(rf"^#{{1,{level}}} ", rest, re.MULTILINE)
    return rest[: following.start()] if following else rest


def anchors(page: Path) -> set[str]:
    """Anchors of a page's headings, as the usual viewers make them."""
    titles = re.findall(r"^#+ (.*)$", prose(page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
