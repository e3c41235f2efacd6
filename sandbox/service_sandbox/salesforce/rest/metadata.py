"""Deployments of metadata over REST (Metadata API Developer Guide: Deploy Metadata Using REST)."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from service_sandbox.salesforce.model import ids
from service_sandbox.salesforce.model.errors import ApiError, not_found
from service_sandbox.salesforce.model.values import format_datetime
from service_sandbox.salesforce.org.metadata import Change, check_field, check_permission_set
from service_sandbox.salesforce.org.users import User
from service_sandbox.salesforce.rest.call import Call, Reply, Router
from service_sandbox.salesforce.rest.metadata_archive import TYPES, Archive, Component, read_archive, read_form

KEY_PREFIX = "0Af"
DEFAULTS = {"checkOnly": False, "ignoreWarnings": False, "rollbackOnError": False, "singlePackage": False}
OPTIONS = {*DEFAULTS, "allowMissingFiles", "autoUpdatePackage", "performRetrieve", "purgeOnDelete", "runTests",
           "runAllTests", "testLevel"}  # fmt: skip
FORBIDDEN = "use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions"


@dataclass
class Deployment:
    """One deployment; it runs at the first question for its status after `ends_at`.

    Attributes:
        messages: DeployMessage per component, after the end.
    """

    id: str
    user: User
    options: dict[str, Any]
    archive: Archive
    created_at: datetime
    starts_at: datetime
    ends_at: datetime
    messages: list[dict[str, Any]] = field(default_factory=list)
    status: str = "Pending"

    @property
    def is_done(self) -> bool:
        return self.status in ("Succeeded", "SucceededPartial", "Failed")


class Deployments:
    """The deployments of one org. One runs at a time; the others wait."""

    def __init__(self, service: Any) -> None:
        self.service, self.org = service, service.org
        self._numbers = itertools.count(1)
        self._all: dict[str, Deployment] = {}

    def create(self, user: User, options: dict[str, Any], archive: Archive) -> Deployment:
        """Adds a deployment to the queue."""
        settings, now = self.org.deployments, self.service.clock.now()
        starts = now + timedelta(seconds=settings.get("queue_seconds", 0))
        ends = starts + timedelta(seconds=settings.get("seconds", 0))
        one = Deployment(ids.make(KEY_PREFIX, next(self._numbers)), user, options, archive, now, starts, ends)
        self._all[one.id[:15]] = one
        return one

    def get(self, deployment_id: str) -> Deployment:
        """Returns a deployment, which has run if its time has come."""
        found = self._all.get(deployment_id[:15])
        if found is None:
            raise not_found()
        with self.org.store.lock:
            now = self.service.clock.now()
            if not found.is_done and now >= found.ends_at:
                self._run(found)
            elif not found.is_done and now >= found.starts_at:
                found.status = "InProgress"
        return found

    def _run(self, one: Deployment) -> None:
        changes = [(component, self._check(component, one.archive)) for component in one.archive.components]
        failed = bool(one.archive.problem) or any(change.problem for _, change in changes)
        keeps = not one.options["checkOnly"] and not (failed and one.options["rollbackOnError"])
        for _, change in changes:
            if keeps and not change.problem:
                change.save()
        one.messages = [_message(one, component, change) for component, change in changes]
        manifest = Component("", "package.xml", "package.xml", None)
        one.messages.append(_message(one, manifest, Change(one.archive.problem)))
        partial = failed and not one.options["rollbackOnError"] and any(not change.problem for _, change in changes)
        one.status = "SucceededPartial" if partial else "Failed" if failed else "Succeeded"

    def _check(self, component: Component, archive: Archive) -> Change:
        if component.type not in TYPES:
            return Change(f"The sandbox does not support the metadata type {component.type}")
        if component.element is None:
            return Change(f"An object '{component.name}' of type {component.type} was named in package.xml, but was "
                          "not found in zipped directory")  # fmt: skip
        if component.type == "CustomField":
            return check_field(self.org, component.name, component.element)
        fields = {other.name for other in archive.components if other.type == "CustomField"}
        return check_permission_set(self.org, component.name, component.element, fields)


def _message(one: Deployment, component: Component, change: Change) -> dict[str, Any]:
    """A DeployMessage."""
    message = {"changed": change.changed and not change.problem, "componentType": component.type,
               "created": change.created, "createdDate": format_datetime(one.created_at), "deleted": False,
               "fileName": component.path, "fullName": component.name, "success": not change.problem}  # fmt: skip
    return message | ({"problem": change.problem, "problemType": "Error"} if change.problem else {})


def routes(router: Router) -> None:
    """Adds the routes of this module."""
    router.add("/metadata/deployRequest", since=33, POST=("metadata.deploy", create))
    router.add("/metadata/deployRequest/{key}", since=33, GET=("metadata.status", status))


def create(service: Any, call: Call) -> Reply:
    """`POST /metadata/deployRequest`."""
    _require_right(call)
    given, content = read_form(call)
    if unknown := sorted(set(given) - OPTIONS):
        raise ApiError(400, "JSON_PARSER_ERROR", f'Unrecognized field "{unknown[0]}"')
    options = {**DEFAULTS, **given}
    archive = read_archive(content, single_package=options["singlePackage"])
    one = service.deployments.create(call.user, options, archive)
    body = {"id": one.id, "validatedDeployRequestId": None, "validatedDeployRequestName": None,
            "deployOptions": options, "deployResult": _result(one, details=False)}  # fmt: skip
    return Reply(201, body)


def status(service: Any, call: Call, key: str) -> Reply:
    """`GET /metadata/deployRequest/{id}`."""
    _require_right(call)
    details = call.params("includeDetails").get("includeDetails") == "true"
    one = service.deployments.get(key)
    url = f"{service.base_url}/services/data/{call.version}/metadata/deployRequest/{one.id}"
    return Reply(200, {"id": one.id, "url": url, "deployResult": _result(one, details=details)})


def _require_right(call: Call) -> None:
    if not call.user.rights.may_modify_metadata:
        raise ApiError(403, "INSUFFICIENT_ACCESS", FORBIDDEN)


def _result(one: Deployment, *, details: bool) -> dict[str, Any]:
    failures = [message for message in one.messages if not message["success"]]
    components = [message for message in one.messages if message["componentType"]]
    deployed = sum(message["success"] for message in components)
    result = {
        "id": one.id, "checkOnly": one.options["checkOnly"], "createdBy": one.user.id,
        "createdByName": one.user.username, "createdDate": format_datetime(one.created_at),
        "done": one.is_done, "ignoreWarnings": one.options["ignoreWarnings"],
        "numberComponentErrors": len(failures), "numberComponentsDeployed": deployed,
        "numberComponentsTotal": len(components) if one.is_done else 0, "numberTestErrors": 0,
        "numberTestsCompleted": 0, "numberTestsTotal": 0, "rollbackOnError": one.options["rollbackOnError"],
        "runTestsEnabled": False, "status": one.status, "success": one.status == "Succeeded",
    }  # fmt: skip
    if one.is_done:
        result["completedDate"] = format_datetime(one.ends_at)
    if details:
        successes = [message for message in one.messages if message["success"]]
        tests = {"numFailures": 0, "numTestsRun": 0, "totalTime": 0, "failures": [], "successes": [],
                 "codeCoverage": [], "codeCoverageWarnings": []}  # fmt: skip
        result["details"] = {"componentFailures": failures, "componentSuccesses": successes, "retrieveResult": None,
                             "runTestResult": tests}  # fmt: skip
    return result
