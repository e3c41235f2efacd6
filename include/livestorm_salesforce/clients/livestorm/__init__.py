"""Livestorm Public API v1: reading sessions, events and people (REST API reference, developers.livestorm.co)."""

from include.livestorm_salesforce.clients.livestorm.client import Listing, LivestormClient
from include.livestorm_salesforce.clients.livestorm.hook import LivestormHook
from include.livestorm_salesforce.clients.livestorm.limiter import SharedLimiter
from include.livestorm_salesforce.clients.livestorm.paging import Page, PageReader

__all__ = ["Listing", "LivestormClient", "LivestormHook", "Page", "PageReader", "SharedLimiter"]
