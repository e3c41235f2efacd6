"""Texts of the pages in English and French: Fluent messages, one file per page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale
from fluent.runtime import FluentBundle, FluentResource

from livestorm_salesforce.errors import ContractError

LANGUAGES = ("en", "fr")
#: Blanks before : ; ? ! % » and after «, which French writes as no-break spaces.
_AFTER_BLANK = re.compile(r" (?=[:;?!%»])|(?<=«) ")
_NO_WORD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Translator:
    """Returns messages in one language: `t("overview-title")`, `t("runs-count", count=3)`."""

    language: str

    def __call__(self, message_id: str, **values: Any) -> str:
        """The text of a message.

        Raises:
            ContractError: there is no such message, or it needs another value.
        """
        bundle = messages(self.language)
        pattern = bundle.get_message(message_id).value if self.has(message_id) else None
        if pattern is None:
            raise ContractError(f"There is no message '{message_id}' in language '{self.language}'.")
        text, errors = bundle.format_pattern(pattern, values)
        if errors:
            raise ContractError(f"Message '{message_id}' in language '{self.language}': {type(errors[0]).__name__}.")
        return with_french_spaces(text) if self.language == "fr" else str(text)

    def has(self, message_id: str) -> bool:
        """Whether the language has a message."""
        return bool(messages(self.language).has_message(message_id))

    def of(self, prefix: str, word: str, default: str | None = None) -> str:
        """The text of a word of a closed vocabulary, such as a verdict; the default or the word if it has none."""
        message_id = f"{prefix}-{_NO_WORD.sub('-', word.lower()).strip('-')}"
        return self(message_id) if self.has(message_id) else word if default is None else default

    @property
    def colon(self) -> str:
        """A colon after a word; French has a no-break space before it."""
        return "\N{NO-BREAK SPACE}:" if self.language == "fr" else ":"

    @property
    def locale(self) -> Locale:
        """For numbers and times."""
        return Locale.parse(self.language)


def with_french_spaces(text: Any) -> str:
    """A French text whose punctuation marks stay on the line of the word that they belong to."""
    return _AFTER_BLANK.sub("\N{NO-BREAK SPACE}", str(text))


@cache
def messages(language: str) -> FluentBundle:
    """The messages of a language."""
    bundle = FluentBundle([language], use_isolating=False)
    for text in sources(language).values():
        bundle.add_resource(FluentResource(text))
    return bundle


def sources(language: str) -> dict[str, str]:
    """The files of a language: name and text."""
    folder = files("livestorm_salesforce.web.translations").joinpath(language)
    return {file.name: file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".ftl")}


def choose_language(cookies: Mapping[str, str], accepted: str) -> str:
    """The language of a page: that of Airflow, which the script of the pages stores in a cookie, else the browser's.

    Args:
        cookies: of the request.
        accepted: header `Accept-Language`.
    """
    wanted = [cookies.get("livestorm_language", ""), *(part.split(";")[0] for part in accepted.split(","))]
    known = [word.strip().lower()[:2] for word in wanted]
    return next((word for word in known if word in LANGUAGES), LANGUAGES[0])
