"""Input of every tool: Leads with an external id, Campaigns, and one Campaign Member per Lead.

The tools do not read Livestorm and do not match by e-mail address, so Leads have a unique external id field.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.address import address

LEAD_KEY, CAMPAIGN_KEY = "Livestorm_Key__c", "Livestorm_Session_Id__c"
LEAD_COLUMNS = (LEAD_KEY, "Email", "FirstName", "LastName", "Company")
CAMPAIGN_COLUMNS = (CAMPAIGN_KEY, "Name", "Type")
CHANGED = 50
VERSION = "67.0"
SEED: dict[str, Any] = {
    "salesforce": {
        "org": {"fields": {"Lead": {LEAD_KEY: {"type": "string", "length": 120, "unique": True, "external_id": True}}}}
    }
}


@dataclass(frozen=True)
class People:
    """`size` Leads, evenly in `sessions` Campaigns; the first `changed` have a new first name."""

    size: int
    sessions: int = 1
    changed: int = 0

    def leads(self) -> Iterator[tuple[str, ...]]:
        """Yield rows of `LEAD_COLUMNS`."""
        for number in range(self.size):
            first = "Grace" if number < self.changed else f"Ada{number % 97}"
            yield address(number), address(number), first, f"Lovelace{number}", "Acme"

    def campaigns(self) -> Iterator[tuple[str, ...]]:
        """Yield rows of `CAMPAIGN_COLUMNS`."""
        for number in range(self.sessions):
            yield f"session-{number}", f"Product tour {number}", "Webinar"

    def members(self) -> Iterator[tuple[str, str]]:
        """Yield the external ids of Campaign and Lead."""
        for number in range(self.size):
            yield f"session-{number * self.sessions // self.size}", address(number)


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Path:
    """Write a CSV file with Unix line endings and return its path."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path
