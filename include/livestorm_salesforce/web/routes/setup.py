"""Setup: the checklist of both accounts and Airflow as last checked, and a new check on request."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from livestorm_salesforce.clients.connections import is_from_environment, variable_of
from livestorm_salesforce.errors import TransientError
from livestorm_salesforce.state import setup_checks
from livestorm_salesforce.state.setup_checks import StoredCheck
from livestorm_salesforce.tasks.setup.checklist import check_setup
from livestorm_salesforce.tasks.setup.items import CheckItem, CheckState
from livestorm_salesforce.web.access import Forbidden, Level
from livestorm_salesforce.web.required_actions import question_address
from livestorm_salesforce.web.visit import Admin

SETUP_DAG_ID = "livestorm_salesforce_setup"
#: Seconds that a person waits for a check; each request has its own, shorter time-outs.
TIME_LIMIT = 120.0
#: Age of a result from which the page recommends a new check.
STALE = timedelta(days=7)
Check = Callable[[], list[CheckItem]]

router = APIRouter(prefix="/setup")


def checklist() -> Check:
    """The check of both accounts and Airflow. Tests replace this dependency."""
    return check_setup


@router.get("", response_class=HTMLResponse)
def setup(visit: Admin) -> HTMLResponse:
    """The last result; calls no service."""
    stored = setup_checks.load(visit.app.database)
    settings = visit.app.settings
    conn_ids = (settings.livestorm_conn_id, settings.salesforce_conn_id)
    return visit.page(
        "setup.html.j2",
        "setup",
        stored=stored,
        areas=_areas(stored),
        counts=_counts(stored),
        is_old=bool(stored and visit.airflow.now() - stored.at > STALE),
        overrides=[(conn_id, variable_of(conn_id)) for conn_id in conn_ids if is_from_environment(conn_id)],
        may_deploy=visit.airflow.is_known(SETUP_DAG_ID) and visit.access.may(Level.TRIGGER, SETUP_DAG_ID),
        questions=[question_address(visit, one) for one in visit.airflow.approvals() if one.dag_id == SETUP_DAG_ID],
    )


@router.post("/check")
def check(visit: Admin, checked: Annotated[Check, Depends(checklist)]) -> RedirectResponse:
    """Check both accounts and Airflow now, and store the result.

    Raises:
        TransientError: the check did not end in time.
    """
    items = [item.document() for item in _bounded(checked)]
    setup_checks.save(visit.app.database, visit.airflow.now(), items)
    return RedirectResponse(f"{visit.prefix}/setup", 303)


@router.post("/deploy")
def deploy(
    visit: Admin,
    connection: Annotated[str, Form(max_length=250)] = "",
    assign: Annotated[bool, Form()] = False,
) -> RedirectResponse:
    """Start the DAG that deploys fields and permissions after an approval, and show its run.

    Args:
        connection: id of the connection that deploys; empty for the one of the sync.
        assign: also assign the permission set to the user of the sync.
    """
    if not visit.access.may(Level.TRIGGER, SETUP_DAG_ID):
        raise Forbidden(Level.TRIGGER)
    conf = {"deploy": True, "assign": assign, "connection": connection.strip() or None}
    run_id = visit.airflow.trigger(SETUP_DAG_ID, conf, visit.access.user_name)
    return RedirectResponse(visit.run_address(SETUP_DAG_ID, run_id), 303)


def _bounded(checked: Check) -> list[CheckItem]:
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(checked).result(TIME_LIMIT)
    except TimeoutError:
        raise TransientError(
            f"The check did not end within {TIME_LIMIT:g} seconds.",
            remedy="look whether both services answer, then check again; `livestorm-salesforce check` has no limit",
        ) from None
    finally:
        pool.shutdown(wait=False)


def _areas(stored: StoredCheck | None) -> dict[str, list[dict[str, Any]]]:
    """The items by area; areas and items that lack something come first."""

    def is_complete(item: dict[str, Any]) -> bool:
        return bool(item["state"] != CheckState.MISSING)

    areas = {area: list(items) for area, items in groupby(stored.items, lambda one: one["area"])} if stored else {}
    ordered = sorted(areas, key=lambda area: all(map(is_complete, areas[area])))
    return {area: sorted(areas[area], key=is_complete) for area in ordered}


def _counts(stored: StoredCheck | None) -> dict[str, int]:
    items: list[dict[str, Any]] = list(stored.items) if stored else []
    return {state: sum(item["state"] == state for item in items) for state in CheckState}
