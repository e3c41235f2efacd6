"""The pages' contents, read from the run store. None where a run has not left what a page shows."""

from __future__ import annotations

from typing import Any

import jinja2
import pandas as pd

from livestorm_salesforce.domain.plan.change_list import COLUMNS, change_list
from livestorm_salesforce.domain.report.summary import object_counts, shown_refusals
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.runs.plan_files import load_plan
from livestorm_salesforce.runs.task_run import started_at
from livestorm_salesforce.storage import Folder

PAGE = 200
LATEST = 100
LISTS = {"plan": "Plan", "undo": "What an undo puts back, and what it cannot", "quarantine": "Rows in quarantine"}
_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("livestorm_salesforce.web", "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
)


def home(prefix: str) -> str:
    runs = AppContext.from_environment().run_folders
    told = [(report, runs.folder(name)) for name in runs.names() if (report := runs.folder(name).read_json("report"))]
    rows = [{**report, **_started(folder)} for report, folder in told if "run_id" in report and "buckets" in report]
    latest = sorted(rows, key=lambda row: row["started"], reverse=True)[:LATEST]
    return _render("home.html.j2", prefix=prefix, runs=latest)


def run(prefix: str, dag_id: str, run_id: str) -> str | None:
    """The report, or until there is one what the plan holds: whoever approves a plan looks here first."""
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


def nothing(prefix: str) -> str:
    return _render("nothing.html.j2", prefix=prefix)


def _lists(prefix: str, dag_id: str, run_id: str) -> str | None:
    """What a run of another DAG left: the list of an undo, or of the rows in quarantine."""
    names = [name for name in LISTS if csv(dag_id, run_id, name) is not None]
    return (
        _render("lists.html.j2", prefix=prefix, dag_id=dag_id, run_id=run_id, names=names, lists=LISTS)
        if names
        else None
    )


def _planned(prefix: str, dag_id: str, run_id: str) -> str | None:
    folder = _folder(dag_id, run_id)
    if not folder.has("plan.json"):
        return None
    objects, safety = object_counts(load_plan(folder).changes), folder.read_json("safety", {"counts": {}, "beyond": []})
    return _render("planned.html.j2", prefix=prefix, dag_id=dag_id, run_id=run_id, objects=objects, **safety)


def changes(prefix: str, dag_id: str, run_id: str, sobject: str, page: int) -> str | None:
    rows = _change_list(dag_id, run_id)
    if rows is None:
        return None
    counts = {name: int(count) for name, count in rows["object"].value_counts(sort=False).items()}
    shown = rows[rows["object"] == sobject] if sobject else rows
    part = shown.iloc[page * PAGE : (page + 1) * PAGE].fillna("")
    return _render(
        "changes.html.j2",
        prefix=prefix,
        dag_id=dag_id,
        run_id=run_id,
        columns=COLUMNS,
        counts=counts,
        sobject=sobject,
        rows=part.to_dict("records"),
        page=page,
        pages=-(-len(shown) // PAGE),
        total=len(shown),
    )


def refused(prefix: str, dag_id: str, run_id: str) -> str | None:
    folder = _folder(dag_id, run_id)
    if not folder.has("accounting.parquet"):
        return None
    return _render(
        "refused.html.j2", prefix=prefix, dag_id=dag_id, run_id=run_id, rows=shown_refusals(folder.read("accounting"))
    )


def csv(dag_id: str, run_id: str, name: str) -> str | None:
    """One of `LISTS`, as the run left it."""
    folder, file = _folder(dag_id, run_id), f"{name}.csv"
    return (folder.path / file).read_bytes().decode() if folder.has(file) else None


def _folder(dag_id: str, run_id: str) -> Folder:
    """The run folder. Access was granted for runs of this DAG, so the path contains the DAG id."""
    return AppContext.from_environment().run_folder(dag_id, run_id)


def _change_list(dag_id: str, run_id: str) -> pd.DataFrame | None:
    folder = _folder(dag_id, run_id)
    return change_list(load_plan(folder)) if folder.has("plan.json") else None


def _started(folder: Folder) -> dict[str, Any]:
    started = started_at(folder) or 0.0
    return {"started": started, "at": pd.Timestamp(started, unit="s").strftime("%Y-%m-%d %H:%M UTC")}


def _render(name: str, **values: Any) -> str:
    return _ENVIRONMENT.get_template(name).render(**values)
