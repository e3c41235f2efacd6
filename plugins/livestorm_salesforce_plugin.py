"""What Airflow loads: the pages of this project inside its UI. Everything else is in include/."""

import sys
from pathlib import Path

from airflow.plugins_manager import AirflowPlugin

ROOT = str(Path(__file__).resolve().parents[1])
if ROOT not in sys.path:  # the API server is started without the project on its path
    sys.path.insert(0, ROOT)

PREFIX = "/livestorm-salesforce"


async def pages(scope, receive, send) -> None:
    """The pages' application, imported at the first request: every task process loads this file too."""
    from include.livestorm_salesforce.ui.app import app

    await app(scope, receive, send)


class LivestormSalesforcePlugin(AirflowPlugin):
    name = "livestorm_salesforce"
    fastapi_apps = [{"app": pages, "url_prefix": PREFIX, "name": "Livestorm to Salesforce"}]
    external_views = [
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
