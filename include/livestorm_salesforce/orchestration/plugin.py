"""Airflow plugin with the pages of this project in the Airflow UI, registered by the entry point `airflow.plugins`."""

from __future__ import annotations

import logging
import threading
from typing import Any

from airflow.plugins_manager import AirflowPlugin

from livestorm_salesforce.orchestration.operator_links import LINKS

log = logging.getLogger(__name__)
PREFIX = "/livestorm-salesforce"


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """ASGI application of the pages, imported at the first request because every task process loads this module."""
    from livestorm_salesforce.web.app import app

    await app(scope, receive, send)


def load_early(app: Any) -> Any:
    """Load the pages in the background when a process of the API server starts, so that no user waits for it.

    Airflow has no hook for the start of a plugin in its API server only. It calls the factories of middlewares there,
    once per process; this one adds no middleware.
    """
    threading.Thread(target=_load, name="livestorm-salesforce-pages", daemon=True).start()
    return app


def _load() -> None:
    try:
        from livestorm_salesforce.web import app as _  # noqa: F401 its import takes a second
        from livestorm_salesforce.web.rendering import prepare

        prepare()
    except Exception as error:  # noqa: BLE001 the first request reports it
        log.warning("The pages could not be loaded early (%s).", type(error).__name__)


class LivestormSalesforcePlugin(AirflowPlugin):
    """A report page as a tab of each run, the pages in the navigation, and a card on Home."""

    name = "livestorm_salesforce"
    global_operator_extra_links = LINKS
    fastapi_apps = [{"app": pages, "url_prefix": PREFIX, "name": "Livestorm to Salesforce"}]  # noqa: RUF012 declared by Airflow
    fastapi_root_middlewares = [{"middleware": load_early, "name": "Livestorm to Salesforce"}]  # noqa: RUF012 declared by Airflow
    external_views = [  # noqa: RUF012 declared by Airflow
        {
            "name": "Livestorm",
            "href": f"{PREFIX}/",
            "destination": "nav",
            "nav_top_level": True,
            "url_route": "livestorm-sync",
            "icon": f"{PREFIX}/static/icon.svg",
            "icon_dark_mode": f"{PREFIX}/static/icon-dark.svg",
        },
        {
            "name": "Sync report",
            "href": f"{PREFIX}/runs/{{DAG_ID}}/{{RUN_ID}}?embedded=1",
            "destination": "dag_run",
            "url_route": "sync-report",
        },
    ]
    react_apps = [  # noqa: RUF012 declared by Airflow
        {
            "name": "Livestorm sync health",
            "bundle_url": f"{PREFIX}/static/home-card.js",
            "destination": "dashboard",
            "url_route": "livestorm-sync-health",
        }
    ]
