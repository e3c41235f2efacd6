"""CSV downloads that Excel opens with all characters, in columns, and without formulas; sent while they are read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

import pandas as pd
from fastapi.responses import StreamingResponse

from livestorm_salesforce.csv_export import BOM, to_csv
from livestorm_salesforce.web.translations import Translator

#: List separator of Excel by language; a comma elsewhere.
SEPARATORS = {"fr": ";"}
#: Rows read at once, and rows of a spreadsheet in Excel without the header.
BATCH, LIMIT = 5_000, 1_048_575


def csv_download(
    name: str, columns: Sequence[str], batches: Iterable[list[list[object]]], t: Translator
) -> StreamingResponse:
    """A file with a header row in the language of the page, sent batch by batch.

    Args:
        name: of the file, without ending.
        columns: ids of messages.
        batches: rows of cells, at most `LIMIT` together.
    """
    return _response(name, _texts([t(column) for column in columns], batches, separator(t)))


def stored_csv(name: str, stored: bytes, t: Translator) -> StreamingResponse:
    """A CSV file of a run folder, with the list separator of the language."""
    delimiter, text = separator(t), stored.decode("utf-8")
    return _response(name, iter([text]) if delimiter == "," else _separated(text.removeprefix(BOM), delimiter))


def separator(t: Translator) -> str:
    """The list separator of Excel in a language."""
    return SEPARATORS.get(t.language, ",")


def _texts(header: list[str], batches: Iterable[list[list[object]]], delimiter: str) -> Iterator[str]:
    yield to_csv(pd.DataFrame(columns=header), delimiter, quote_all=True)
    for rows in batches:
        frame = pd.DataFrame(rows, columns=header, dtype="object")
        yield to_csv(frame.where(frame.notna(), ""), delimiter, quote_all=True, header=False)


def _separated(text: str, delimiter: str) -> Iterator[str]:
    yield BOM
    rows, buffer = csv.reader(io.StringIO(text, newline="")), io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for number, row in enumerate(rows, 1):
        writer.writerow(row)
        if number % BATCH == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _response(name: str, texts: Iterator[str]) -> StreamingResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse((text.encode() for text in texts), media_type="text/csv; charset=utf-8", headers=headers)
