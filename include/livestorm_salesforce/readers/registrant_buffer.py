"""People as they are received: kept raw, and tidied in portions, so that no answer is held longer than needed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from livestorm_salesforce.domain.registrants.transform import transform_registrants
from livestorm_salesforce.storage import Folder, Lines

PORTION = 2_000  # people: tidying has a price of its own, as high as that of a thousand of them


class RegistrantBuffer:
    """The people of one session, page by page.

    Args:
        folder: where the raw answers (`raw-NNN`) and the tidy rows (`registrants-NNN`) go.
        number: of the session within its batch.
    """

    def __init__(self, folder: Folder, number: int, session_id: str) -> None:
        self._folder, self._number, self._session_id = folder, number, session_id
        self._raw, self._waiting, self._frames = Lines(), [], []
        self.ids: set[str] = set()

    def add(self, people: list[dict[str, Any]]) -> None:
        self._raw.add(people)
        self.ids.update(str(person["id"]) for person in people)
        self._waiting += people
        if len(self._waiting) >= PORTION:
            self._tidy()

    def kept(self) -> pd.DataFrame:
        """Write both files; the tidy rows, of somebody who came twice the last."""
        if self._waiting or not self._frames:
            self._tidy()
        people = pd.concat(self._frames, ignore_index=True)
        people = people.drop_duplicates("person_id", keep="last", ignore_index=True)
        self._folder.write_lines(f"raw-{self._number:03d}", self._raw)
        self._folder.write(f"registrants-{self._number:03d}", people)
        return people

    def _tidy(self) -> None:
        self._frames.append(transform_registrants(self._waiting, self._session_id))
        self._waiting = []
