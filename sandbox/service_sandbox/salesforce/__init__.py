"""Emulator of the part of one Salesforce org that handles leads, contacts and campaigns."""

from service_sandbox.salesforce.org.org import Org
from service_sandbox.salesforce.rest.app import create_app

__all__ = ["Org", "create_app"]
