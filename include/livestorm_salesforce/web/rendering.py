"""Renders templates: translations, numbers, times, links to records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import jinja2
from babel import dates, numbers, units
from markupsafe import Markup

from livestorm_salesforce.web.problem_texts import problem_remedy, problem_title
from livestorm_salesforce.web.reasons import reason_text
from livestorm_salesforce.web.stored_texts import patterns, plain_text, sentence, stored_sentence, stored_text
from livestorm_salesforce.web.translations import LANGUAGES, Translator, messages

#: Shown for a value that is not known.
UNKNOWN = "\N{EN DASH}"
#: Units of durations and their seconds, the largest first.
UNITS = {"day": 86400, "hour": 3600, "minute": 60, "second": 1}
_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("livestorm_salesforce.web", "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEXTS = _ENVIRONMENT.overlay(autoescape=False)
_ENVIRONMENT.filters["path"] = lambda value: quote(str(value), safe="")
_ENVIRONMENT.filters["sentence"] = sentence
_ENVIRONMENT.globals |= {
    "problem_title": problem_title,
    "problem_remedy": problem_remedy,
    "stored_sentence": stored_sentence,
    "stored_text": stored_text,
    "plain_text": plain_text,
}


def render(template: str, t: Translator, **values: Any) -> str:
    """The text of a template.

    Args:
        template: file name below `templates`.
        t: language of the page; templates call it for texts, and use the formats of `Formats` as `f`.
    """
    return _ENVIRONMENT.get_template(template).render(t=t, f=Formats(t), **values)


def render_text(template: str, t: Translator, **values: Any) -> str:
    """A plain text: values are not escaped."""
    return _TEXTS.get_template(template).render(t=t, f=Formats(t), **values)


def prepare() -> None:
    """Compile all templates and texts, and load the formats of all languages, which takes half a second."""
    for name in _ENVIRONMENT.list_templates():
        _ENVIRONMENT.get_template(name)
    patterns()
    now = datetime.now(UTC)
    for language in LANGUAGES:
        messages(language)
        formats = Formats(Translator(language))
        formats.ago(now - timedelta(hours=1), now)
        formats.utc(now)
        formats.number(0)


class Formats:
    """Numbers and times in the language of a page."""

    def __init__(self, t: Translator) -> None:
        self._t, self._locale = t, t.locale

    def reason(self, text: str | None) -> str:
        """A reason of a decision in words."""
        return reason_text(self._t, text)

    def run(self, run_id: str) -> str:
        """What a run of the sync was for, by its id; the id if it does not say so."""
        return self._t.of("kind", run_id.partition("__")[0], run_id)

    def number(self, value: float | None) -> str:
        """A count; a dash if it is not known."""
        return UNKNOWN if value is None else numbers.format_decimal(round(value), locale=self._locale)

    def percent(self, share: float) -> str:
        """A share between 0 and 1."""
        return numbers.format_percent(share, locale=self._locale)

    def moment(self, at: datetime | None) -> str | Markup:
        """A time as an element that the script of the pages converts to the user's time zone; UTC without it."""
        if at is None:
            return UNKNOWN
        iso = at.astimezone(UTC).isoformat(timespec="seconds")
        return Markup('<time datetime="{}">{}</time>').format(iso, self.utc(at))

    def utc(self, at: datetime) -> str:
        """A time in UTC as plain text."""
        text: str = dates.format_datetime(at.astimezone(UTC), "d MMM y HH:mm", locale=self._locale)
        return f"{text} UTC"

    def ago(self, at: datetime, now: datetime) -> str:
        """The distance of a time from now, such as "3 hours ago", "in 2 days" or "just now"."""
        if abs(at - now) < timedelta(seconds=1):
            return self._t("just-now")
        text: str = dates.format_timedelta(at - now, add_direction=True, locale=self._locale)
        return text

    def span(self, seconds: float | None) -> str:
        """A duration in its two largest units, such as "45 sec", "1 min 40 sec" or "2 hr"."""
        if seconds is None:
            return UNKNOWN
        rest, parts = max(round(seconds), 0), list[tuple[int, str]]()
        for name, size in UNITS.items():
            count, rest = divmod(rest, size)
            if count or parts or size == 1:
                parts.append((count, name))
        shown = [part for part in parts[:2] if part[0]] or parts[:1]
        return " ".join(
            units.format_unit(count, f"duration-{name}", "short", locale=self._locale) for count, name in shown
        )
