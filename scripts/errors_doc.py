"""Generate docs/reference/errors.md: `python -m scripts.errors_doc`; `--check` only compares."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

from livestorm_salesforce import errors
from livestorm_salesforce.problems import DEFAULT_REMEDY, REMEDIES

FILE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "errors.md"
HEAD = """# Errors

Generated from `include/livestorm_salesforce/errors.py` and `include/livestorm_salesforce/problems.py` by
`python -m scripts.errors_doc`; a test compares it. Messages never contain an address, a name or a token; the report in
the run folder has more detail than the log.
"""


def page() -> str:
    classes = [
        (name, kind) for name, kind in vars(errors).items()
        if inspect.isclass(kind) and issubclass(kind, errors.SyncError) and kind is not errors.SyncError
    ]  # fmt: skip
    parts = [
        HEAD,
        "## Frequent situations\n",
        _table(
            ("Situation", "Message", "Meaning", "Remedy"),
            [(one.name, f"`{one.kind}`: {one.see}", one.means, one.do) for one in errors.SITUATIONS],
        ),
        "\n## Error classes\n\nThe class states what happens next.\n",
        _table(
            ("Class", "Meaning", "Remedy unless the message states another"),
            [(f"`{name}`", _first(kind), kind.remedy) for name, kind in classes],
        ),
        f"\n## Codes in the report\n\nAny other code: {DEFAULT_REMEDY}.\n",
        _table(("Code", "Remedy"), [(f"`{code}`", remedy) for code, remedy in sorted(REMEDIES.items())]),
    ]
    return "\n".join(parts) + "\n"


def _first(kind: type) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((inspect.getdoc(kind) or "").split("\n\n")[0].split())


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def main() -> int:
    if "--check" in sys.argv[1:]:
        return 0 if FILE.exists() and FILE.read_text("utf-8") == page() else 1
    FILE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
