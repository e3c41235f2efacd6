"""Pictures of every page in a real Airflow, at laptop and phone width, light and dark, English and French.

`python -m benchmarks.page_pictures FOLDER` starts the sandbox and Airflow, runs the sync twice, fills the state
database with 60 webinars and 40,000 people, and writes one PNG file per page and appearance. Printed are each page's
time to the first byte, time until it is complete, and horizontal overflow; it fails if a page or a table overflows.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch
from urllib.parse import quote

from benchmarks import pages
from livestorm_salesforce.runs.context import SYNC_DAG_ID, AppContext
from scripts.demo.airflow import Airflow
from scripts.demo.starting import airflow_in
from service_sandbox import Sandbox
from service_sandbox.salesforce.org.policies import ValidationRule
from tests.harness.webinar import add_webinar
from tests.ui.devtools import Browser

ROOT = Path(__file__).resolve().parents[1]
WIDTHS = {"laptop": (1280, 900), "phone": (390, 844)}
THEMES, LANGUAGES = ("light", "dark"), ("en", "fr")
#: Pixels of a picture's height; the rest of a long table looks the same.
HEIGHT = 2600
PERSON = "person17@acme.example"
TIMES = """(() => {
  const entry = performance.getEntriesByType('navigation')[0];
  return [entry.responseStart - entry.requestStart, entry.loadEventEnd - entry.startTime,
    Math.max(...[document.documentElement, ...document.querySelectorAll('.scroll:has(table)')]
      .map(one => one.scrollWidth - one.clientWidth))];
})()"""
SUBMIT = """(() => {
  const field = document.querySelector('[name=%s]');
  field.value = %s;
  field.form.submit();
  return true;
})()"""


class Page(NamedTuple):
    """A page to photograph. `field`: the form field into which the address of a person is entered, if any."""

    name: str
    path: str
    field: str = ""


def page_list(run_id: str) -> list[Page]:
    """All pages; a run is that of the sandbox, and webinars and people are those of `benchmarks.pages`."""
    run = f"/runs/{SYNC_DAG_ID}/{quote(run_id, safe='')}"
    return [
        Page("overview", "/"), Page("webinars", "/webinars"), Page("webinar", "/webinars/session-005"),
        Page("backfill", "/webinars/backfill?start=2026-01-01"), Page("runs", "/runs"), Page("report", run),
        Page("planned-changes", f"{run}/changes"), Page("refused", f"{run}/refused"), Page("changes", "/changes"),
        Page("changes-of-person", "/changes", "person"), Page("people", "/people"), Page("person", "/people", "text"),
        Page("attention", "/attention"), Page("mapping", "/mapping"), Page("setup", "/setup"),
        Page("erasure", "/erasure"), Page("affected", "/erasure", "address"), Page("not-found", "/nothing"),
    ]  # fmt: skip


def main(target: str) -> None:
    """Take all pictures."""
    folder = Path(target)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, site(Path(home)) as (address, run_id), browser(Path(home)) as tab:
        overflowing = [line for line in photograph(tab, address, run_id, folder) if line]
    if overflowing:
        sys.exit("Pages wider than the window: " + ", ".join(overflowing))


@contextmanager
def browser(home: Path) -> Iterator[Browser]:
    """A headless Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        sys.exit("There is no Chromium on this machine.")
    with Browser(program, home / "browser") as tab:
        yield tab


@contextmanager
def site(home: Path) -> Iterator[tuple[str, str]]:
    """The address of the pages in a real Airflow with a filled database, and the id of a run with a rejected row."""
    with Sandbox(seed="empty", directory=home / "sandbox") as sandbox:
        settings = sandbox.connections | {
            "LIVESTORM_SALESFORCE_STORE": str(home / "airflow" / "runs"),
            "PYTHONPATH": os.pathsep.join([str(ROOT / "include"), str(ROOT / "sandbox")]),
        }
        add_webinar(sandbox, people=12, title="Tour du produit")
        with airflow_in(home / "airflow", settings) as airflow, patch.dict(os.environ, settings):
            run_id = run_twice(airflow, sandbox)
            address = f"{airflow.url}/livestorm-salesforce"
            airflow.session.post(f"{address}/setup/check", headers={"Origin": airflow.url}, timeout=180)
            app = AppContext.from_environment()
            pages.fill(app.state, app, datetime.now(UTC))
            yield address, run_id


def run_twice(airflow: Airflow, sandbox: Sandbox) -> str:
    """A run with a rejected row, and a preview; returns the id of the first."""
    session = sandbox.livestorm.sessions()[0]["id"]
    sandbox.livestorm.register(session, "not an address", "Hanna", "Typo")
    sandbox.livestorm.register(session, "refused@acme.example", "Rex", "Refused")
    sandbox.org.policies.validations.append(ValidationRule("Lead", "LastName", "Refused", pattern="Refused"))
    run_id = airflow.trigger()
    failed_tries: list[Any] = []
    airflow.wait_for_run(run_id, failed_tries.append, seconds=240)
    airflow.wait_for_run(airflow.trigger({"mode": "preview"}), failed_tries.append, seconds=240)
    return run_id


def photograph(tab: Browser, address: str, run_id: str, folder: Path) -> Iterator[str]:
    """Take the pictures; yields the name of each page that is wider than the window, else an empty text."""
    for width, size in WIDTHS.items():
        tab.resize(*size)
        for theme in THEMES:
            for language in LANGUAGES:
                tab.open(f"{address}/static/icon.svg")
                values = {"theme": theme, "i18nextLng": language}
                stored = "; ".join(f"localStorage.setItem({key!r}, {value!r})" for key, value in values.items())
                tab.wait_until(f"{stored}; document.cookie = 'livestorm_language={language}; path=/'; true")
                for page in page_list(run_id):
                    name = f"{page.name}-{width}-{theme}-{language}"
                    first, complete, overflow = show(tab, address, page)
                    tab.photograph(folder / f"{name}.png", HEIGHT)
                    print(f"{name:45} {first:6.0f} ms {complete:6.0f} ms {overflow:5.0f} px", flush=True)
                    yield name if overflow > 0 else ""


def show(tab: Browser, address: str, page: Page) -> tuple[float, float, float]:
    """Open a page; returns milliseconds to the first byte and until it is complete, and pixels of overflow."""
    wanted = address + page.path
    tab.open(wanted)
    ready = f"document.readyState === 'complete' && location.href === {json.dumps(wanted)}"
    tab.wait_until(ready)
    if page.field:
        tab.evaluate("window.old = true")
        tab.evaluate(SUBMIT % (page.field, json.dumps(PERSON)))
        tab.wait_until("!window.old && document.readyState === 'complete'")
    time.sleep(0.1)
    first, complete, overflow = tab.evaluate(TIMES)
    return first, complete, overflow


if __name__ == "__main__":
    main(*sys.argv[1:])
