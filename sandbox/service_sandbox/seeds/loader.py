"""Loads seeds: YAML files that describe the initial content of a sandbox. The README documents every key."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from service_sandbox import demo
from service_sandbox.control.moments import parse_moment
from service_sandbox.livestorm.workspace import Workspace
from service_sandbox.salesforce import Org
from service_sandbox.seeds.org_rows import insert_org_rows
from service_sandbox.seeds.workspace_rows import insert_workspace_rows

FOLDER = Path(__file__).parent
EMPTY, DEMO = "empty", "demo"
Filler = Callable[[Workspace, Org, datetime, dict[str, str]], None]
KEYS = {
    "": {"extends", "start", "livestorm", "salesforce"},
    "livestorm": {"name", "seed", "settings", "team", "events"},
    "salesforce": {"org", "records", "deleted"},
}


@dataclass
class Seed:
    """Initial content and configuration of a sandbox.

    Attributes:
        start: initial time of the clock; None for the real time.
        name: name of the workspace.
        seed: determines ids, tokens and the order of lists.
        settings: settings of the workspace (`livestorm.settings.Settings`).
        org: configuration of the org (`salesforce.org.org_config.configure`).
        fillers: functions that add records to both services, in order.
    """

    start: datetime | None = None
    name: str = "Sandbox"
    seed: int = 0
    settings: dict[str, Any] = field(default_factory=dict)
    org: dict[str, Any] = field(default_factory=dict)
    fillers: list[Filler] = field(default_factory=list)

    def fill(self, workspace: Workspace, org: Org, start: datetime) -> dict[str, str]:
        """Adds the records; returns ids by label."""
        labels: dict[str, str] = {}
        with workspace.store.transaction():
            for filler in self.fillers:
                filler(workspace, org, start, labels)
        return labels


def load(seed: str | Path | Mapping[str, Any]) -> Seed:
    """Loads a seed by name (`empty`, `demo`), from the path of a seed file, or from its content as a mapping.

    Raises:
        ValueError: the file has an unknown key; the message says where.
        FileNotFoundError: the seed does not exist.
    """
    if isinstance(seed, Mapping):
        return _from_document(dict(seed), FOLDER)
    if str(seed) == DEMO:
        return Seed(name=demo.COMPANY, seed=demo.SEED, org=load(EMPTY).org, fillers=[demo.fill])
    if str(seed) == EMPTY:
        return _from_document(_empty(), FOLDER)
    path = Path(seed)
    if not path.exists():
        raise FileNotFoundError(f"unknown seed {seed}: give empty, demo, or the path of a seed file")
    return _from_document(YAML(typ="safe").load(path) or {}, path.parent)


@cache
def _empty() -> dict[str, Any]:
    document: dict[str, Any] = YAML(typ="safe").load(FOLDER / "empty.yaml")
    return document


def _from_document(document: dict[str, Any], folder: Path) -> Seed:
    for place, keys in KEYS.items():
        check_keys(document.get(place, {}) if place else document, keys, place or "the seed")
    base = _base(document.get("extends"), folder)
    livestorm, salesforce = document.get("livestorm", {}), document.get("salesforce", {})
    if "start" in document:
        base.start = parse_moment(document["start"], datetime.now().astimezone())
    base.name = livestorm.get("name", base.name)
    base.seed = livestorm.get("seed", base.seed)
    base.settings = {**base.settings, **livestorm.get("settings", {})}
    base.org = {**base.org, **salesforce.get("org", {})}
    base.fillers += [
        lambda workspace, org, start, labels: insert_workspace_rows(workspace, livestorm, start, labels),
        lambda workspace, org, start, labels: insert_org_rows(org, salesforce, start, labels),
    ]
    return base


def _base(name: str | None, folder: Path) -> Seed:
    if name is None:
        return Seed()
    return load(name if name in (EMPTY, DEMO) else folder / name)


def check_keys(part: Mapping[str, Any], known: set[str], place: str) -> None:
    """Checks the keys of a part of a seed.

    Raises:
        ValueError: the part is not a mapping or has an unknown key.
    """
    if not isinstance(part, Mapping):
        raise ValueError(f"{place}: expected a mapping, found {type(part).__name__}")  # noqa: TRY004 - the file is invalid
    unknown = part.keys() - known
    if unknown:
        raise ValueError(f"{place}: unknown keys {sorted(unknown)}; known are {sorted(known)}")
