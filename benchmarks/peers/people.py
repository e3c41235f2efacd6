"""What every peer is given: Leads with an external id, one Campaign, and a member of it for each Lead.

A peer knows no Livestorm and matches nobody by address, so somebody has filled a unique field of the Lead before.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.address import address

LEAD_KEY, CAMPAIGN_KEY = "Livestorm_Key__c", "Livestorm_Session_Id__c"
LEAD_COLUMNS = (LEAD_KEY, "Email", "FirstName", "LastName", "Company")
CAMPAIGN = {CAMPAIGN_KEY: "session-1", "Name": "Product tour", "Type": "Webinar"}
VERSION = "67.0"
SEED: dict[str, Any] = {
    "salesforce": {
        "org": {"fields": {"Lead": {LEAD_KEY: {"type": "string", "length": 120, "unique": True, "external_id": True}}}}
    }
}


def leads(size: int) -> Iterator[tuple[str, ...]]:
    """Rows under `LEAD_COLUMNS`: the same people every time."""
    for number in range(size):
        yield address(number), address(number), f"Ada{number % 97}", f"Lovelace{number}", "Acme"


def members(size: int) -> Iterator[tuple[str, str]]:
    """Keys of Campaign and Lead of each member."""
    for number in range(size):
        yield CAMPAIGN[CAMPAIGN_KEY], address(number)


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Path:
    """A CSV file with `\\n` at the ends of its lines."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path
