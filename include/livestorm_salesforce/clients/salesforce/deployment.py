"""Deployments of metadata over REST: start one, wait for its end, results of its components.

Metadata API Developer Guide, *Deploy Metadata Using REST*. The user needs the right to modify metadata by that API.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from livestorm_salesforce.clients.http import JsonObject
from livestorm_salesforce.clients.salesforce.transport import Transport
from livestorm_salesforce.config.metadata_package import Package
from livestorm_salesforce.errors import ConfigError, ContractError, TransientError

PATH = "/metadata/deployRequest"
#: Seconds. Polls cost calls; a deployment of a few fields takes some seconds, and others of the org run before it.
FIRST_POLL, LONGEST_POLL, POLL_SHARE = 1.0, 30.0, 0.5
TIME_LIMIT = 30 * 60.0
MODIFY_METADATA_REMEDY = (
    "deploy with a connection of a user who has 'Modify Metadata Through Metadata API Functions', or give the right to "
    "this user until the deployment has ended"
)


@dataclass(frozen=True)
class ComponentResult:
    """What a deployment does, or a dry run would do, to one component.

    Attributes:
        type: `CustomField` or `PermissionSet`; "" for the package as a whole.
        name: full name, such as `Lead.Key__c`.
        created: whether the org has no such component.
        problem: Salesforce's reason for a refusal; "" if there is none.
    """

    type: str
    name: str
    created: bool = False
    problem: str = ""


@dataclass(frozen=True)
class DeploymentResult:
    """The end of a deployment.

    Attributes:
        succeeded: whether every component was accepted. Otherwise nothing was deployed.
        components: results of all components, and of the package itself if it was refused.
    """

    id: str
    status: str
    succeeded: bool
    components: tuple[ComponentResult, ...]

    @property
    def problems(self) -> list[ComponentResult]:
        """The refused components."""
        return [one for one in self.components if one.problem]


def start(transport: Transport, package: Package, *, check_only: bool) -> str:
    """Queue a deployment and return its id. It deploys all components or none.

    Args:
        check_only: a dry run, which changes nothing.

    Raises:
        ConfigError: the user may not deploy.
        OutcomeUnknown: no response arrived, so the deployment may have been queued.
    """
    options = {"checkOnly": check_only, "rollbackOnError": True, "singlePackage": True, "ignoreWarnings": False}
    parts = {
        "json": (None, json.dumps({"deployOptions": options}), "application/json"),
        "file": ("package.zip", package.zipped(transport.version), "application/zip"),
    }
    try:
        body = transport.call("POST", PATH, writes=not check_only, files=parts).body
    except ConfigError as error:
        raise ConfigError(error.cause, remedy=MODIFY_METADATA_REMEDY) from None
    if not isinstance(body, dict) or not body.get("id"):
        raise ContractError(f"Salesforce answered POST {PATH} without an id.")
    return str(body["id"])


def wait(transport: Transport, deployment_id: str, *, limit: float = TIME_LIMIT) -> DeploymentResult:
    """Poll a deployment until it ends, successfully or not.

    Args:
        limit: seconds.

    Raises:
        TransientError: it has not ended in time, for example because it waits for other deployments of the org.
    """
    pause, waited = FIRST_POLL, 0.0
    status = ""
    while waited < limit:
        transport.clock.sleep(pause)
        waited += pause
        result = _poll(transport, deployment_id)
        status = str(result.get("status"))
        if _is_true(result.get("done")):
            return _result(deployment_id, result)
        pause = min(max(waited * POLL_SHARE, FIRST_POLL), LONGEST_POLL)
    raise TransientError(
        f"The deployment {deployment_id} has not ended after {limit / 60:.0f} minutes (state {status}).",
        remedy="see Setup, Deployment Status, what it waits for; the next attempt waits for the same deployment",
    )


def _poll(transport: Transport, deployment_id: str) -> JsonObject:
    path = f"{PATH}/{deployment_id}"
    body = transport.call("GET", path, params={"includeDetails": "true"}, check_quota=False).body
    result = body.get("deployResult") if isinstance(body, dict) else None
    if not isinstance(result, dict) or not result.get("status"):
        raise ContractError("Salesforce answered a poll without the state of the deployment.")
    return result


def _result(deployment_id: str, result: JsonObject) -> DeploymentResult:
    details = result.get("details") or {}
    failures = [_component(one) for one in _entries(details.get("componentFailures"))]
    successes = [_component(one) for one in _entries(details.get("componentSuccesses"))]
    succeeded = _is_true(result.get("success")) and not failures
    if not succeeded and not failures:
        text = str(result.get("errorMessage") or f"The deployment ended as {result.get('status')}.")
        failures = [ComponentResult("", "package.xml", problem=text)]
    components = (*failures, *(one for one in successes if one.type))
    return DeploymentResult(deployment_id, str(result["status"]), succeeded, components)


def _entries(value: Any) -> Iterator[JsonObject]:
    """The entries of a list; the SOAP side of the API gives a single entry without a list."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            yield one


def _component(entry: JsonObject) -> ComponentResult:
    kind, name = str(entry.get("componentType") or ""), str(entry.get("fullName") or entry.get("fileName") or "")
    problem = "" if _is_true(entry.get("success")) else str(entry.get("problem") or "refused without a reason")
    return ComponentResult(kind, name, _is_true(entry.get("created")), problem)


def _is_true(value: object) -> bool:
    """A boolean; the guide's example writes it as text."""
    return str(value).lower() == "true"
