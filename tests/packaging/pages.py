"""The documentation pages as text: prose, words in backticks, fenced blocks, tables, anchors."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ROOT / "include" / "livestorm_salesforce"
DOCS = ROOT / "docs"
GUIDE, OPERATE, REFERENCE, DECISIONS = (DOCS / name for name in ("guide", "operate", "reference", "decisions"))
#: The changelog names things that no longer exist.
CHANGELOG = ROOT / "CHANGELOG.md"
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted(DOCS.rglob("*.md")),
    *sorted((ROOT / "tests").rglob("README.md")),
]
NAMES = {path: str(path.relative_to(ROOT)) for path in [*PAGES, CHANGELOG]}


def blocks(text: str, language: str) -> list[str]:
    """Fenced code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def prose(text: str) -> str:
    """The text without fenced blocks."""
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)


def code_words(text: str) -> set[str]:
    """What stands in single backticks."""
    return set(re.findall(r"`([^`\n]+)`", prose(text)))


def table(page: Path, title: str) -> list[list[str]]:
    """Cells of the page's table whose first heading is `title`.

    Raises:
        AssertionError: the page does not have exactly one such table.
    """
    lines = page.read_text("utf-8").splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith(f"| {title} |")]
    assert len(starts) == 1, f"{page.name} has {len(starts)} tables '{title}'"
    rows = []
    for line in lines[starts[0] + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip().strip("|").split("|")])
    return rows


def plain(cell: str) -> str:
    """The cell without backticks around it."""
    return cell.strip("`")


def anchors(page: Path) -> set[str]:
    """Anchors of the page's headings, as GitHub and the documentation site generate them."""
    titles = re.findall(r"^#+ (.*)$", prose(page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


#: Read at parse time, without the model of the settings.
PARSED = {
    "LIVESTORM_SALESFORCE_SCHEDULE": "@hourly",
    "LIVESTORM_SALESFORCE_TASK_TIMEOUT_HOURS": "3",
    "LIVESTORM_SALESFORCE_RUN_TIMEOUT_HOURS": "36",
    "LIVESTORM_SALESFORCE_APPROVAL_HOURS": "24",
    "LIVESTORM_SALESFORCE_NO_SUCCESS_HOURS": "24",
    "LIVESTORM_SALESFORCE_NOTIFIER": "",
    "LIVESTORM_SALESFORCE_NOTIFIER_ARGS": "",
}
