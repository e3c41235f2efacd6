"""Which rows and lines speak of a person, by address, Livestorm's ids and Salesforce's ids. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from livestorm_salesforce.domain.registrants.latest_answers import key_hash

ADDRESSES, PEOPLE = ("email_key", "source_key", "email"), ("person_id", "record_id")
#: Characters from which on an id is nobody else's and no count, answer or time: Livestorm's UUIDs have 36, Salesforce's
#: ids 15 or 18. A shorter one is looked for only where an id of a person stands.
TELLING = 15
NAMED_LATER = 3  # passes until no further id is found: an id leads to rows that name another one


@dataclass
class Person:
    """What a person goes by in what we keep; grows while it is looked for.

    Attributes:
        is_meant: whether an address, trimmed and in lower case, is the person's.
    """

    is_meant: Callable[[str], bool]
    addresses: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)

    def size(self) -> int:
        return len(self.addresses) + len(self.ids)

    def learn(self, frame: pd.DataFrame) -> None:
        """Note addresses and ids of the person's own rows: those that go by the address, its hash, or a known id.

        Who mentions the address in an answer is somebody else.
        """
        own = self._hashed(frame)
        for name in ADDRESSES:
            if name in frame:
                texts = frame[name].astype("str").str.strip().str.lower()
                self.addresses.update(text for text in texts.dropna().unique() if self.is_meant(text))
                own |= texts.isin(self.addresses)
        named = [name for name in PEOPLE if name in frame]
        for name in named:
            own |= frame[name].isin(self.ids)
        for name in named:
            self.ids.update(frame.loc[own, name].dropna().astype("str"))

    def learn_line(self, line: str) -> None:
        """The same from one of Livestorm's answers, kept raw."""
        document = _document(line)
        addresses = {address.strip().lower() for address in _own_addresses(document)}
        meant = {address for address in addresses if self.is_meant(address)}
        self.addresses |= meant
        if meant and isinstance(document, dict) and document.get("id"):
            self.ids.add(str(document["id"]))

    @property
    def telling(self) -> set[str]:
        return {one for one in self.ids if len(one) >= TELLING}

    def rows(self, frame: pd.DataFrame) -> pd.Series:
        """Rows that name the person, in whatever column of text, by a short id, or by the hash of the address."""
        found = self._hashed(frame)
        for name in PEOPLE:
            if name in frame:
                found |= frame[name].isin(self.ids)
        for name in frame.columns:
            if pd.api.types.is_string_dtype(frame[name]) or frame[name].dtype == object:
                found |= self._in_texts(frame[name])
        return found

    def _hashed(self, frame: pd.DataFrame) -> pd.Series:
        if "key_hash" not in frame or not self.addresses:
            return pd.Series(False, index=frame.index)
        return frame["key_hash"].isin(key_hash(pd.Series(sorted(self.addresses), dtype="str")))

    def _in_texts(self, values: pd.Series) -> pd.Series:
        texts = values.fillna("").astype("str")
        found = texts.isin(self.telling)
        if self.addresses:
            pattern = "|".join(_whole(address) for address in sorted(self.addresses))
            found |= texts.str.contains(pattern, case=False, regex=True)
        return found

    def named(self, text: str) -> bool:
        """Whether a text names the person."""
        return self.mentions(text, self.telling)

    def mentions(self, text: str, ids: set[str]) -> bool:
        """Whether a text contains an address of the person or one of these ids."""
        low = text.lower()
        spoken = any(re.search(_whole(address), low) for address in self.addresses)
        return spoken or any(one in text and re.search(_word(one), text) for one in ids)

    def answered(self, line: str) -> bool:
        """Whether one of Livestorm's answers, kept raw, names the person."""
        if self.named(line):
            return True
        document = _document(line)
        return isinstance(document, dict) and str(document.get("id")) in self.ids


def _document(text: str) -> Any:
    """None for what is no JSON: nothing is left of a file that held the person alone, or half of it was written."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _own_addresses(document: Any) -> Iterator[str]:
    """Of a person's resource the address, and what the form's question for it holds."""
    attributes = document.get("attributes") if isinstance(document, dict) else None
    if not isinstance(attributes, dict):
        return
    detail = attributes.get("registrant_detail")
    fields = detail.get("fields") if isinstance(detail, dict) else None
    answers = [one.get("value") for one in fields or () if isinstance(one, dict) and one.get("id") == "email"]
    yield from (text for text in [attributes.get("email"), *answers] if isinstance(text, str))


def _word(one: str) -> str:
    """An id that is not part of a longer one."""
    return rf"(?<![\w\-]){re.escape(one)}(?![\w\-])"


def _whole(address: str) -> str:
    """An address that is not the tail or the head of a longer one; one between apostrophes is whole."""
    return rf"(?<![\w.+\-%])(?<!\w'){re.escape(address)}(?![\w\-]|\.\w)"
