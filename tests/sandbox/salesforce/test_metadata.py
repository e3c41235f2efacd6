"""Deployments of metadata: their states, failures and effects, and the permission sets that make fields visible."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from service_sandbox.control.clock import Clock
from service_sandbox.salesforce import Org
from tests.sandbox.salesforce.conftest import Api

NAMESPACE = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
FIELD = "Lead.Score__c"
READER = {"objects": {"Lead": "read edit"}, "fields": {"Lead": {"Email": "read"}}, "modify_metadata": True}


def field(name: str = "Score__c", kind: str = "Text", more: str = "<length>20</length>") -> str:
    return f"<fields><fullName>{name}</fullName><label>Score</label><type>{kind}</type>{more}</fields>"


def grant(name: str = FIELD, *, objects: str = "") -> str:
    one = f"<editable>true</editable><field>{name}</field><readable>true</readable>"
    return (
        f"<PermissionSet {NAMESPACE}><fieldPermissions>{one}</fieldPermissions><label>Sync</label>{objects}"
        "<userPermissions><enabled>true</enabled><name>ApiEnabled</name></userPermissions></PermissionSet>"
    )


def zipped(fields: str = field(), names: tuple[str, ...] = (FIELD,), permission_set: str = "") -> bytes:
    """A package of fields of Lead and of the permission set Sync."""
    members = "".join(f"<members>{name}</members>" for name in names)
    types = f"<types>{members}<name>CustomField</name></types>" if names else ""
    if permission_set:
        types += "<types><members>Sync</members><name>PermissionSet</name></types>"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("package.xml", f"<Package {NAMESPACE}>{types}<version>67.0</version></Package>")
        archive.writestr("objects/Lead.object", f"<CustomObject {NAMESPACE}>{fields}</CustomObject>")
        if permission_set:
            archive.writestr("permissionsets/Sync.permissionset", permission_set)
    return buffer.getvalue()


def post(api: Api, archive: bytes, **options: Any) -> Any:
    document = json.dumps({"deployOptions": {"singlePackage": True, "rollbackOnError": True, **options}})
    parts = {"json": (None, document, "application/json"), "file": ("package.zip", archive, "application/zip")}
    headers = {name: value for name, value in api.http.headers.items() if name != "Content-Type"}
    return api.http.post(f"{api.base}/metadata/deployRequest", files=parts, headers=headers)


def deploy(api: Api, archive: bytes, **options: Any) -> dict[str, Any]:
    """The result of a deployment that ends at once."""
    made = post(api, archive, **options)
    assert made.status_code == 201, made.text
    assert made.json()["deployResult"]["status"] == "Pending"
    found = api.get(f"/metadata/deployRequest/{made.json()['id']}?includeDetails=true").json()
    assert found["deployResult"]["done"] is True
    return found["deployResult"]


def problems(result: dict[str, Any]) -> list[str]:
    return [one["problem"] for one in result["details"]["componentFailures"]]


def lead_fields(api: Api) -> set[str]:
    return {one["name"] for one in api.get("/sobjects/Lead/describe").json()["fields"]}


@pytest.fixture
def as_admin(make_org: Callable[..., Org], serve: Callable[[Org], Api]) -> Callable[..., Api]:
    """Serves an org with these settings; the app runs as a System Administrator."""
    return lambda **settings: serve(make_org(**settings))


def test_a_deployed_field_is_hidden_from_everybody_until_a_permission_set_grants_it(
    as_admin: Callable[..., Api],
) -> None:
    api = as_admin()
    result = deploy(api, zipped())
    assert (result["status"], result["success"], result["numberComponentsDeployed"]) == ("Succeeded", True, 1)
    (made,) = [one for one in result["details"]["componentSuccesses"] if one["componentType"]]
    assert (made["fullName"], made["created"], made["changed"]) == (FIELD, True, True)
    assert "Score__c" not in lead_fields(api), "an administrator does not see it either"
    assert deploy(api, zipped(names=(), permission_set=grant()))["success"] is True
    permission_set = api.get("/query?q=SELECT+Id+FROM+PermissionSet+WHERE+Name='Sync'").json()["records"][0]["Id"]
    assert "Score__c" not in lead_fields(api), "the permission set is not assigned"
    assignment = {"AssigneeId": api.org.users.run_as.id, "PermissionSetId": permission_set}
    assert api.post("/sobjects/PermissionSetAssignment", assignment).status_code == 201
    assert "Score__c" in lead_fields(api)
    assert api.post("/sobjects/PermissionSetAssignment", assignment).json()[0]["errorCode"] == "DUPLICATE_VALUE"
    made = api.post("/sobjects/Lead", {"LastName": "A", "Company": "B", "Score__c": "9"})
    assert made.status_code == 201


def test_a_dry_run_reports_and_changes_nothing(as_admin: Callable[..., Api]) -> None:
    api = as_admin()
    result = deploy(api, zipped(permission_set=grant()), checkOnly=True)
    assert result["checkOnly"] is True and result["success"] is True and result["numberComponentsTotal"] == 2
    assert api.org.schema["Lead"].get("Score__c") is None and api.org.permission_sets.find("Sync") is None


def test_a_second_deployment_of_a_field_changes_it(as_admin: Callable[..., Api]) -> None:
    api = as_admin()
    deploy(api, zipped())
    again = deploy(api, zipped())["details"]["componentSuccesses"][0]
    assert (again["created"], again["changed"]) == (False, False)
    longer = deploy(api, zipped(field(more="<length>80</length>")))["details"]["componentSuccesses"][0]
    assert (longer["created"], longer["changed"]) == (False, True)
    assert api.org.schema["Lead"].fields["Score__c"].length == 80


def test_a_permission_set_is_replaced_as_a_whole(as_admin: Callable[..., Api]) -> None:
    api = as_admin()
    deploy(api, zipped(permission_set=grant()))
    deploy(api, zipped(names=(), permission_set=grant("Lead.Phone")))
    rows = api.get("/query?q=SELECT+Field+FROM+FieldPermissions").json()["records"]
    assert [row["Field"] for row in rows] == ["Lead.Phone"]


@pytest.mark.parametrize(
    ("archive", "problem"),
    [
        (zipped(field(more="")), "Must specify 'length' for a CustomField of type Text"),
        (zipped(field(more="<length>20</length><size>1</size>")), "Element size invalid at this location"),
        (zipped(names=("Lead.Other__c",)), "was named in package.xml, but was not found in zipped directory"),
        (zipped(field("Email", "Text"), ("Lead.Email",)), "not a valid custom field name"),
        (zipped(names=(), permission_set=grant("Lead.Nope__c")), "no CustomField named Lead.Nope__c found"),
        (zipped(names=(), permission_set=grant("Lead.LastName")), "required field: Lead.LastName"),
        (zipped(field("Gone__c"), ("Lead.Gone__c",)), "There is already a field named Gone on Lead."),
        (
            zipped(names=(), permission_set=grant("Lead.Phone", objects="<objectPermissions><allowEdit>true</allowEdit>"
                   "<allowRead>false</allowRead><object>Lead</object></objectPermissions>")),
            "Permission Edit Lead depends on permission(s): Read Lead",
        ),
        (
            zipped(names=(), permission_set=grant("Lead.Phone", objects="<objectPermissions><allowRead>true</allowRead>"
                   "<object>Contact</object></objectPermissions>")),
            "Permission Read Contact depends on permission(s): Read Account",
        ),
    ],
)  # fmt: skip
def test_failures_of_components(as_admin: Callable[..., Api], archive: bytes, problem: str) -> None:
    api = as_admin(deployments={"deleted_fields": {"Lead": ["Gone__c"]}})
    result = deploy(api, archive)
    assert (result["status"], result["success"]) == ("Failed", False)
    assert problem in problems(result)[0]


def test_another_type_and_a_full_object_are_refused(as_admin: Callable[..., Api]) -> None:
    api = as_admin(fields={"Lead": {"Score__c": {"type": "double"}}}, deployments={"custom_fields": 1})
    assert problems(deploy(api, zipped())) == ["Cannot change field type from double to string"]
    full = deploy(api, zipped(field("Other__c"), ("Lead.Other__c",)))
    assert problems(full) == ["You have reached the maximum number of custom fields on Lead."]


def test_a_failure_rolls_back_unless_the_options_say_otherwise(as_admin: Callable[..., Api]) -> None:
    api = as_admin()
    fields = field() + field("Bad__c", more="")
    names = (FIELD, "Lead.Bad__c")
    assert deploy(api, zipped(fields, names))["status"] == "Failed"
    assert api.org.schema["Lead"].get("Score__c") is None
    assert deploy(api, zipped(fields, names), rollbackOnError=False)["status"] == "SucceededPartial"
    assert api.org.schema["Lead"].get("Score__c") is not None


def test_deployments_wait_for_others_and_take_time(as_admin: Callable[..., Api], clock: Clock) -> None:
    api = as_admin(deployments={"queue_seconds": 60, "seconds": 30})
    made = post(api, zipped()).json()["id"]

    def status() -> str:
        return api.get(f"/metadata/deployRequest/{made}").json()["deployResult"]["status"]

    assert status() == "Pending"
    clock.advance(seconds=70)
    assert status() == "InProgress"
    clock.advance(seconds=30)
    assert status() == "Succeeded"


def test_a_user_without_modify_metadata_cannot_deploy(as_admin: Callable[..., Api]) -> None:
    api = as_admin(user={**READER, "modify_metadata": False})
    refused = post(api, zipped())
    assert refused.status_code == 403 and refused.json()[0]["errorCode"] == "INSUFFICIENT_ACCESS"
    assert "ModifyMetadata" in refused.json()[0]["message"]
    assert api.get("/query?q=SELECT+Id+FROM+PermissionSet").json()[0]["errorCode"] == "INVALID_TYPE"


def test_a_user_with_modify_metadata_can_deploy_and_grant(as_admin: Callable[..., Api]) -> None:
    api = as_admin(user=READER)
    assert deploy(api, zipped(permission_set=grant()))["success"] is True
    permission_set = api.org.permission_sets.find("Sync")
    row = {"ParentId": permission_set, "SobjectType": "Lead", "PermissionsRead": True, "PermissionsEdit": True}
    assert api.post("/sobjects/FieldPermissions", {**row, "Field": "Lead.Phone"}).status_code == 201
    assert api.post("/sobjects/FieldPermissions", {**row, "Field": "Lead.No__c"}).status_code == 400
    assignment = {"AssigneeId": api.org.users.run_as.id, "PermissionSetId": permission_set}
    assert api.post("/sobjects/PermissionSetAssignment", assignment).status_code == 201
    assert {"Score__c", "Phone"} <= lead_fields(api)


def test_malformed_requests_are_refused(as_admin: Callable[..., Api]) -> None:
    api = as_admin()
    assert api.post("/metadata/deployRequest", {}).status_code == 415
    assert post(api, zipped(), unknown=True).json()[0]["errorCode"] == "JSON_PARSER_ERROR"
    assert api.get("/metadata/deployRequest/0Af5j0000000009AAA").status_code == 404
    broken = post(api, b"not a zip").json()["id"]
    result = api.get(f"/metadata/deployRequest/{broken}?includeDetails=true").json()["deployResult"]
    assert problems(result) == ["The zip file is not valid"]
