"""Base class of the tools and the context of a measurement."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import requests

from benchmarks.competing_tools.people import People

if TYPE_CHECKING:
    from benchmarks.stage import Stage


@dataclass
class Work:
    """Context of a measurement: sandbox, temporary folder, people, and where the tools are installed."""

    stage: Stage
    home: Path
    people: People
    folder: Path
    peaks: list[int] = field(default_factory=list)
    """Peak memory of each command of a run, in MiB."""

    def token(self) -> str:
        """Return an access token of the sandbox's administrator."""
        sandbox = self.stage.sandbox
        form = {"grant_type": "client_credentials", "client_id": sandbox.consumer_key,
                "client_secret": sandbox.consumer_secret}  # fmt: skip
        answer = requests.post(f"{sandbox.salesforce_url}/services/oauth2/token", data=form, timeout=30,
                               verify=sandbox.ca_bundle)  # fmt: skip
        answer.raise_for_status()
        return answer.json()["access_token"]


class Tool(ABC):
    """One tool. `prepare` installs it and logs it in, `give` hands it the people, `sync` is what is measured."""

    name: ClassVar[str]
    leaves_out: ClassVar[str]

    def __init__(self, work: Work):
        self.work = work

    @abstractmethod
    def prepare(self) -> None:
        """Everything that is done once."""

    @abstractmethod
    def give(self) -> None:
        """Write its files from `work.people`, as they are now."""

    @abstractmethod
    def sync(self) -> None:
        """Bring Leads, Campaign and members in. Raises ToolFailed."""
