"""Remove a data subject from texts: Markdown, CSV and JSON files of a run folder."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from livestorm_salesforce.csv_export import BOM
from livestorm_salesforce.domain.audit.erasure import ID_COLUMNS, DataSubject


def redact(name: str, text: str, subject: DataSubject) -> tuple[str, int]:
    """Return a text without the person, and the number of lines, records or values removed.

    Args:
        name: file name; its extension states the format.
    """
    if name.endswith(".csv"):
        return _redact_csv(text, subject)
    if name.endswith(".json"):
        return _redact_json(text, subject)
    return _redact_lines(text, subject)


def _redact_lines(text: str, subject: DataSubject) -> tuple[str, int]:
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if not subject.is_mentioned_in(line, subject.ids)]
    return "".join(kept), len(lines) - len(kept)


def _redact_csv(text: str, subject: DataSubject) -> tuple[str, int]:
    """A CSV record may span several lines."""
    records = list(csv.reader(io.StringIO(text)))
    header = [name.removeprefix(BOM) for name in records[0]] if records else []
    columns = [index for index, name in enumerate(header) if name in ID_COLUMNS]
    kept = [record for record in records if not _is_of(subject, record, columns)]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(kept)
    return (out.getvalue(), len(records) - len(kept)) if len(kept) < len(records) else (text, 0)


def _is_of(subject: DataSubject, record: list[str], columns: list[int]) -> bool:
    has_id = any(record[index] in subject.ids for index in columns if index < len(record))
    return has_id or any(subject.is_named_in(cell) for cell in record)


def _redact_json(text: str, subject: DataSubject) -> tuple[str, int]:
    """Values that name the person are removed from lists and keys, and replaced by an empty text elsewhere."""
    removed: list[str] = []
    try:
        document = json.loads(text)
    except ValueError:  # an unfinished file
        return _redact_lines(text, subject)
    kept = _redacted(document, subject, removed)
    return (json.dumps(kept, ensure_ascii=False, indent=1), len(removed)) if removed else (text, 0)


def _redacted(value: Any, subject: DataSubject, removed: list[str]) -> Any:
    if isinstance(value, str) and subject.is_named_in(value):
        removed.append(value)
        return ""
    if isinstance(value, list):
        own = [item for item in value if isinstance(item, str) and subject.is_named_in(item)]
        removed.extend(own)
        return [_redacted(item, subject, removed) for item in value if item not in own]
    if isinstance(value, dict):
        own = [name for name in value if subject.is_named_in(name)]
        removed.extend(own)
        return {name: _redacted(item, subject, removed) for name, item in value.items() if name not in own}
    return value
