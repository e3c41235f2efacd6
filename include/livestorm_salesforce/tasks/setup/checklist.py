"""The whole checklist: Airflow, Livestorm, Salesforce, in one pass."""

from __future__ import annotations

from typing import Any

from livestorm_salesforce.config import Settings
from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.runs.options import Limits
from livestorm_salesforce.tasks.setup.airflow import check_airflow, settings_item
from livestorm_salesforce.tasks.setup.items import CheckItem
from livestorm_salesforce.tasks.setup.livestorm import check_livestorm
from livestorm_salesforce.tasks.setup.salesforce import check_salesforce

#: Attempts of a request: somebody waits for the result.
ATTEMPTS = 2


def check_setup(**options: Any) -> list[CheckItem]:
    """Check both accounts and Airflow; reads no record of a person and writes nothing to either service.

    Costs at most five calls of Livestorm and ten of Salesforce, and a few seconds.

    Args:
        options: arguments of `AppContext`, by default two attempts per request.
    """
    try:
        settings = Settings.read()
    except ConfigError as error:
        return [settings_item(error)]
    app = AppContext(settings, **{"limits": Limits(attempts=ATTEMPTS), **options})
    return [settings_item(None), *check_airflow(app), *check_livestorm(app), *check_salesforce(app)]
