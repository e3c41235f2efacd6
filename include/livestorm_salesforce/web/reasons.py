"""Reasons of decisions in the language of a page.

The state database and the reports hold the English text. A reason that contains a code, a time or a run id is matched
by its pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from babel.dates import format_datetime

from livestorm_salesforce.web.problem_texts import problem_title
from livestorm_salesforce.web.stored_texts import capitalized
from livestorm_salesforce.web.translations import Translator

#: Message id to the pattern of the English text; the groups are the values of the message.
PATTERNS = {
    "reason-quarantine-manual": re.compile(
        r"in quarantine: (?P<code>\S+), tried (?P<tries>.+), next try in a manual run"
    ),
    "reason-quarantine": re.compile(r"in quarantine: (?P<code>\S+), tried (?P<tries>.+), next try (?P<at>.+)"),
    "reason-dismissed": re.compile(r"dismissed from quarantine: (?P<code>\S+)"),
    "reason-campaign-refused": re.compile(r"Campaign refused: (?P<code>\S+)"),
    "reason-undo": re.compile(r"undo of (?P<run>.+)"),
}
DEFERRED = "deferred: "
_NO_WORD = re.compile(r"[^a-z0-9]+")


def reason_text(t: Translator, reason: str | None) -> str:
    """A reason in the language of the page, with a capital letter; the English text if it has no translation."""
    reason = reason or ""
    for message_id, pattern in PATTERNS.items():
        if found := pattern.fullmatch(reason):
            return t(
                message_id, **{name: _VALUES.get(name, _as_is)(t, value) for name, value in found.groupdict().items()}
            )
    if reason.startswith(DEFERRED):
        return t("reason-deferred", reason=reason_text(t, reason.removeprefix(DEFERRED)))
    return capitalized(t.of("reason", reason))


def reason_code(reason: str) -> str:
    """A short code of a reason for addresses of pages: `in-quarantine` whatever the code and the time are."""
    for message_id, pattern in PATTERNS.items():
        if pattern.fullmatch(reason):
            return message_id.removeprefix("reason-")
    return _NO_WORD.sub("-", reason.lower()).strip("-")[:40].strip("-")


def _as_is(t: Translator, text: str) -> str:  # noqa: ARG001
    return text


def _tries(t: Translator, text: str) -> str:
    number = {"once": 1, "twice": 2}.get(text) or int(re.sub(r"\D", "", text) or 0)
    return t("reason-tries", count=number)


def _moment(t: Translator, text: str) -> str:
    """A time in UTC as pages show it."""
    try:
        at = datetime.strptime(text, "%Y-%m-%d %H:%M UTC")  # noqa: DTZ007 only its numbers are shown
    except ValueError:
        return text
    return f"{format_datetime(at, 'd MMM y HH:mm', locale=t.locale)} UTC"


_VALUES: dict[str, Callable[[Translator, str], str]] = {"code": problem_title, "tries": _tries, "at": _moment}
