"""Answers that come from a proxy, firewall or gateway between this host and a service, and not from the service."""

from __future__ import annotations

import requests

from livestorm_salesforce.clients.http import parse_json
from livestorm_salesforce.errors import ConfigError

#: Statuses with which proxies, firewalls and gateways refuse a call, which therefore was not carried out.
GATEWAY_STATUSES = frozenset([402, 403, 404, 405, 407, 411, 413, 414, 415, 417, 421, 426, 431, 451])
GATEWAY_REMEDY = "check the host of the connection, and the proxy or firewall between Airflow and the service"
GATEWAY_REMEDIES = {
    407: "give the user and password of the proxy in HTTPS_PROXY",
    413: "raise the limit for request bodies of the proxy between Airflow and the service",
}


def is_page(response: requests.Response) -> bool:
    """Whether the body is text that is not JSON: a page of a proxy, of a firewall or of a maintenance."""
    return bool(response.content.strip()) and parse_json(response) is None


def gateway_error(status: int, endpoint: str, service: str) -> ConfigError | None:
    """The error for a call that something between this host and the service refused, by a page or an empty body; None
    for a status that does not say so.

    Args:
        endpoint: method and path, such as `GET /sessions`.
        service: its name.
    """
    if status not in GATEWAY_STATUSES:
        return None
    return ConfigError(
        f"{endpoint} was answered without JSON (HTTP {status}), so not by the API of {service}.",
        remedy=GATEWAY_REMEDIES.get(status, GATEWAY_REMEDY),
    )
