"""Causes, remedies, problems and checklist lines in the language of a page.

The state database and the reports hold the English text with its values. The English messages of `TEXT_PREFIXES` are
the patterns of these texts: a text that matches one is shown by the message of the same id in the language of the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, NamedTuple

from babel.numbers import format_decimal
from fluent.syntax import FluentParser, ast
from markupsafe import Markup

from livestorm_salesforce.problems import DEFAULT_REMEDY, REMEDIES, ProblemCode
from livestorm_salesforce.web.translations import LANGUAGES, Translator, sources

#: Prefixes of the ids of messages that are patterns.
TEXT_PREFIXES = ("cause", "check", "notice", "mistake")
#: Where a text is split into parts that may be texts of their own: lines, sentences, items.
SEPARATORS = (re.compile(r"(\n *)"), re.compile(r"((?<=\.) (?=[A-Z]))"), re.compile(r"(; )"))
_COLON = re.compile(r": ")
#: Values that are texts of their own, and values that are words of a closed vocabulary; other values are names.
TEXT_VALUES = frozenset([
    "about", "advice", "cause", "changes", "cost", "detail", "done", "exceeded", "first", "hint", "label", "lost",
    "nearest", "problem", "reason", "remedy", "schedule", "second", "sentences", "source", "wrong",
])  # fmt: skip
WORD_VALUES = frozenset(["effect", "external", "kind", "question", "writable"])
#: A value that is the API name of an object and is shown by its label; messages about calls show the API name.
OBJECT_VALUE = "sobject"
#: Values that hold no blank, so that a short pattern does not match any sentence.
SHAPES = {
    **dict.fromkeys(("object", "sobject", "key"), r"\w+"),
    "field": r"[\w.]+",
    **dict.fromkeys(("code", "dag_id", "variable"), r"\S+"),
    **dict.fromkeys(("count", "left", "limit", "reserve", "share", "used"), r"[\d.,]+ ?%?"),
}
#: Values that may hold several sentences.
SENTENCES = frozenset(["advice", "cause", "detail", "done", "sentences"])
#: A version such as 0009 is no number.
_NUMBER = re.compile(r"\s*([1-9]\d{0,2}(?:,\d{3})*|[1-9]\d*|0)\s*")
#: A start that is written as it is: `lead.Title`, `livestorm-salesforce`.
_NAME = re.compile(r"livestorm-salesforce\b|\w*[._]\w")
_SENTENCE_END = re.compile(r"(?<=\.) (?=[A-Z])|\n")


class TextPattern(NamedTuple):
    """An English text.

    Attributes:
        literal: its longest part that is no value.
        size: number of its letters that are no values: the longest match is the best.
    """

    message_id: str
    expression: re.Pattern[str]
    literal: str
    size: int


def stored_text(t: Translator, text: str | None) -> str | Markup:
    """A text for a page: translated, or the English text marked as such."""
    return _shown(t, text or "", str)


def stored_sentence(t: Translator, text: str | None) -> str | Markup:
    """As `stored_text`, as a sentence of its own."""
    return _shown(t, text or "", sentence)


def _shown(t: Translator, text: str, form: Callable[[str], str]) -> str | Markup:
    shown = text if t.language == LANGUAGES[0] or not text else translated(t, text)
    return Markup('<span lang="en">{}</span>').format(form(text)) if shown is None else form(shown)


def sentence(text: str) -> str:
    """A text with a capital letter and a full stop; a single word is kept as it is.

    The catalogues have parts of sentences, because logs add them to others.
    """
    text = text.strip()
    if " " not in text:
        return text
    return f"{capitalized(text)}{'' if text.endswith(('.', '?', '!', '…', ':')) else '.'}"


def capitalized(text: str) -> str:
    """A text with a capital letter; a name at the start is kept as it is."""
    return text if _NAME.match(text) else f"{text[:1].upper()}{text[1:]}"


def plain_text(t: Translator, text: str | None) -> str:
    """As `stored_text` without a mark, for files."""
    text = text or ""
    return text if t.language == LANGUAGES[0] else translated(t, text) or text


@lru_cache(2_000)
def translated(t: Translator, text: str) -> str | None:
    """A text in the language of the page, with the parts that have no translation as they are; None if no part has."""
    core = text.strip()
    if not core:
        return None
    start = text.index(core)
    found = _whole(t, core) or _parts(t, core)
    return None if found is None else text[:start] + found + text[start + len(core) :]


def _whole(t: Translator, text: str) -> str | None:
    """The translation of a text that is one message; as a sentence if the English text is a sentence of its own."""
    if (shown := _message(t, text)) is not None or " " not in text:
        return shown
    shown = _message(t, text[:1].lower() + text[1:].removesuffix("."))
    if shown is None:
        return None
    return f"{capitalized(shown) if text[:1].isupper() else shown}{'.' * text.endswith('.')}"


def _message(t: Translator, text: str) -> str | None:
    for pattern in patterns():
        found = pattern.expression.fullmatch(text) if pattern.literal in text else None
        values = found.groupdict() if found else {}
        if found and not any(_SENTENCE_END.search(value) for name, value in values.items() if name not in SENTENCES):
            return t(pattern.message_id, **{name: _value(t, name, value) for name, value in values.items()})
    return None


def _value(t: Translator, name: str, value: str) -> str | int:
    """A value of a text: a number, a text of its own, a word, or a name."""
    if name in WORD_VALUES:
        return t.of("word", value)
    if name == OBJECT_VALUE:
        return t.of("object", value)
    if number := _NUMBER.fullmatch(value):
        count = int(number[1].replace(",", ""))
        return count if value == number[1] else value.replace(number[1], format_decimal(count, locale=t.locale))
    return (translated(t, value) if name in TEXT_VALUES else None) or value


def _parts(t: Translator, text: str) -> str | None:
    """The translation of a text of several parts: lines, sentences, items; subject and detail."""
    for separator in SEPARATORS:
        pieces = separator.split(text)
        shown = [translated(t, piece) for piece in pieces] if len(pieces) > 1 else []
        if any(piece is not None for piece in shown):
            return "".join(_spaced(piece) if new is None else new for piece, new in zip(pieces, shown, strict=True))
    for colon in _COLON.finditer(text):
        subject, detail = text[: colon.start()], text[colon.end() :]
        if (shown_detail := translated(t, detail)) is not None:
            return f"{translated(t, subject) or subject}\N{NO-BREAK SPACE}: {shown_detail}"
    return None


def _spaced(piece: str) -> str:
    """A separator as French spaces it."""
    return "\N{NO-BREAK SPACE}; " if piece == "; " else piece


@cache
def patterns() -> list[TextPattern]:
    """The patterns of all texts, those with the most letters first."""
    found = [_pattern(f"remedy-{_id(code)}", [text]) for code, text in REMEDIES.items()]
    found.append(_pattern(f"remedy-{_id(ProblemCode.UNKNOWN)}", [DEFAULT_REMEDY]))
    entries = (entry for text in sources(LANGUAGES[0]).values() for entry in FluentParser().parse(text).body)
    for entry in entries:
        if isinstance(entry, ast.Message) and entry.value and entry.id.name.split("-")[0] in TEXT_PREFIXES:
            found += [_pattern(entry.id.name, [_element(one) for one in entry.value.elements])]
    return sorted(found, key=lambda pattern: -pattern.size)


def _id(code: str) -> str:
    return str(code).lower().replace("_", "-")


def _element(element: ast.TextElement | ast.Placeable) -> str | list[str]:
    """Literal text, or the name of a value in a list."""
    if isinstance(element, ast.TextElement):
        return str(element.value)
    expression: Any = element.expression
    return [expression.id.name] if isinstance(expression, ast.VariableReference) else str(expression.value)


def _pattern(message_id: str, elements: list[str | list[str]]) -> TextPattern:
    literals = [one for one in elements if isinstance(one, str)]
    expression = "".join(
        re.escape(one) if isinstance(one, str) else f"(?P<{one[0]}>{SHAPES.get(one[0], '.*?')})" for one in elements
    )
    longest = max(literals, key=len)
    return TextPattern(message_id, re.compile(expression, re.DOTALL), longest, sum(map(len, literals)))
