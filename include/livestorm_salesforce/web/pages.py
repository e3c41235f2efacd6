"""Contents of the pages, read from the run folders. A function returns None if the run has no such content."""

from __future__ import annotations

from typing import Any

import jinja2
import pandas as pd

from livestorm_salesforce.domain.plan.change_list import COLUMNS, change_list
from livestorm_salesforce.domain.report.counts import object_counts
from livestorm_salesforce.domain.report.row_problems import shown_refusals
from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.runs.context import AppContext, Options
from livestorm_salesforce.runs.plan_files import load_plan
from livestorm_salesforce.runs.task_run import started_at
from livestorm_salesforce.storage import Folder

#: Rows per page of the changes.
PAGE_SIZE = 200
#: Runs on the home page.
LATEST = 100
#: CSV files of a run: name and title.
LISTS = {"plan": "Plan", "undo": "Fields that an undo restores or keeps", "quarantine": "Rows in quarantine"}
_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("livestorm_salesforce.web", "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
)


def home(prefix: str) -> str:
    """The latest runs, newest first."""
    named = _run_folders()
    reports = [(report, folder) for folder in named if (report := folder.read_json("report"))]
    rows = [report | _start(folder) for report, folder in reports if "run_id" in report and "buckets" in report]
    latest = sorted(rows, key=lambda row: float(row["started"]), reverse=True)[:LATEST]
    return _render("home.html.j2", prefix=prefix, runs=latest)


def run(prefix: str, dag_id: str, run_id: str) -> str | None:
    """The report of a run; before there is one its plan, which a person reads before an approval; else its lists."""
    folder = _folder(dag_id, run_id)
    report = folder.read_json("report")
    if not report or "buckets" not in report:
        return _planned(prefix, dag_id, run_id) or _lists(prefix, dag_id, run_id)
    return _render(
        "run.html.j2",
        prefix=prefix,
        dag_id=dag_id,
        run_id=run_id,
        report=report,
        sessions=folder.read_json("report_sessions", []),
        without=folder.read_json("report_without", []),
    )


def not_found(prefix: str) -> str:
    """The page of a run without content."""
    return _render("not_found.html.j2", prefix=prefix)


def changes(prefix: str, dag_id: str, run_id: str, sobject: str, page: int) -> str | None:
    """The planned changes, one row per field.

    Args:
        sobject: show only this object; all if empty.
        page: number of the page, from 0.
    """
    folder = _folder(dag_id, run_id)
    if not folder.has("plan.json"):
        return None
    rows = change_list(load_plan(folder))
    shown = rows[rows["object"] == sobject] if sobject else rows
    return _render(
        "changes.html.j2",
        prefix=prefix,
        dag_id=dag_id,
        run_id=run_id,
        columns=COLUMNS,
        counts={name: int(count) for name, count in rows["object"].value_counts(sort=False).items()},
        sobject=sobject,
        rows=shown.iloc[page * PAGE_SIZE : (page + 1) * PAGE_SIZE].fillna("").to_dict("records"),
        page=page,
        pages=-(-len(shown) // PAGE_SIZE),
        total=len(shown),
    )


def refused(prefix: str, dag_id: str, run_id: str) -> str | None:
    """The refused rows."""
    folder = _folder(dag_id, run_id)
    if not folder.has("accounting.parquet"):
        return None
    rows = shown_refusals(folder.read("accounting"))
    return _render("refused.html.j2", prefix=prefix, dag_id=dag_id, run_id=run_id, rows=rows)


def csv(dag_id: str, run_id: str, name: str) -> str | None:
    """One of `LISTS` as the run has written it."""
    folder, file = _folder(dag_id, run_id), f"{name}.csv"
    if not folder.has(file):
        return None
    return folder.read_bytes(file).decode()


def _planned(prefix: str, dag_id: str, run_id: str) -> str | None:
    folder = _folder(dag_id, run_id)
    if not folder.has("plan.json"):
        return None
    objects, limits = object_counts(load_plan(folder).changes), folder.read_json("safety", {"counts": {}, "beyond": []})
    return _render("planned.html.j2", prefix=prefix, dag_id=dag_id, run_id=run_id, objects=objects, **limits)


def _lists(prefix: str, dag_id: str, run_id: str) -> str | None:
    """Links to the lists of a run of the DAGs for undo and quarantine."""
    names = [name for name in LISTS if csv(dag_id, run_id, name) is not None]
    if not names:
        return None
    return _render("lists.html.j2", prefix=prefix, dag_id=dag_id, run_id=run_id, names=names, lists=LISTS)


def _run_folders() -> list[Folder]:
    """The run folders of the pair; none before the first run."""
    try:
        folders = _app().run_folders
    except ConfigError:
        return []
    return [folders.folder(name) for name in folders.names()]


def _app() -> AppContext:
    """The context of the pair of the last run: a page calls no service."""
    return AppContext.from_environment(options=Options(offline=True))


def _folder(dag_id: str, run_id: str) -> Folder:
    """The run folder. Access was granted for runs of this DAG, so the path contains the DAG id."""
    return _app().run_folder(dag_id, run_id)


def _start(folder: Folder) -> dict[str, Any]:
    started = started_at(folder) or 0.0
    return {"started": started, "at": pd.Timestamp(started, unit="s").strftime("%Y-%m-%d %H:%M UTC")}


def _render(name: str, **values: Any) -> str:
    return _ENVIRONMENT.get_template(name).render(**values)
