"""`livestorm-salesforce check`: list everything that is missing in both accounts and in Airflow."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from itertools import groupby

from livestorm_salesforce.cli.connections import find_connections
from livestorm_salesforce.tasks.setup.checklist import check_setup
from livestorm_salesforce.tasks.setup.items import Area, CheckItem, CheckState

TITLES = {Area.AIRFLOW: "Airflow", Area.LIVESTORM: "Livestorm", Area.SALESFORCE: "Salesforce"}
MARKS = {CheckState.OK: "ok", CheckState.MISSING: "MISSING", CheckState.UNKNOWN: "?"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the checklist and return the exit code: 1 if something is missing."""
    parser = argparse.ArgumentParser(prog="livestorm-salesforce check", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the lines as JSON")
    options = parser.parse_args(arguments)
    find_connections()
    items = check_setup()
    print(json.dumps([item.document() for item in items], indent=1) if options.json else _text(items))
    return 1 if any(item.state == CheckState.MISSING for item in items) else 0


def _text(items: list[CheckItem]) -> str:
    lines: list[str] = []
    for area, group in groupby(items, key=lambda item: item.area):
        lines += [TITLES[area], *(line for item in group for line in _lines(item)), ""]
    missing = sum(item.state == CheckState.MISSING for item in items)
    return "\n".join([*lines, f"{missing} line(s) need a person." if missing else "Nothing is missing."])


def _lines(item: CheckItem) -> list[str]:
    lines = [f"  {MARKS[item.state]:<8} {item.subject}: {item.detail}".rstrip(": ")]
    if item.state != CheckState.OK:
        parts = {"Do": item.remedy, "Where": item.location, "Value": item.value}
        lines += [f"{'':11}{name}: {text}" for name, text in parts.items() if text]
    return lines
