"""What every peer is given: Leads with an external id, Campaigns, and for each Lead a member of one of them.

A peer knows no Livestorm and matches nobody by address, so somebody has filled a unique field of the Lead before.
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
    """`size` Leads, evenly in `sessions` Campaigns; the first `changed` of them have another first name by now.

    `leads` gives rows under `LEAD_COLUMNS`, `campaigns` under `CAMPAIGN_COLUMNS`; `members` gives the keys of
    Campaign and Lead.
    """

    size: int
    sessions: int = 1
    changed: int = 0

    def leads(self) -> Iterator[tuple[str, ...]]:
        for number in range(self.size):
            first = "Grace" if number < self.changed else f"Ada{number % 97}"
            yield address(number), address(number), first, f"Lovelace{number}", "Acme"

    def campaigns(self) -> Iterator[tuple[str, ...]]:
        for number in range(self.sessions):
            yield f"session-{number}", f"Product tour {number}", "Webinar"

    def members(self) -> Iterator[tuple[str, str]]:
        for number in range(self.size):
            yield f"session-{number * self.sessions // self.size}", address(number)


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Path:
    """A CSV file with `\\n` at the ends of its lines."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path
