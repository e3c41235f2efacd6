"""Salesforce REST API and Bulk API 2.0, over the login of Airflow's Salesforce provider."""

from include.livestorm_salesforce.clients.salesforce.client import SalesforceClient
from include.livestorm_salesforce.clients.salesforce.hook import SalesforceClientHook
from include.livestorm_salesforce.clients.salesforce.model import (
    Create,
    Delete,
    Query,
    Request,
    RowResult,
    Update,
    Upsert,
    Write,
)

__all__ = [
    "Create",
    "Delete",
    "Query",
    "Request",
    "RowResult",
    "SalesforceClient",
    "SalesforceClientHook",
    "Update",
    "Upsert",
    "Write",
]
