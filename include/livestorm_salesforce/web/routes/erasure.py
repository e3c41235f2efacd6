"""Erasure: search for a person by address, erase, and the certificates of earlier erasures.

The address arrives in the body of a request only. It is not stored, logged or part of a link; the DAG gets its HMAC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.state import erasure, erasure_certificates
from livestorm_salesforce.state.erasure_certificates import Certificate
from livestorm_salesforce.tasks.erase_search import Affected, find_affected
from livestorm_salesforce.web.airflow_data import ENDED, DagRunState
from livestorm_salesforce.web.rendering import render_text
from livestorm_salesforce.web.visit import Admin, Visit

ERASE_DAG_ID = "livestorm_salesforce_erase"
#: Runs that the page lists; certificates remain when Airflow has deleted their runs.
SHOWN = 50
TABLES = tuple(model.__tablename__ for model in erasure.SEARCHED)

router = APIRouter(prefix="/erasure")


@dataclass(frozen=True)
class Line:
    """One erasure: its run, its certificate, and the cause if it failed without one."""

    run_id: str
    run: DagRunState | None
    certificate: Certificate | None
    cause: str = ""
    remedy: str = ""

    @property
    def result(self) -> str:
        """Result in one word: last part of the id of a message."""
        if self.certificate:
            return "complete" if self.certificate.is_complete else "incomplete"
        return "running" if self.run and self.run.state not in ENDED else "failed"


@router.get("", response_class=HTMLResponse)
def erasures(visit: Admin) -> HTMLResponse:
    """The form, and earlier erasures."""
    return _page(visit)


@router.post("", response_class=HTMLResponse)
def search(visit: Admin, address: Annotated[str, Form(max_length=320)]) -> HTMLResponse:
    """The stored data of a person, by table and folder."""
    try:
        return _page(visit, find_affected(visit.app, address), address.strip())
    except ConfigError as error:
        return _page(visit, error=error, status=422)


@router.post("/erase")
def erase(
    visit: Admin, mark: Annotated[str, Form(pattern="^[0-9a-f]{64}$")], confirmed: Annotated[bool, Form()] = False
) -> RedirectResponse:
    """Start the erasure of the person of an HMAC."""
    if confirmed:
        visit.airflow.trigger(ERASE_DAG_ID, {"mark": mark}, visit.access.user_name)
    return RedirectResponse(f"{visit.prefix}/erasure{'' if confirmed else '?unconfirmed=1'}", 303)


@router.get("/certificates/{run_id}.txt")
def certificate(visit: Admin, run_id: str) -> Response:
    """The certificate of an erasure as a text without the address."""
    own = [one for one in erasure_certificates.all_certificates(visit.app.database) if one.run_id == run_id]
    if not own:
        raise HTTPException(404)
    text = render_text("certificate.txt.j2", visit.t, certificate=own[0], tables=TABLES)
    headers = {"Content-Disposition": f'attachment; filename="erasure-{own[0].at:%Y-%m-%d-%H%M}.txt"'}
    return Response(text, media_type="text/plain; charset=utf-8", headers=headers)


def _page(
    visit: Visit,
    affected: Affected | None = None,
    address: str = "",
    *,
    error: ConfigError | None = None,
    status: int = 200,
) -> HTMLResponse:
    return visit.page(
        "erasure.html.j2",
        "erasure",
        status=status,
        affected=affected,
        address=address,
        error=error,
        unconfirmed="unconfirmed" in visit.request.query_params,
        lines=_lines(visit),
    )


def _lines(visit: Visit) -> list[Line]:
    """Erasures, newest first: runs as Airflow knows them, then certificates of other erasures."""
    stored = erasure_certificates.all_certificates(visit.app.database)
    certificates = {one.run_id: one for one in reversed(stored)}
    lines = []
    for run in visit.airflow.runs((ERASE_DAG_ID,), limit=SHOWN):
        own = certificates.pop(run.run_id, None) if run.state in ENDED else None
        failures = visit.failures(run.dag_id, run.run_id) if run.state == "failed" and own is None else []
        cause, remedy = (failures[0].cause, failures[0].remedy) if failures else ("", "")
        lines.append(Line(run.run_id, run, own, cause, remedy))
    return lines + [Line(one.run_id, None, one) for one in reversed(certificates.values())]
