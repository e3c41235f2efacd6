"""Livestorm Public API v1: reading sessions, events and people (REST API reference, developers.livestorm.co)."""

from livestorm_salesforce.clients.livestorm.client import Listing, LivestormClient
from livestorm_salesforce.clients.livestorm.hook import LivestormHook
from livestorm_salesforce.clients.livestorm.pagination import PageReader
from livestorm_salesforce.clients.livestorm.rate_limit import LocalRateLimiter
from livestorm_salesforce.clients.livestorm.resources import Page

__all__ = ["Listing", "LivestormClient", "LivestormHook", "LocalRateLimiter", "Page", "PageReader"]
