"""Rows and texts that concern a data subject, found by e-mail address, Livestorm ids and Salesforce ids."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from livestorm_salesforce.domain.shared.mail_domains import spellings, with_ascii_domain

ADDRESS_COLUMNS = ("email_key", "source_key", "email")
ID_COLUMNS = ("person_id", "record_id")
#: Ids of at least this length are searched in all texts: Livestorm's UUIDs have 36 characters, Salesforce's ids 15 or
#: 18. A shorter id may equal a count or an answer, so it is searched in `ID_COLUMNS` only.
UNIQUE_ID_LENGTH = 15
#: Passes over all files: an id found in one pass leads to rows with further ids in the next one.
MAX_PASSES = 3


@dataclass
class DataSubject:
    """Addresses and ids of one person; `collect` and `collect_line` add to them.

    Attributes:
        is_meant: whether the key of an address (`normalize.key`) belongs to the person.
        hmacs: e-mail HMACs of the person; those of `addresses` are added by the search.
    """

    is_meant: Callable[[str], bool]
    addresses: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    hmacs: set[str] = field(default_factory=set)

    def size(self) -> int:
        """Number of known addresses and ids."""
        return len(self.addresses) + len(self.ids)

    def collect(self, frame: pd.DataFrame) -> None:
        """Add addresses and ids of the person's own rows: rows with their address or a known id.

        A row that mentions the address in an answer belongs to another person.
        """
        is_own = pd.Series(False, index=frame.index)
        for name in ADDRESS_COLUMNS:
            if name in frame:
                texts = frame[name].astype("str").str.strip().str.lower()
                self._add(texts.dropna().unique())
                is_own |= texts.isin(self.addresses)
        names = [name for name in ID_COLUMNS if name in frame]
        for name in names:
            is_own |= frame[name].isin(self.ids)
        for name in names:
            self.ids.update(frame.loc[is_own, name].dropna().astype("str"))

    def collect_line(self, line: str) -> None:
        """Add address and id of a raw Livestorm resource if it is the person's."""
        document = _parse(line)
        addresses = {address.strip().lower() for address in _own_addresses(document)}
        if self._add(addresses) and isinstance(document, dict) and document.get("id"):
            self.ids.add(str(document["id"]))

    def _add(self, addresses: Iterable[str]) -> bool:
        """Add those that belong to the person, in each spelling; returns whether one does."""
        own = [address for address in addresses if self.is_meant(with_ascii_domain(address))]
        self.addresses.update(own, spellings(map(with_ascii_domain, own)))
        return bool(own)

    @property
    def unique_ids(self) -> set[str]:
        """Ids that are long enough to be searched in all texts."""
        return {one for one in self.ids if len(one) >= UNIQUE_ID_LENGTH}

    def match_rows(self, frame: pd.DataFrame) -> pd.Series:
        """Rows with an address or unique id in any text column, or an id in `ID_COLUMNS`."""
        found = pd.Series(False, index=frame.index)
        for name in ID_COLUMNS:
            if name in frame:
                found |= frame[name].isin(self.ids)
        for name in frame.columns:
            if pd.api.types.is_string_dtype(frame[name]) or frame[name].dtype == object:
                found |= self._match_texts(frame[name])
        return found

    def _match_texts(self, values: pd.Series) -> pd.Series:
        texts = values.fillna("").astype("str")
        found = texts.isin(self.unique_ids)
        if self.addresses:
            pattern = "|".join(_address_pattern(address) for address in sorted(self.addresses))
            found |= texts.str.contains(pattern, case=False, regex=True)
        return found

    def is_named_in(self, text: str) -> bool:
        """Whether a text contains an address or a unique id of the person."""
        return self.is_mentioned_in(text, self.unique_ids)

    def is_mentioned_in(self, text: str, ids: set[str]) -> bool:
        """Whether a text contains an address of the person or one of these ids."""
        low = text.lower()
        has_address = any(re.search(_address_pattern(address), low) for address in self.addresses)
        return has_address or any(one in text and re.search(_id_pattern(one), text) for one in ids)

    def is_in_resource(self, line: str) -> bool:
        """Whether a raw Livestorm resource names the person or has an id of theirs."""
        if self.is_named_in(line):
            return True
        document = _parse(line)
        return isinstance(document, dict) and str(document.get("id")) in self.ids


def _parse(text: str) -> Any:
    """The JSON document of a line; None for an empty or incomplete line."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _own_addresses(document: Any) -> Iterator[str]:
    """The address of a person resource, and its answer to the form's question `email`."""
    attributes = document.get("attributes") if isinstance(document, dict) else None
    if not isinstance(attributes, dict):
        return
    detail = attributes.get("registrant_detail")
    fields = detail.get("fields") if isinstance(detail, dict) else None
    answers = [one.get("value") for one in fields or () if isinstance(one, dict) and one.get("id") == "email"]
    yield from (text for text in [attributes.get("email"), *answers] if isinstance(text, str))


def _id_pattern(one: str) -> str:
    """Matches an id that is not part of a longer one."""
    return rf"(?<![\w\-]){re.escape(one)}(?![\w\-])"


def _address_pattern(address: str) -> str:
    """Matches an address that is not part of a longer one; it may be enclosed in apostrophes."""
    return rf"(?<![\w.+\-%])(?<!\w'){re.escape(address)}(?![\w\-]|\.\w)"
