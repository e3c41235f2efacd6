"""Remove a person from texts: Markdown, CSV and JSON files of a run folder."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from livestorm_salesforce.domain.audit.erasure import PEOPLE, Person


def redact(name: str, text: str, person: Person) -> tuple[str, int]:
    """The text without what names the person, and how many lines, records or values were removed.

    Args:
        name: of the file; its extension decides how the text is read.
    """
    if name.endswith(".csv"):
        return _redact_csv(text, person)
    if name.endswith(".json"):
        return _redact_json(text, person)
    return _redact_lines(text, person)


def _redact_lines(text: str, person: Person) -> tuple[str, int]:
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if not person.mentions(line, person.ids)]
    return "".join(kept), len(lines) - len(kept)


def _redact_csv(text: str, person: Person) -> tuple[str, int]:
    """CSV records may contain line breaks."""
    records = list(csv.reader(io.StringIO(text)))
    places = [place for place, name in enumerate(records[0] if records else []) if name in PEOPLE]
    kept = [record for record in records if not _is_of(person, record, places)]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(kept)
    return (out.getvalue(), len(records) - len(kept)) if len(kept) < len(records) else (text, 0)


def _is_of(person: Person, record: list[str], places: list[int]) -> bool:
    has_id = any(record[place] in person.ids for place in places if place < len(record))
    return has_id or any(person.named(cell) for cell in record)


def _redact_json(text: str, person: Person) -> tuple[str, int]:
    """The result is JSON too: what names the person is removed from lists and keys, and emptied elsewhere."""
    removed: list[str] = []
    try:
        document = json.loads(text)
    except ValueError:  # half of it was written
        return _redact_lines(text, person)
    kept = _pruned(document, person, removed)
    return (json.dumps(kept, ensure_ascii=False, indent=1), len(removed)) if removed else (text, 0)


def _pruned(value: Any, person: Person, removed: list[str]) -> Any:
    if isinstance(value, str) and person.named(value):
        removed.append(value)
        return ""
    if isinstance(value, list):
        own = [item for item in value if isinstance(item, str) and person.named(item)]
        removed.extend(own)
        return [_pruned(item, person, removed) for item in value if item not in own]
    if isinstance(value, dict):
        own = [name for name in value if person.named(name)]
        removed.extend(own)
        return {name: _pruned(item, person, removed) for name, item in value.items() if name not in own}
    return value
