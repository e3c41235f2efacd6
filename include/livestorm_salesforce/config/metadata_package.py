"""The package of a deployment in metadata format: a zip file with a manifest, as `sf` converts the source."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
NAMESPACE = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
#: Files of one package have the same time, so that equal content makes an equal package.
TIME = (2026, 1, 1, 0, 0, 0)
_ELEMENT = re.compile(r"<CustomField\b[^>]*>(.*)</CustomField>", re.DOTALL)


@dataclass(frozen=True)
class Package:
    """Components to deploy.

    Attributes:
        fields: XML of the source file by `Object.Field`.
        permission_sets: XML by API name.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    permission_sets: Mapping[str, str] = field(default_factory=dict)

    @property
    def components(self) -> list[tuple[str, str]]:
        """Type and full name of each component."""
        return [
            *(("CustomField", name) for name in sorted(self.fields)),
            *(("PermissionSet", name) for name in sorted(self.permission_sets)),
        ]

    def files(self, version: str) -> dict[str, str]:
        """Content by path.

        Args:
            version: API version, such as `67.0`.
        """
        objects = sorted({name.partition(".")[0] for name in self.fields})
        return {
            "package.xml": _manifest(self.components, version),
            **{f"objects/{name}.object": self._object(name) for name in objects},
            **{f"permissionsets/{name}.permissionset": xml for name, xml in self.permission_sets.items()},
        }

    def zipped(self, version: str) -> bytes:
        """The zip file."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, content in self.files(version).items():
                archive.writestr(zipfile.ZipInfo(path, TIME), content)
        return buffer.getvalue()

    def _object(self, sobject: str) -> str:
        own = [xml for name, xml in sorted(self.fields.items()) if name.startswith(f"{sobject}.")]
        return "\n".join([DECLARATION, f"<CustomObject {NAMESPACE}>", *map(_nested, own), "</CustomObject>", ""])


def _nested(xml: str) -> str:
    """The element of a field inside its object: the same lines one level deeper."""
    content = _ELEMENT.search(xml)
    lines = content[1].strip("\n").splitlines() if content else []
    return "\n".join(["    <fields>", *(f"    {line}" for line in lines), "    </fields>"])


def _manifest(components: Sequence[tuple[str, str]], version: str) -> str:
    types = dict.fromkeys(kind for kind, _ in components)
    lines = [DECLARATION, f"<Package {NAMESPACE}>"]
    for kind in types:
        members = [f"        <members>{name}</members>" for one, name in components if one == kind]
        lines += ["    <types>", *members, f"        <name>{kind}</name>", "    </types>"]
    return "\n".join([*lines, f"    <version>{version}</version>", "</Package>", ""])
