"""A stand-in for the part of one Salesforce org that works with leads, contacts and campaigns."""

from service_sandbox.salesforce.org import Org

__all__ = ["Org", "create_app"]


def create_app(org: Org, clock, **settings):
    """The org's REST interface as a Starlette application (see `app.create_app`)."""
    from service_sandbox.salesforce.app import create_app as build

    return build(org, clock, **settings)
