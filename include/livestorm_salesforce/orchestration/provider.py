"""Connection types for Airflow's forms and *Test* buttons.

Airflow reads them from package metadata only, so `include/provider` holds a folder of metadata and lies on PYTHONPATH.

The type `salesforce` is registered here besides Airflow's own provider, for its *Test*: the provider's reads Account,
which our user need not see, and does not know the client-credentials flow on a My Domain. Airflow takes the hook of the
package whose name sorts first, which is why ours is called `airflow-provider-...`, says so in one line of its log, and
joins the form's fields of both: so only the additional ones stand here.
"""

from __future__ import annotations

from typing import Any

PACKAGE = "airflow-provider-livestorm-salesforce"

LIVESTORM = {
    "connection-type": "livestorm",
    "hook-name": "Livestorm",
    "hook-class-name": "livestorm_salesforce.clients.livestorm.LivestormHook",
    "ui-field-behaviour": {
        "hidden-fields": ["schema", "port", "login", "extra"],
        "relabeling": {"password": "API token", "host": "Base URL"},
        "placeholders": {
            "host": "https://api.livestorm.co/v1",
            "password": "the token alone, without 'Bearer '",
        },
    },
}

SALESFORCE = {
    "connection-type": "salesforce",
    "hook-name": "Salesforce",
    "hook-class-name": "livestorm_salesforce.clients.salesforce.SalesforceClientHook",
    "conn-fields": {
        "ca_bundle": {
            "label": "CA bundle",
            "description": "Path of a PEM file to trust, if the usual certificates are not enough.",
            "schema": {"type": ["string", "null"]},
        },
        "mapping": {
            "label": "Mapping file",
            "description": "Path of your own mapping.yaml; LIVESTORM_SALESFORCE_MAPPING wins over it.",
            "schema": {"type": ["string", "null"]},
        },
    },
}


def get_provider_info() -> dict[str, Any]:
    """What Airflow wants to know of a provider: name, description and connection types."""
    return {
        "package-name": PACKAGE,
        "name": "Livestorm to Salesforce",
        "description": "Livestorm webinars into Salesforce campaigns.",
        "connection-types": [LIVESTORM, SALESFORCE],
    }
