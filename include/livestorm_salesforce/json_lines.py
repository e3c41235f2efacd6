"""JSON documents in a compressed file, one per line."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable
from io import BytesIO
from typing import Any


class JsonLines:
    """JSON documents, one per line, compressed while they are added.

    Lone surrogates, which JSON can express and UTF-8 cannot, are left out.
    """

    def __init__(self, documents: Iterable[Any] = ()) -> None:
        self._buffer = BytesIO()
        self._file = gzip.GzipFile(fileobj=self._buffer, mode="wb", compresslevel=1)
        self.add(documents)

    def add(self, documents: Iterable[Any]) -> None:
        """Append documents."""
        for document in documents:
            self._file.write(json.dumps(document, ensure_ascii=False).encode("utf-8", "ignore") + b"\n")

    def data(self) -> bytes:
        """Close the file and return its content."""
        self._file.close()
        return self._buffer.getvalue()


def parse(data: bytes) -> list[Any]:
    """Return the documents of a file.

    Raises:
        ValueError: the file is cut, or holds no such documents.
    """
    try:
        return [json.loads(line) for line in gzip.decompress(data).splitlines()]
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(str(error)) from None
