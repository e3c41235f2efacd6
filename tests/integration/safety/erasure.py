"""A person to erase, and all stored texts."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from livestorm_salesforce.state import erasure
from livestorm_salesforce.tasks import quarantine
from tests.harness.webinar import Webinar

ADDRESS = "mallory@acme.example"


def with_person(webinar: Webinar) -> Webinar:
    """Runs in which the person was created once, and rejected once in a session of another event."""
    world = webinar.world
    for name in ("ada", "mallory", "mallory.jr"):
        webinar.register(name)
    world.run()
    world.refuse("Lead", "Title", "Refused")
    world.livestorm.edit_registration(webinar.session, ADDRESS, job_title="Refused")
    world.run({"full_read": True}, manual=True)
    assert len(world.quarantine) == 1
    quarantine.settle(world.task("by-hand", "settle"), "list", [], "")
    return webinar


def database_texts(store: Path) -> Iterator[str]:
    """The tables of the state database as text."""
    with sqlite3.connect(store / "state.db") as connection:
        for table in erasure.SEARCHED:
            name = table.__tablename__
            yield pd.read_sql(f"SELECT * FROM {name}", connection).to_csv()  # noqa: S608


def texts(store: Path) -> str:
    """All stored files as text."""
    found = [*database_texts(store)]
    for file in sorted(store.rglob("*")):
        if file.suffix == ".parquet":
            found.append(pd.read_parquet(file).to_csv())
        elif file.suffix == ".gz":
            found.append(gzip.decompress(file.read_bytes()).decode())
        elif file.is_file() and not file.name.startswith("state.db"):
            found.append(file.read_text())
    return "\n".join(found).lower()
