"""Airflow plugin with the pages of this project in the Airflow UI, registered by the entry point `airflow.plugins`."""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin

from livestorm_salesforce.orchestration.operator_links import LINKS

PREFIX = "/livestorm-salesforce"


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """ASGI application of the pages, imported at the first request because every task process loads this module."""
    from livestorm_salesforce.web.app import app

    await app(scope, receive, send)


class LivestormSalesforcePlugin(AirflowPlugin):
    """A report page as a tab of each run, the pages in the navigation, and a card on Home."""

    name = "livestorm_salesforce"
    global_operator_extra_links = LINKS
    fastapi_apps = [{"app": pages, "url_prefix": PREFIX, "name": "Livestorm to Salesforce"}]  # noqa: RUF012 declared by Airflow
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
