"""Addresses of pages, for links in Airflow's UI and for notifications. Imported at parse time."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

#: Path of the page of all runs; the pages of single runs are below it.
RUNS = "/livestorm-salesforce/runs"


def report_path(dag_id: str, run_id: str) -> str:
    """The path of the page of a run, without the path of Airflow's UI."""
    return "/".join((RUNS, quote(dag_id, safe=""), quote(run_id, safe="")))


def page_address(path: str) -> str:
    """The address of a page; only its path if Airflow's setting `[api] base_url` does not say where its UI is."""
    from airflow.sdk.configuration import conf

    base: str = conf.get("api", "base_url", fallback="") or ""
    return f"{base.rstrip('/')}{path}"


def page_path(path: str) -> str:
    """The path of a page for links within Airflow's UI, which may be served below a path of its host."""
    return urlsplit(page_address(path)).path
