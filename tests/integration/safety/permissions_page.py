"""The tables of docs/reference/permissions.md, read as rights of the sandbox's user."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.packaging.pages import ROOT

PAGE = ROOT / "docs" / "reference" / "permissions.md"
SYSTEM = {"System: API Enabled": "api_enabled", "User: Marketing User": "marketing_user"}
VIEW_ALL = ": View All Records"
Rights = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """One line of either table.

    Attributes:
        what: an object's label, several with commas, or a right of the whole user. granted: deeds, or fields.
        when: `always` or the condition. without: what the page says happens without it.
    """

    what: str
    granted: tuple[str, ...]
    when: str
    without: str

    @property
    def objects(self) -> list[str]:
        return [name.replace(" ", "") for name in self.what.removesuffix(VIEW_ALL).split(", ")]


def lines(page: Path = PAGE) -> list[Line]:
    """Every line of the two tables under *Salesforce*."""
    section = page.read_text("utf-8").split("## Salesforce")[1].split("\n## ")[0]
    return [
        Line(row[0], tuple(re.findall(r"[\w.]+", row[1])), row[2].strip("`"), row[-1])
        for row in _rows(section)
        if row[0] not in ("what", "object", "---")
    ]


def _rows(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if line.startswith("|"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def rights(*conditions: str) -> Rights:
    """What the page grants always, and under these conditions, in the words of a seed file."""
    made: Rights = {"objects": {}, "fields": {}, "view_all": [], "api_enabled": False, "marketing_user": False}
    known = {line.when for line in lines()}
    assert {"always", *conditions} <= known, f"the page knows {known}"
    for line in lines():
        if line.when in ("always", *conditions):
            _grant(made, line)
    return made


def _grant(made: Rights, line: Line) -> None:
    if line.what in SYSTEM:
        made[SYSTEM[line.what]] = True
    elif line.what.endswith(VIEW_ALL):
        made["view_all"] += line.objects
    elif {"read", "create", "edit", "delete"} & set(line.granted):
        for name in line.objects:
            made["objects"].setdefault(name, []).extend(line.granted)
    else:
        (name,) = line.objects
        made["fields"].setdefault(name, {}).update(dict.fromkeys(line.granted, "read" if name == "Account" else "edit"))


def lacking(line: Line, *conditions: str) -> dict[str, Rights]:
    """Those rights without one of what the line grants, by what is missing."""
    every = rights(*conditions)
    if line.what in SYSTEM:
        return {line.what: {**every, SYSTEM[line.what]: False}}
    found = {}
    for granted in line.granted:
        for name in line.objects:
            less = found[f"{name} {granted}"] = copy.deepcopy(every)
            if granted in ("read", "create", "edit"):
                less["objects"][name].remove(granted)
            else:
                del less["fields"][name][granted]
    return found
