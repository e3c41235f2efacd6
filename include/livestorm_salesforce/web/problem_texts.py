"""Titles and remedies of problems in the language of a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from livestorm_salesforce.problems import REMEDIES, ProblemCode, remedy
from livestorm_salesforce.web.stored_texts import sentence
from livestorm_salesforce.web.translations import Translator

#: Prefixes of Salesforce's codes of refused Campaigns and statuses: `CAMPAIGN_STRING_TOO_LONG`.
OWNERS = ("CAMPAIGN", "STATUS")


def problem_title(t: Translator, code: object) -> str:
    """A code in a few words; the code itself if it is not in the catalogue.

    Args:
        code: of this project or of Salesforce; anything but a text: Salesforce gave none.
    """
    code = code if isinstance(code, str) and code else str(ProblemCode.UNKNOWN)
    if known := t.of("problem", code, ""):
        return known
    owner, _, rest = code.partition("_")
    return t(f"problem-of-{owner.lower()}", problem=t.of("problem", rest)) if owner in OWNERS and rest else code


def problem_remedy(t: Translator, problem: Mapping[str, Any]) -> str:
    """The remedy of a problem of a report, or of a row with a `code`, as a sentence."""
    code = str(problem.get("remedy_code") or problem["code"])
    known = code if code in REMEDIES else str(ProblemCode.UNKNOWN)
    return sentence(t.of("remedy", known, str(problem.get("remedy") or remedy(code))))
