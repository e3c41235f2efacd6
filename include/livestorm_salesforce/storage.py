"""Folders of Parquet and JSON on any storage that speaks the pathlib interface (`Path`, `ObjectStoragePath`).

A run has one folder; what outlives runs is in `state`. Frames and raw answers hold personal data: they stay in these
folders, nowhere else, and run folders are pruned by age.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import pathlib
import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any, Protocol

import pandas as pd

#: In the names of files that are being written; a killed task leaves one behind.
PART = ".part-"


class Storage(Protocol):
    """The part of the pathlib interface that is used; a local path and an object storage path both have it."""

    name: str
    parent: Storage

    def __truediv__(self, other: str) -> Storage: ...
    def exists(self) -> bool: ...
    def is_dir(self) -> bool: ...
    def mkdir(self, *, parents: bool, exist_ok: bool) -> None: ...
    def iterdir(self) -> Iterator[Storage]: ...
    def read_bytes(self) -> bytes: ...
    def write_bytes(self, data: bytes) -> int: ...
    def unlink(self) -> None: ...


def safe_name(text: str) -> str:
    """A file name that cannot leave its folder, whatever the text: readable start, then a digest."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', text)[:40].strip('-')}-{digest}".lstrip("-")


class Lines:
    """JSON documents, one per line, compressed as they come.

    Half a character (one of two surrogates), which JSON can hold and no file can, is left out.
    """

    def __init__(self, documents: Iterable[Any] = ()) -> None:
        self._buffer = BytesIO()
        self._file = gzip.GzipFile(fileobj=self._buffer, mode="wb", compresslevel=1)
        self.add(documents)

    def add(self, documents: Iterable[Any]) -> None:
        for document in documents:
            self._file.write(json.dumps(document, ensure_ascii=False).encode("utf-8", "ignore") + b"\n")

    def data(self) -> bytes:
        """The file; nothing can be added any more."""
        self._file.close()
        return self._buffer.getvalue()


class Folder:
    """Named frames and documents in one folder. Writing replaces a file whole, so a killed task leaves no half file."""

    def __init__(self, path: Storage) -> None:
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    def make_private(self) -> None:
        """Where this is a folder of this machine that is still to be made: it holds people's data, and a key."""
        if _is_local(self.path) and not self.path.exists():
            pathlib.Path(_local(self.path)).mkdir(mode=0o700, exist_ok=True, parents=True)

    def folder(self, name: str) -> Folder:
        return Folder(self.path / name)

    def has(self, name: str) -> bool:
        return (self.path / name).exists()

    def names(self, ending: str = "") -> list[str]:
        if not self.path.exists():
            return []
        return sorted(item.name for item in self.path.iterdir() if item.name.endswith(ending))

    def write(self, name: str, frame: pd.DataFrame) -> None:
        buffer = BytesIO()
        frame.to_parquet(buffer, index=False)
        self._replace(f"{name}.parquet", buffer.getvalue())

    def read(self, name: str, columns: list[str] | None = None) -> pd.DataFrame:
        """A frame; of `columns` those that the file has."""
        import pyarrow.parquet as pq

        file = pq.ParquetFile(BytesIO((self.path / f"{name}.parquet").read_bytes()))
        if columns is not None:
            columns = [column for column in columns if column in file.schema_arrow.names]
        return file.read(columns).to_pandas()

    def write_json(self, name: str, document: Any) -> None:
        self._replace(f"{name}.json", json.dumps(document, ensure_ascii=False, indent=1).encode())

    def read_json(self, name: str, default: Any = None) -> Any:
        file = self.path / f"{name}.json"
        return json.loads(file.read_bytes()) if file.exists() else default

    def write_text(self, name: str, text: str) -> str:
        self._replace(name, text.encode())
        return str(self.path / name)

    def write_lines(self, name: str, lines: Lines, *, durable: bool = False) -> None:
        """Raw answers as received.

        Args:
            durable: return only when they would outlive a power cut.
        """
        self._replace(f"{name}.jsonl.gz", lines.data(), durable=durable)

    def read_lines(self, name: str) -> list[Any]:
        data = gzip.decompress((self.path / f"{name}.jsonl.gz").read_bytes())
        return [json.loads(line) for line in data.splitlines()]

    def drop(self, name: str) -> None:
        """Remove a file, if it is there."""
        with suppress(FileNotFoundError):
            (self.path / name).unlink()

    def remove(self) -> None:
        if not self.path.exists():
            return
        for item in list(self.path.iterdir()):
            Folder(item).remove() if item.is_dir() else item.unlink()
        if hasattr(self.path, "rmdir") and self.path.is_dir():
            self.path.rmdir()

    def _replace(self, name: str, data: bytes, *, durable: bool = False) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        target = self.path / name
        if not _is_local(target):
            target.write_bytes(data)  # object stores make an object visible only when it is whole
            return
        part = pathlib.Path(_local(self.path / f"{name}{PART}{uuid.uuid4().hex}"))
        with part.open("wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        part.replace(_local(target))
        if durable:
            _settle(part.parent)


def _settle(folder: pathlib.Path) -> None:
    """A new name is on the disk when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_local(path: Storage) -> bool:
    return getattr(path, "protocol", "file") in ("file", "local", "")


def _local(path: Storage) -> str:
    return getattr(path, "path", None) or str(path)
