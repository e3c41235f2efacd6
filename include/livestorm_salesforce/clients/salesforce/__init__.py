"""Salesforce REST API and Bulk API 2.0, authenticated by Airflow's Salesforce provider."""

from livestorm_salesforce.clients.salesforce.client import SalesforceClient
from livestorm_salesforce.clients.salesforce.hook import SalesforceClientHook
from livestorm_salesforce.clients.salesforce.operations import (
    Create,
    Delete,
    Request,
    RowResult,
    Update,
    Upsert,
    Write,
)
from livestorm_salesforce.clients.salesforce.soql import Query

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
