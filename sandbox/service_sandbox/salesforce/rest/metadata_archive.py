"""The body of a deployment: a multipart form with options and a zip file, and the components in the zip file."""

# The sandbox is for trusted clients on this machine, so the XML parser of the standard library is sufficient.
# ruff: noqa: S314

import io
import json
import re
import zipfile
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

from service_sandbox.salesforce.model.errors import ApiError
from service_sandbox.salesforce.rest.call import Call

TYPES = ("CustomField", "PermissionSet")
_BOUNDARY = re.compile(r'boundary="?([^";]+)')


@dataclass
class Component:
    """One member of the manifest.

    Attributes:
        element: its XML without namespaces; None if the zip file lacks it.
    """

    type: str
    name: str
    path: str
    element: ET.Element | None


@dataclass
class Archive:
    """The components, and why the zip file as a whole is refused (empty if it is not)."""

    components: list[Component] = field(default_factory=list)
    problem: str = ""


def read_form(call: Call) -> tuple[dict[str, Any], bytes]:
    """Returns deploy options and zip file of a multipart body.

    Raises:
        ApiError: 400 or 415, a part is missing or malformed.
    """
    content_type = call.headers.get("content-type", "")
    boundary = _BOUNDARY.search(content_type)
    if not content_type.startswith("multipart/form-data") or not boundary:
        raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be multipart/form-data for this resource")
    options: dict[str, Any] | None = None
    archive = b""
    for part in call.body.split(b"--" + boundary[1].encode())[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        content = content.removesuffix(b"\r\n")
        if b"application/json" in head.lower():
            options = _options(content)
        elif b"filename=" in head.lower():
            archive = content
    if options is None or not archive:
        raise ApiError(400, "INVALID_MULTIPART_REQUEST", "The request needs a JSON part and a file part")
    return options, archive


def _options(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)["deployOptions"]
        return dict(found)
    except (ValueError, KeyError, TypeError):
        raise ApiError(400, "JSON_PARSER_ERROR", "The JSON part needs an object deployOptions") from None


def read_archive(content: bytes, *, single_package: bool) -> Archive:
    """Returns the components that the manifest names."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            files = {name: opened.read(name) for name in opened.namelist() if not name.endswith("/")}
    except (zipfile.BadZipFile, EOFError):
        return Archive(problem="The zip file is not valid")
    if not single_package:
        files = {name.partition("/")[2]: data for name, data in files.items() if "/" in name}
    if "package.xml" not in files:
        return Archive(problem="No package.xml found")
    try:
        parsed = {name: _parsed(data) for name, data in files.items()}
    except ET.ParseError as error:
        return Archive(problem=f"Error parsing file: {error}")
    return Archive(list(_components(parsed)))


def _components(files: dict[str, ET.Element]) -> list[Component]:
    found = []
    for kind in files["package.xml"].findall("types"):
        name = kind.findtext("name") or ""
        found += [_component(name, one.text or "", files) for one in kind.findall("members")]
    return found


def _component(kind: str, name: str, files: dict[str, ET.Element]) -> Component:
    if kind == "PermissionSet":
        path = f"permissionsets/{name}.permissionset"
        return Component(kind, name, path, files.get(path))
    sobject, _, own = name.partition(".")
    path = f"objects/{sobject}.object"
    fields = files[path].findall("fields") if path in files else []
    return Component(kind, name, path, next((one for one in fields if one.findtext("fullName") == own), None))


def _parsed(data: bytes) -> ET.Element:
    root = ET.fromstring(data)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root
