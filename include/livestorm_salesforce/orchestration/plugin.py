"""The Airflow plugin: pages of this project inside the Airflow UI. Registered by the entry point `airflow.plugins`."""

from __future__ import annotations

from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

PREFIX = "/livestorm-salesforce"


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """The ASGI application of the pages, imported at the first request: every task process loads this module too."""
    from livestorm_salesforce.web.app import app

    await app(scope, receive, send)


class LivestormSalesforcePlugin(AirflowPlugin):
    """A page per run, as a tab of the run, and an overview in the navigation."""

    name = "livestorm_salesforce"
    fastapi_apps: ClassVar = [{"app": pages, "url_prefix": PREFIX, "name": "Livestorm to Salesforce"}]
    external_views: ClassVar = [
        {
            "name": "Livestorm sync",
            "href": f"{PREFIX}/",
            "destination": "nav",
            "category": "browse",
            "url_route": "livestorm-sync",
        },
        {
            "name": "Sync report",
            "href": f"{PREFIX}/runs/{{DAG_ID}}/{{RUN_ID}}",
            "destination": "dag_run",
            "url_route": "sync-report",
        },
    ]
