"""Collects the registrants of one session while its pages are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from livestorm_salesforce.domain.registrants.transform import transform_registrants
from livestorm_salesforce.json_lines import JsonLines
from livestorm_salesforce.storage import Folder

CHUNK = 2_000  # registrants: a transformation costs as much as that of 1,000 rows, and raw responses use memory


class RegistrantBuffer:
    """The registrants of one session, page by page.

    Args:
        folder: receives the raw responses (`raw-NNN`) and the rows (`registrants-NNN`).
        number: number of the session within its batch.
        session_id: the session.

    Attributes:
        ids: ids of the registrants added.
    """

    def __init__(self, folder: Folder, number: int, session_id: str) -> None:
        self._folder, self._number, self._session_id = folder, number, session_id
        self._raw = JsonLines()
        self._pending: list[dict[str, Any]] = []
        self._frames: list[pd.DataFrame] = []
        self.ids: set[str] = set()

    def add(self, registrants: Sequence[dict[str, Any]]) -> None:
        """Add registrants as JSON:API resources."""
        self._raw.add(registrants)
        self.ids.update(str(registrant["id"]) for registrant in registrants)
        self._pending += registrants
        if len(self._pending) >= CHUNK:
            self._transform()

    def save(self) -> pd.DataFrame:
        """Write both files and return the rows; of a registrant added twice, the last row."""
        if self._pending or not self._frames:
            self._transform()
        rows = pd.concat(self._frames, ignore_index=True)
        rows = rows.drop_duplicates("person_id", keep="last", ignore_index=True)
        self._folder.write_lines(f"raw-{self._number:03d}", self._raw)
        self._folder.write(f"registrants-{self._number:03d}", rows)
        return rows

    def _transform(self) -> None:
        self._frames.append(transform_registrants(self._pending, self._session_id))
        self._pending = []
