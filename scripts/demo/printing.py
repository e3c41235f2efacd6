"""What a run did, in words, from what its report task returned. A count that is missing is left out, not made up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scripts.demo.layout import ROOT

WIDTH = 17
VERDICTS = {
    "ok": "all is well",
    "problems": "done, with problems for a person to settle (such a run is red in Airflow, on purpose)",
    "failed": "not finished",
}
WRITTEN = ("Campaign", "CampaignMemberStatus", "Contact", "Lead", "CampaignMember")


def lines_of(told: Mapping[str, Any], answered: Mapping[str, Any]) -> list[str]:
    """The lines to print.

    Args:
        told: the report task's counts. answered: calls per service as the sandbox, not the product, counted them.
    """
    parts = (
        ("verdict", _verdict(told)),
        ("sessions", _counts(told.get("sessions"))),
        ("registrants", _counts(told.get("buckets"))),
        ("people", _counts(told.get("people"))),
        ("members", _counts(told.get("members"))),
        ("status moves", _counts(told.get("status_moves"))),
        ("replays", f"watched by {told['replays']}" if told.get("replays") else ""),
        ("written", _written(told)),
        ("calls", _calls(told.get("calls"), answered)),
        ("problems", "none" if not told.get("problems") else "and what to do:"),
    )
    lines = [f"  {name:<{WIDTH}} {words}" for name, words in parts if words or name == "problems"]
    return [*lines, *_problems(told), f"  {'report':<{WIDTH}} {_short(told.get('report'))}"]


def wrote_nothing(told: Mapping[str, Any]) -> bool:
    """The run created and updated nothing in Salesforce."""
    return not any(_count(counts) for counts in (told.get("objects") or {}).values())


def _verdict(told: Mapping[str, Any]) -> str:
    verdict = str(told.get("verdict", "unknown"))
    return VERDICTS.get(verdict, verdict)


def _written(told: Mapping[str, Any]) -> str:
    if "objects" not in told:
        return ""
    if wrote_nothing(told):
        return "nothing"
    objects = told["objects"]
    return ", ".join(
        f"{name} {' '.join(f'{sign}{number}' for sign, number in _signed(objects[name]))}"
        for name in WRITTEN
        if name in objects and _count(objects[name])
    )


def _short(path: str | None) -> str:
    """A path in the checkout as a person there would type it."""
    place = Path(path or "none")
    return str(place.relative_to(ROOT) if place.is_relative_to(ROOT) else place)


def _signed(counts: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    for sign, word in (("+", "created"), ("~", "updated")):
        if counts.get(word):
            yield sign, counts[word]


def _count(counts: Mapping[str, int]) -> int:
    return sum(counts.values())


def _counts(counts: Mapping[str, Any] | None) -> str:
    """Zeros are left out; all zeros are `none`, and no counts at all are nothing."""
    if counts is None:
        return ""
    return ", ".join(f"{str(name).replace('_', ' ')} {number}" for name, number in counts.items() if number) or "none"


def _calls(told: Mapping[str, Any] | None, answered: Mapping[str, Any]) -> str:
    told = told or {}
    sides = [side for side in ("livestorm", "salesforce") if side in told or side in answered]
    return ", ".join(
        f"{side.capitalize()} {told.get(side, '?')} (the sandbox counted {answered.get(side, '?')})" for side in sides
    )


def _problems(told: Mapping[str, Any]) -> Iterator[str]:
    """One entry per code and remedy: the report itself has one per field or message."""
    found: Counter[tuple[str, str]] = Counter()
    for problem in told.get("problems") or ():
        found[problem.get("code", "unknown"), problem.get("remedy") or "see the report"] += problem.get("count", 1)
    for (code, remedy), count in found.items():
        yield f"    {count} x {code}"
        yield f"      {remedy}"
