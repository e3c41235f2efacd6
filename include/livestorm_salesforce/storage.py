"""Folders of Parquet and JSON files on any storage with the pathlib interface (`Path`, `ObjectStoragePath`).

A run has one folder. Frames and raw responses contain personal data and are stored in these folders only; run folders
are deleted by age.
"""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from io import BytesIO
from typing import Any

import pandas as pd

from livestorm_salesforce.atomic_files import replace_file
from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.json_lines import JsonLines, parse
from livestorm_salesforce.storage_paths import Storage, is_local, local_path, put, put_parts, translated_errors

#: Rows of a frame that are written, and read by value, at once.
ROW_GROUP = 50_000


class DamagedFile(ConfigError, ValueError):
    """A file of a run folder cannot be read. Not retried."""

    remedy = (
        "trigger a new run, which reads everything again: nothing is lost. If this repeats, check the disk or the "
        "object storage of the run folders"
    )


def safe_name(text: str) -> str:
    """Return a file name without path separators for any text: its first letters and digits, then a digest."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', text)[:40].strip('-')}-{digest}".lstrip("-")


def _damaged(file: Storage) -> DamagedFile:
    return DamagedFile(f"The file {file} is empty or damaged.")


def _missing(file: Storage) -> DamagedFile:
    return DamagedFile(f"The file {file} is missing: it was deleted, or the task that writes it has not run.")


def _selected(file: Any, columns: list[str], name: str, values: pd.Series) -> Any:
    """The rows with one of these values. One row group after the other: a scan of a data set may wait for ever for a
    file with damaged metadata."""
    import pyarrow as pa
    import pyarrow.compute as pc

    field = file.schema_arrow.field(name)
    wanted = pa.array(values, type=field.type, from_pandas=True)
    groups = (file.read_row_group(number, [*{*columns, name}]) for number in range(file.num_row_groups))
    parts = [table.filter(pc.is_in(table[name], wanted)).select(columns) for table in groups]
    return pa.concat_tables(parts) if parts else file.read(columns)


class Folder:
    """Named frames and documents in one folder. Writes are atomic: readers see the old file or the new one."""

    def __init__(self, path: Storage) -> None:
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    def make_private(self) -> None:
        """Create a missing local folder with access for its owner only: it will contain personal data and a key."""
        if is_local(self.path) and not self.path.exists():
            pathlib.Path(local_path(self.path)).mkdir(mode=0o700, exist_ok=True, parents=True)

    def folder(self, name: str) -> Folder:
        """Return a subfolder, which need not exist."""
        return Folder(self.path / name)

    def has(self, name: str) -> bool:
        """Return whether a file or subfolder exists."""
        with translated_errors(self.path):
            return (self.path / name).exists()

    def names(self, ending: str = "") -> list[str]:
        """Return the sorted names of files and subfolders with this ending."""
        with translated_errors(self.path):
            if not self.path.exists():
                return []
            return sorted(item.name for item in self.path.iterdir() if item.name.endswith(ending))

    def files(self, unreadable: set[str] | None = None) -> list[tuple[Folder, str]]:
        """Return all files below this folder: their folder and name. Object storage lists 1,000 files per request.

        Args:
            unreadable: receives the paths of local subfolders that cannot be listed.
        """
        with translated_errors(self.path):
            root = local_path(self.path)
            found = _walk(root, unreadable) if is_local(self.path) else self.path.fs.find(root)
            names = [file.removeprefix(root).strip("/").rpartition("/") for file in sorted(found)]
        return [(self.folder(parent) if parent else self, name) for parent, _, name in names]

    def write(self, name: str, frame: pd.DataFrame) -> None:
        """Write a frame as `NAME.parquet`, without its index, with a checksum per page."""
        buffer = BytesIO()
        frame.to_parquet(buffer, index=False, row_group_size=ROW_GROUP, write_page_checksum=True)
        self._replace(f"{name}.parquet", [buffer.getbuffer()])

    def read(
        self, name: str, columns: list[str] | None = None, *, isin: tuple[str, pd.Series] | None = None
    ) -> pd.DataFrame:
        """Read a frame.

        Args:
            columns: names; those that the file lacks are ignored.
            isin: name of a column and values: only their rows are read. Others are never in memory.

        Raises:
            DamagedFile: the file is missing, empty, cut, changed on the disk or no frame.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        data = self._stored(f"{name}.parquet")
        try:
            file = pq.ParquetFile(BytesIO(data), page_checksum_verification=True)
            names = file.schema_arrow.names
            columns = names if columns is None else [column for column in columns if column in names]
            table = file.read(columns) if isin is None else _selected(file, columns, *isin)
            frame: pd.DataFrame = table.to_pandas()
        except (pa.ArrowException, OSError, ValueError, LookupError, TypeError, AttributeError):  # of damaged metadata
            raise _damaged(self.path / f"{name}.parquet") from None
        return frame

    def write_json(self, name: str, document: Any) -> None:
        """Write a document as `NAME.json`."""
        self._replace(f"{name}.json", [json.dumps(document, ensure_ascii=False, indent=1).encode()])

    def read_json(self, name: str, default: Any = None) -> Any:
        """Read a document, or return `default` if there is no file.

        Raises:
            DamagedFile: the file is empty, cut or no JSON.
        """
        try:
            return json.loads(self.read_bytes(f"{name}.json"))
        except FileNotFoundError:
            return default
        except ValueError:
            raise _damaged(self.path / f"{name}.json") from None

    def write_text(self, name: str, text: str) -> str:
        """Write a text file and return its path."""
        self._replace(name, [text.encode()])
        return str(self.path / name)

    def write_parts(self, name: str, parts: Iterable[bytes]) -> None:
        """Write a file of which only some parts at a time are in memory."""
        if is_local(self.path):
            self._replace(name, parts)
        else:
            put_parts(self.path / name, parts)

    def write_lines(self, name: str, lines: JsonLines, *, durable: bool = False) -> None:
        """Write documents as `NAME.jsonl.gz`.

        Args:
            durable: return only after the data would survive a power failure.
        """
        self._replace(f"{name}.jsonl.gz", [lines.data()], durable=durable)

    def read_lines(self, name: str) -> list[Any]:
        """Read the documents of `NAME.jsonl.gz`.

        Raises:
            DamagedFile: the file is missing, empty, cut or holds no such documents.
        """
        data = self._stored(f"{name}.jsonl.gz")
        try:
            return parse(data)
        except ValueError:
            raise _damaged(self.path / f"{name}.jsonl.gz") from None

    def earlier_versions(self) -> int:
        """Return how many earlier versions of files a versioned bucket keeps, at most 1,000; 0 of other storage."""
        fs: Any = None if is_local(self.path) else self.path.fs
        if not hasattr(fs, "is_bucket_versioned"):
            return 0
        bucket, _, prefix = self.path.path.partition("/")
        with translated_errors(self.path):
            listed = fs.call_s3("list_object_versions", Bucket=bucket, Prefix=f"{prefix}/")
        return sum(not version["IsLatest"] for version in listed.get("Versions", []))

    def read_bytes(self, name: str) -> bytes:
        """Read the content of a file."""
        with translated_errors(self.path):
            return (self.path / name).read_bytes()

    def _stored(self, name: str) -> bytes:
        try:
            return self.read_bytes(name)
        except FileNotFoundError:
            raise _missing(self.path / name) from None

    def write_bytes(self, name: str, data: bytes) -> None:
        """Write the content of a file."""
        self._replace(name, [data])

    def drop(self, name: str) -> None:
        """Delete a file if it exists."""
        with translated_errors(self.path), suppress(FileNotFoundError):
            (self.path / name).unlink()

    def remove(self) -> None:
        """Delete the folder with all that it contains, if it exists."""
        with translated_errors(self.path), suppress(FileNotFoundError):
            if is_local(self.path):
                shutil.rmtree(local_path(self.path))
            else:
                self.path.fs.rm(self.path.path, recursive=True)

    def _replace(self, name: str, parts: Iterable[bytes | memoryview], *, durable: bool = False) -> None:
        target = self.path / name
        if not is_local(target):
            put(target, b"".join(parts))
            return
        replace_file(pathlib.Path(local_path(target)), parts, durable=durable)


def _walk(root: str, unreadable: set[str] | None) -> list[str]:
    def note(error: OSError) -> None:
        if unreadable is not None and not isinstance(error, FileNotFoundError):
            unreadable.add(str(error.filename))

    places = os.walk(root, onerror=note, followlinks=True)
    return [os.path.join(place, name) for place, _, names in places for name in names]  # noqa: PTH118 names as listed
