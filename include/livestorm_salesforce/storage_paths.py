"""Paths of run folders: the part of the pathlib interface that is used, and errors of object storage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from livestorm_salesforce.errors import ConfigError, TransientError

#: Bytes of an object that is written in parts which are in memory at once; S3 takes 10,000 parts of at least 5 MiB.
PART_SIZE = 8 * 2**20


class Storage(Protocol):
    """The part of the pathlib interface that `Folder` uses; local paths and object storage paths have it."""

    @property
    def name(self) -> str: ...
    @property
    def parent(self) -> Storage: ...
    def __truediv__(self, other: str, /) -> Storage: ...
    def exists(self) -> bool: ...
    def is_dir(self) -> bool: ...
    def mkdir(self, *, parents: bool, exist_ok: bool) -> None: ...
    def iterdir(self) -> Iterator[Storage]: ...
    def read_bytes(self) -> bytes: ...
    def write_bytes(self, data: bytes) -> int: ...
    def unlink(self) -> None: ...
    @property
    def path(self) -> str: ...
    @property
    def fs(self) -> Any: ...


def put(target: Storage, data: bytes) -> None:
    """Write an object. Object stores publish an object when it is complete, so readers never see a part.

    Raises:
        ConfigError: the bucket does not exist, or access to it was denied.
        TransientError: the object storage does not answer.
    """
    with _write_errors(target):
        target.write_bytes(data)


def put_parts(target: Storage, parts: Iterable[bytes]) -> None:
    """Write an object of which only some MiB at a time are in memory, as a multipart upload. An error publishes nothing
    and discards the upload; one of a killed process stays until the bucket's lifecycle rule aborts it.

    Raises:
        ConfigError, TransientError: as `put`. Errors of `parts` are raised as they are.
    """
    with _write_errors(target):
        file = target.fs.open(target.path, "wb", block_size=PART_SIZE)
    try:
        for part in parts:
            with _write_errors(target):
                file.write(part)
        with _write_errors(target):
            file.close()
    except BaseException:
        with suppress(Exception):  # of a server that does not answer either
            file.discard()
        file.closed = True  # closing publishes what was written so far
        raise


@contextmanager
def _write_errors(target: Storage) -> Iterator[None]:
    with translated_errors(target):
        try:
            yield
        except FileNotFoundError:
            raise ConfigError(
                f"The bucket of the store {target.parent} does not exist.", remedy="create it, or correct the setting"
            ) from None


@contextmanager
def translated_errors(path: Storage) -> Iterator[None]:
    """Raise errors of object storage as errors of this project; a missing file stays `FileNotFoundError`."""
    if is_local(path):
        yield
        return
    try:
        yield
    except (FileNotFoundError, ConfigError):
        raise
    except Exception as error:
        kind = type(error).__name__
        if isinstance(error, PermissionError) or "Credentials" in kind:
            raise ConfigError(
                f"Access to the store {path} was denied ({kind}).",
                remedy="give the connection that the store's address names the right to list, read, write and delete",
            ) from error
        raise TransientError(
            f"The store {path} does not answer ({kind}).",
            remedy="none if the retry succeeds; else check the object storage and its connection",
        ) from error


def is_local(path: Storage) -> bool:
    """Return whether the path is one of this machine's file system."""
    return getattr(path, "protocol", "file") in ("file", "local", "")


def local_path(path: Storage) -> str:
    """Return a local path as text; `ObjectStoragePath` keeps it in `path`, `pathlib.Path` has no such attribute."""
    return getattr(path, "path", None) or str(path)
