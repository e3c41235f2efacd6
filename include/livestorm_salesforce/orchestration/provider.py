"""Provider information: connection types for Airflow's connection forms and *Test* buttons.

Airflow finds it by the entry point `apache_airflow_provider` of the installed package.

The connection type `salesforce` is registered in addition to Airflow's own provider, for its *Test* button: the
provider's test reads Account, which the sync user need not see, and does not support the client-credentials flow on a
My Domain. Airflow uses the hook of the package whose name sorts first, hence the name `airflow-provider-...`, logs one
line about it, and merges the form fields of both, so only additional fields are listed here.
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
    """Return name, description and connection types in the format of Airflow's provider schema."""
    return {
        "package-name": PACKAGE,
        "name": "Livestorm to Salesforce",
        "description": "Livestorm webinars into Salesforce campaigns.",
        "connection-types": [LIVESTORM, SALESFORCE],
    }
