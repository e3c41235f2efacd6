"""Seed files: YAML that says what a sandbox holds at first. The README of the sandbox documents every word."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from service_sandbox.livestorm.workspace import Workspace
from service_sandbox.salesforce import Org
from service_sandbox.seeds.moments import moment
from service_sandbox.seeds.org_rows import plant_org
from service_sandbox.seeds.webinars import plant_workspace

HERE = Path(__file__).parent
Planter = Callable[[Workspace, Org, datetime, dict[str, str]], None]
WORDS = {
    "": {"extends", "start", "livestorm", "salesforce"},
    "livestorm": {"name", "seed", "settings", "team", "events"},
    "salesforce": {"org", "records", "deleted"},
}


@dataclass
class Seed:
    """What a sandbox is made of.

    Attributes:
        start: what the clock shows at first; None for the real time.
        name, seed: of the workspace; the seed makes ids, tokens and the order of lists.
        settings: of the workspace (`livestorm.settings.Settings`).
        org: kind of org (`salesforce.flavours.configure`).
        planters: what fills both, in order.
    """

    start: datetime | None = None
    name: str = "Sandbox"
    seed: int = 0
    settings: dict[str, Any] = field(default_factory=dict)
    org: dict[str, Any] = field(default_factory=dict)
    planters: list[Planter] = field(default_factory=list)

    def plant(self, workspace: Workspace, org: Org, start: datetime) -> dict[str, str]:
        """Fill workspace and org; returns the ids of what the seed gave a label to."""
        labels: dict[str, str] = {}
        with workspace.store.transaction():
            for planter in self.planters:
                planter(workspace, org, start, labels)
        return labels


def load(seed: str | Path | Mapping[str, Any]) -> Seed:
    """A seed by its name (`empty`, `demo`), the path of a seed file, or its content as a mapping.

    Raises:
        ValueError: the file has a word that means nothing; the message says where.
        FileNotFoundError: there is no such seed.
    """
    if isinstance(seed, Mapping):
        return _of(dict(seed), HERE)
    if str(seed) == "demo":
        from service_sandbox.seeds.demo import demo

        return demo()
    path = HERE / "empty.yaml" if str(seed) == "empty" else Path(seed)
    if not path.exists():
        raise FileNotFoundError(f"no seed {seed}: give empty, demo, or the path of a seed file")
    return _of(YAML(typ="safe").load(path) or {}, path.parent)


def _of(document: dict[str, Any], home: Path) -> Seed:
    for place, words in WORDS.items():
        part = document.get(place, {}) if place else document
        known(part, words, place or "the seed")
    base = _base(document.get("extends"), home)
    livestorm, salesforce = document.get("livestorm", {}), document.get("salesforce", {})
    if "start" in document:
        base.start = moment(document["start"], datetime.now().astimezone())
    base.name = livestorm.get("name", base.name)
    base.seed = livestorm.get("seed", base.seed)
    base.settings = {**base.settings, **livestorm.get("settings", {})}
    base.org = {**base.org, **salesforce.get("org", {})}
    base.planters.append(lambda workspace, org, start, labels: plant_workspace(workspace, livestorm, start, labels))
    base.planters.append(lambda workspace, org, start, labels: plant_org(org, salesforce, start, labels))
    return base


def _base(name: str | None, home: Path) -> Seed:
    if name is None:
        return Seed()
    return load(name if name in ("empty", "demo") else home / name)


def known(part: Mapping[str, Any], words: set[str], place: str) -> None:
    """Raise ValueError if a part of a seed has a word that means nothing."""
    if not isinstance(part, Mapping):
        raise ValueError(f"{place}: expected words with values, found {type(part).__name__}")  # noqa: TRY004 a fault of the file
    strange = part.keys() - words
    if strange:
        raise ValueError(f"{place}: unknown words {sorted(strange)}, known are {sorted(words)}")
