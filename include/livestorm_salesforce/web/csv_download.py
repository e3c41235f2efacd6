"""CSV downloads that Excel opens with all characters, in columns, and without formulas."""

from __future__ import annotations

import pandas as pd
from fastapi.responses import Response

from livestorm_salesforce.csv_export import to_csv
from livestorm_salesforce.web.translations import Translator

#: List separator of Excel by language; a comma elsewhere.
SEPARATORS = {"fr": ";"}


def csv_download(name: str, columns: list[str], rows: list[list[object]], t: Translator) -> Response:
    """A file with a header row in the language of the page.

    Args:
        name: of the file, without ending.
        columns: ids of messages.
    """
    frame = pd.DataFrame(rows, columns=[t(column) for column in columns], dtype="object")
    text = to_csv(frame.where(frame.notna(), ""), SEPARATORS.get(t.language, ","), quote_all=True)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text.encode(), media_type="text/csv; charset=utf-8", headers=headers)
