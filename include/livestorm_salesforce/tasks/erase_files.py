"""Remove a data subject from one file: a frame, raw responses, a text, or an unfinished file."""

from __future__ import annotations

import gzip

from livestorm_salesforce.atomic_files import TEMPORARY
from livestorm_salesforce.domain.audit.erasure import DataSubject
from livestorm_salesforce.storage import Folder
from livestorm_salesforce.tasks.redaction import redact

TEXTS = (".md", ".csv", ".json")


def read_lines(folder: Folder, name: str) -> list[str]:
    """Lines of a file of raw responses, one document each; only a line feed ends a line."""
    return gzip.decompress(folder.read_bytes(name)).decode().removesuffix("\n").split("\n")


def clean(folder: Folder, name: str, subject: DataSubject) -> dict[str, int]:
    """Remove the person from a file; returns numbers of rows, lines and unfinished files removed.

    An unfinished file of a killed task cannot be read and is deleted.
    """
    if TEMPORARY in name:
        folder.drop(name)
        return {"unfinished files": 1}
    if name.endswith(".parquet"):
        return {"rows": _clean_frame(folder, name.removesuffix(".parquet"), subject)}
    if name.endswith(".jsonl.gz"):
        return {"lines": _clean_responses(folder, name, subject)}
    if name.endswith(TEXTS):
        return {"lines": _clean_text(folder, name, subject)}
    raise ValueError(f"a file of an unknown kind: {name}")


def contains(folder: Folder, name: str, subject: DataSubject) -> bool:
    """Whether a file still concerns the person."""
    if TEMPORARY in name:
        return True
    if name.endswith(".parquet"):
        return bool(subject.match_rows(folder.read(name.removesuffix(".parquet"))).any())
    if name.endswith(".jsonl.gz"):
        return any(subject.is_in_resource(line) for line in read_lines(folder, name))
    if name.endswith(TEXTS):
        return redact(name, _read_text(folder, name), subject)[1] > 0
    raise ValueError(f"a file of an unknown kind: {name}")


def _clean_frame(folder: Folder, name: str, subject: DataSubject) -> int:
    frame = folder.read(name)
    is_own = subject.match_rows(frame)
    if is_own.any():
        folder.write(name, frame[~is_own].reset_index(drop=True))
    return int(is_own.sum())


def _clean_responses(folder: Folder, name: str, subject: DataSubject) -> int:
    lines = read_lines(folder, name)
    kept = [line for line in lines if not subject.is_in_resource(line)]
    if len(kept) < len(lines):
        data = b"".join(line.encode() + b"\n" for line in kept)
        folder.write_bytes(name, gzip.compress(data, 5))
    return len(lines) - len(kept)


def _clean_text(folder: Folder, name: str, subject: DataSubject) -> int:
    text, count = redact(name, _read_text(folder, name), subject)
    if count:
        folder.write_text(name, text)
    return count


def _read_text(folder: Folder, name: str) -> str:
    return folder.read_bytes(name).decode()
