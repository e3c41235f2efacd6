"""The report as Markdown, rendered from `templates/report.md.j2`."""

from __future__ import annotations

from functools import cache
from typing import Any

import jinja2

from livestorm_salesforce.domain.report.document import verdict_words
from livestorm_salesforce.number_text import number_text


@cache
def _template() -> jinja2.Template:
    loader = jinja2.PackageLoader("livestorm_salesforce.tasks", "templates")
    environment = jinja2.Environment(loader=loader, autoescape=False, undefined=jinja2.StrictUndefined)  # noqa: S701 Markdown, not HTML; `cell` escapes
    environment.filters |= {"cell": cell, "number": number_text}
    return environment.get_template("report.md.j2")


def render(document: dict[str, Any], *, private: bool) -> str:
    """The report as Markdown.

    Args:
        document: the report as data.
        private: include the parts that may quote personal data; for the run folder only, never for a log.
    """
    text = _template().render(**document, private=private, verdict_words=verdict_words(document))
    return text.rstrip() + "\n"


def cell(value: object) -> str:
    """Text that stays inside its Markdown table cell and cannot become HTML in a viewer."""
    text = "" if value is None or value != value else str(value)
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
