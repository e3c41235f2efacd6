"""Formats the counts that a run's report task returned. Missing counts are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scripts.demo.layout import ROOT

WIDTH = 17
VERDICTS = {
    "ok": "all is well",
    "problems": "needs attention: everything else was done, and the problems below need a person",
    "failed": "not finished",
}
WITH_NOTES = "done, with the notes below"
WRITTEN = ("Campaign", "CampaignMemberStatus", "Contact", "Lead", "CampaignMember")


def format_report(report: Mapping[str, Any], sandbox_calls: Mapping[str, Any]) -> list[str]:
    """Return the lines to print.

    Args:
        report: what the report task returned.
        sandbox_calls: calls per service as counted by the sandbox.
    """
    entries = (
        ("verdict", _verdict(report)),
        ("sessions", _counts(report.get("sessions"))),
        ("registrants", _counts(report.get("buckets"))),
        ("people", _counts(report.get("people"))),
        ("members", _counts(report.get("members"))),
        ("status moves", _counts(report.get("status_moves"))),
        ("replays", f"watched by {report['replays']}" if report.get("replays") else ""),
        ("written", _written(report)),
        ("calls", _calls(report.get("calls") or {}, sandbox_calls)),
        ("problems", "none" if not report.get("problems") else "and what to do:"),
    )
    lines = [f"  {name:<{WIDTH}} {text}" for name, text in entries if text or name == "problems"]
    return [*lines, *_problems(report), f"  {'report':<{WIDTH}} {_short_path(report.get('report'))}"]


def wrote_nothing(report: Mapping[str, Any]) -> bool:
    """Return whether the run created and updated nothing in Salesforce."""
    return not any(_total(counts) for counts in (report.get("objects") or {}).values())


def _verdict(report: Mapping[str, Any]) -> str:
    verdict = str(report.get("verdict", "unknown"))
    if verdict == "ok" and report.get("problems"):
        return WITH_NOTES
    return VERDICTS.get(verdict, verdict)


def _written(report: Mapping[str, Any]) -> str:
    if "objects" not in report:
        return ""
    if wrote_nothing(report):
        return "nothing"
    objects = report["objects"]
    return ", ".join(
        f"{name} {' '.join(f'{sign}{number}' for sign, number in _signed(objects[name]))}"
        for name in WRITTEN
        if name in objects and _total(objects[name])
    )


def _short_path(path: str | None) -> str:
    """Return a path in the checkout relative to it, other paths unchanged."""
    full = Path(path or "none")
    return str(full.relative_to(ROOT) if full.is_relative_to(ROOT) else full)


def _signed(counts: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    for sign, name in (("+", "created"), ("~", "updated")):
        if counts.get(name):
            yield sign, counts[name]


def _total(counts: Mapping[str, int]) -> int:
    return sum(counts.values())


def _counts(counts: Mapping[str, Any] | None) -> str:
    """Format counts without zeros: `none` if all are zero, empty if there are no counts."""
    if counts is None:
        return ""
    return ", ".join(f"{str(name).replace('_', ' ')} {number}" for name, number in counts.items() if number) or "none"


def _calls(product: Mapping[str, Any], sandbox: Mapping[str, Any]) -> str:
    services = [service for service in ("livestorm", "salesforce") if service in product or service in sandbox]
    return ", ".join(
        f"{service.capitalize()} {product.get(service, '?')} (the sandbox counted {sandbox.get(service, '?')})"
        for service in services
    )


def _problems(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield two lines per code and remedy; the report itself has one entry per field or message."""
    found: Counter[tuple[str, str]] = Counter()
    for problem in report.get("problems") or ():
        found[problem.get("code", "unknown"), problem.get("remedy") or "see the report"] += problem.get("count", 1)
    for (code, remedy), count in found.items():
        yield f"    {count} x {code}"
        yield f"      {remedy}"
