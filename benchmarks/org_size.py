"""Shows that the cost of a run does not depend on the size of the org: 10,000, 1 million and 10 million people.

    python -m benchmarks.org_size

The org is generated on the fly: person N has the address of `address(N)`, even numbers are Leads and odd ones Contacts.
It answers each query by key from the keys, as an index does, and refuses any query that would read a whole table. The
same 10,000 registrants are matched in each org, two thirds of them known to it, through the product's client, reader
and plan.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd

from benchmarks import company
from benchmarks.address import address
from benchmarks.measured import peak_memory
from livestorm_salesforce.clients.salesforce import SalesforceClient
from livestorm_salesforce.clients.salesforce.transport import Reply
from livestorm_salesforce.clock import SYSTEM_CLOCK
from livestorm_salesforce.config import Mapping
from livestorm_salesforce.domain.plan.campaign_facts import campaign_facts
from livestorm_salesforce.domain.plan.plan import make_plan
from livestorm_salesforce.domain.registrants.change_detection import columns_needed, detect_changes
from livestorm_salesforce.domain.registrants.transform import transform_registrants
from livestorm_salesforce.readers.salesforce import read_current
from livestorm_salesforce.state.database_url import of_file
from livestorm_salesforce.state.opening import open_database
from livestorm_salesforce.state.pair_state import PairState

REGISTRANTS = 10_000
SIZES = (10_000, 1_000_000, 10_000_000)
QUERY = re.compile(
    r"SELECT (?P<fields>.+?) FROM (?P<object>\w+) WHERE (?P<column>[\w.]+) IN \((?P<keys>.*?)\)", re.DOTALL
)
NUMBER = re.compile(r"'registrant\.(\d+)@")


class GeneratedOrg:
    """A transport whose org has `size` people. It counts calls, characters of statements, and records."""

    root = "/services/data/v67.0"
    version, usage, clock = "67.0", None, SYSTEM_CLOCK

    def __init__(self, size: int) -> None:
        self.size, self.calls, self.characters, self.records = size, 0, 0, 0

    def call(self, method: str, path: str, **options: Any) -> Reply:  # noqa: ARG002
        """Answer a query, or a composite request of queries."""
        self.calls += 1
        if path != "/composite":
            return Reply(200, self._answer(path, options.get("params")), None)  # type: ignore[arg-type]
        body = json.loads(options["data"])
        answers = [{"referenceId": one["referenceId"], "httpStatusCode": 200, "body": self._answer(one["url"], None)}
                   for one in body["compositeRequest"]]  # fmt: skip
        return Reply(200, {"compositeResponse": answers}, None)  # type: ignore[arg-type]

    def _answer(self, url: str, params: dict[str, str] | None) -> dict[str, Any]:
        statement = (params or {}).get("q") or parse_qs(urlsplit(url).query)["q"][0]
        self.characters += len(statement)
        found = QUERY.match(statement)
        if found is None:
            raise ValueError("a query without keys would read a whole table")
        records = self._people(found) if found["column"] == "Email" else []
        self.records += len(records)
        return {"totalSize": len(records), "done": True, "records": records}

    def _people(self, query: re.Match[str]) -> list[dict[str, Any]]:
        remainder = 0 if query["object"] == "Lead" else 1
        numbers = [int(number) for number in NUMBER.findall(query["keys"])]
        return [self._person(query, number) for number in numbers if number < self.size and number % 2 == remainder]

    def _person(self, query: re.Match[str], number: int) -> dict[str, Any]:
        values = {"Id": f"{'00Q' if query['object'] == 'Lead' else '003'}{number:012d}AAA", "Email": address(number),
                  "CreatedDate": company.CREATED, "LastName": f"Lovelace{number}", "FirstName": "Ada",
                  "IsConverted": False}  # fmt: skip
        return {name: values.get(name) for name in query["fields"].split(", ")}


def registrants(size: int) -> pd.DataFrame:
    """10,000 registrants of ten sessions: two thirds are spread evenly over the org, the others are unknown to it."""
    known = np.linspace(0, size - 1, REGISTRANTS * 2 // 3).astype(int)
    unknown = np.arange(99_000_000, 99_000_000 + REGISTRANTS - len(known))
    frames = []
    for session, numbers in enumerate(np.array_split(np.concatenate([known, unknown]), 10)):
        fields = [[{"id": "email", "value": address(number)}, {"id": "first_name", "value": "Ada"},
                   {"id": "last_name", "value": f"Lovelace{number}"}, {"id": "company", "value": "Acme"},
                   {"id": "job_title", "value": "Engineer"}] for number in numbers]  # fmt: skip
        people = [{"id": f"p{number}", "attributes": {"role": "participant", "registrant_detail": {
            "created_at": 1790000000, "event_id": "e1", "fields": form}}}
            for number, form in zip(numbers, fields, strict=True)]  # fmt: skip
        frames.append(transform_registrants(people, f"s{session:06d}"))
    return pd.concat(frames, ignore_index=True).reindex(columns=columns_needed(Mapping()))


def measure(size: int) -> dict[str, Any]:
    """Calls, statements, records, changes, processor seconds and peak memory of reading and planning."""
    made, org = company.make(REGISTRANTS), GeneratedOrg(size)
    facts = campaign_facts(made.scoped, made.events, Mapping())
    rows = detect_changes(registrants(size), facts, Mapping(), made.activation)
    with tempfile.TemporaryDirectory() as folder:
        state = PairState(open_database(of_file(Path(folder) / "state.db")), "pair", lambda: "key")
        app = SimpleNamespace(mapping=Mapping(), schemas=made.schemas, state=state,
                              salesforce=SalesforceClient(org))  # type: ignore[arg-type] # fmt: skip
        state.email_hmacs(rows["email_key"].dropna().unique())
        began = time.process_time()
        current = read_current(app, facts, rows)  # type: ignore[arg-type]
        plan = make_plan(facts, rows, current, Mapping(), made.schemas)
        seconds = time.process_time() - began
    return {"size": size, "calls": org.calls, "characters": org.characters, "records": org.records,
            "changes": len(plan.changes), "seconds": round(seconds, 2), "peak": peak_memory()}  # fmt: skip


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown, with one row per org."""
    head = "| people in the org | calls | characters of statements | records read | changes | processor s | peak MiB |"
    lines = [head, "|" + " ---: |" * 7]
    return "\n".join([*lines, *("| " + " | ".join(f"{value:,}" for value in row.values()) + " |" for row in rows)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="people in the org")
    print(table([measure(size) for size in parser.parse_args().sizes]))


if __name__ == "__main__":
    main()
