"""Routes of the pages in the Airflow UI. Counts require access to the run, personal data the right to edit it.

A mounted app has no access control of its own (Airflow documentation: UI plugins, security), so every route requires
Airflow's, except the webhook endpoint, which requires Livestorm's signature.
"""

from __future__ import annotations

from typing import Literal

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response
from starlette.types import ASGIApp

from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.runs.context import SYNC_DAG_ID
from livestorm_salesforce.web import pages, webhook_endpoint
from livestorm_salesforce.web.security_headers import SecurityHeaders

SEE = Depends(requires_access_dag("GET", DagAccessEntity.RUN))
CHANGE = Depends(requires_access_dag("PUT", DagAccessEntity.RUN))
SEE_ANY = Depends(requires_access_dag("GET", DagAccessEntity.RUN, SYNC_DAG_ID))
PREFIX = "/livestorm-salesforce"


class PagesApp(FastAPI):
    """An application whose every response, error pages included, has the headers of `SecurityHeaders`."""

    def build_middleware_stack(self) -> ASGIApp:
        return SecurityHeaders(super().build_middleware_stack())


app = PagesApp(docs_url=None, redoc_url=None, openapi_url=None)
app.include_router(webhook_endpoint.router)


@app.exception_handler(404)
@app.exception_handler(ConfigError)
def not_found(_: Request, __: Exception) -> HTMLResponse:
    """A page with an explanation: the tab of a run is often opened before the run has written anything."""
    return HTMLResponse(pages.not_found(PREFIX), 404)


@app.get("/", response_class=HTMLResponse, dependencies=[SEE_ANY])
def home() -> str:
    """The latest runs with their verdicts: counts only."""
    return pages.home(PREFIX)


@app.get("/runs/{dag_id}/{run_id}", response_class=HTMLResponse, dependencies=[SEE])
def run(dag_id: str, run_id: str) -> str:
    """One run: verdict, counts, problems with remedies, sessions."""
    return _or_404(pages.run(PREFIX, dag_id, run_id))


@app.get("/runs/{dag_id}/{run_id}/changes", response_class=HTMLResponse, dependencies=[CHANGE])
def changes(dag_id: str, run_id: str, sobject: str = "", page: int = Query(0, ge=0)) -> str:
    """Every change of the run's plan: field, before, after, reason."""
    return _or_404(pages.changes(PREFIX, dag_id, run_id, sobject, page))


@app.get("/runs/{dag_id}/{run_id}/refused", response_class=HTMLResponse, dependencies=[CHANGE])
def refused(dag_id: str, run_id: str) -> str:
    """Refused rows with Salesforce's messages and remedies."""
    return _or_404(pages.refused(PREFIX, dag_id, run_id))


@app.get("/runs/{dag_id}/{run_id}/{name}.csv", dependencies=[CHANGE])
def csv(dag_id: str, run_id: str, name: Literal["plan", "undo", "quarantine"]) -> Response:
    """The plan, the list of an undo, or the rows in quarantine, as CSV."""
    text = _or_404(pages.csv(dag_id, run_id, name))
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _or_404(text: str | None) -> str:
    if text is None:
        raise HTTPException(404, "This run has no plan or report yet.")
    return text
