"""Reasons of decisions in the language of a page.

The state database and the reports hold the English text. A reason that contains a code, a time or a run id is matched
by its pattern.
"""

from __future__ import annotations

import re

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
    """A reason in the language of the page; the English text if it has no translation."""
    reason = reason or ""
    for message_id, pattern in PATTERNS.items():
        if found := pattern.fullmatch(reason):
            values = {name: _tries(t, value) if name == "tries" else value for name, value in found.groupdict().items()}
            return t(message_id, **values)
    if reason.startswith(DEFERRED):
        return t("reason-deferred", reason=reason_text(t, reason.removeprefix(DEFERRED)))
    return t.of("reason", reason)


def reason_code(reason: str) -> str:
    """A short code of a reason for addresses of pages: `in-quarantine` whatever the code and the time are."""
    for message_id, pattern in PATTERNS.items():
        if pattern.fullmatch(reason):
            return message_id.removeprefix("reason-")
    return _NO_WORD.sub("-", reason.lower()).strip("-")[:40].strip("-")


def _tries(t: Translator, text: str) -> str:
    number = {"once": 1, "twice": 2}.get(text) or int(re.sub(r"\D", "", text) or 0)
    return t("reason-tries", count=number)
