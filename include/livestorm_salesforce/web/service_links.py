"""Addresses of records in Salesforce and of events in Livestorm."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from livestorm_salesforce.errors import SyncError
from livestorm_salesforce.runs import identity
from livestorm_salesforce.runs.context import AppContext

#: First characters of a record id to the object (Salesforce: Standard Field Record ID Prefix Decoder).
OBJECTS = {"701": "Campaign", "00Q": "Lead", "003": "Contact", "00v": "CampaignMember"}


@dataclass(frozen=True)
class ServiceLinks:
    """Links of one org. `org` is its address, empty if no connection names it."""

    org: str = ""

    def record(self, record_id: object) -> str:
        """The address of a record in Lightning Experience; empty if the org or the kind of record is unknown."""
        sobject = self.sobject(record_id)
        return f"{self.org}/lightning/r/{sobject}/{quote(str(record_id), safe='')}/view" if sobject and self.org else ""

    @staticmethod
    def sobject(record_id: object) -> str:
        """The object of a record; empty if its kind is unknown."""
        return OBJECTS.get(str(record_id)[:3], "")

    @staticmethod
    def web(address: object) -> str:
        """An address that a service has sent, if it is one of the web: `javascript:` addresses are not linked."""
        text = str(address or "")
        return text if urlsplit(text).scheme in ("https", "http") else ""


def service_links(app: AppContext) -> ServiceLinks:
    """The links of the org that the connections lead to."""
    try:
        address = identity.known_pair(app).address
    except SyncError:
        return ServiceLinks()
    return ServiceLinks(ServiceLinks.web(address.partition(" ")[2]).rstrip("/"))
