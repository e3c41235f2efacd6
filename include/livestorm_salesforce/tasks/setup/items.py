"""One line of the checklist."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum


class Area(StrEnum):
    """Where a line belongs."""

    AIRFLOW = "airflow"
    LIVESTORM = "livestorm"
    SALESFORCE = "salesforce"


class CheckState(StrEnum):
    """Result of one check.

    Attributes:
        OK: nothing to do.
        MISSING: a person must do what the remedy says; without it a run stops or leaves something out.
        UNKNOWN: could not be checked, because another line is missing or no service tells it.
    """

    OK = "ok"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class CheckItem:
    """One line of the checklist. No field holds a secret or personal data.

    Attributes:
        subject: what is checked, a few words.
        detail: what was found.
        remedy: what to do; empty if nothing.
        location: menu path or command at which it is done.
        value: text to copy, such as the API name of a field.
    """

    area: Area
    subject: str
    state: CheckState
    detail: str = ""
    remedy: str = ""
    location: str = ""
    value: str = ""

    def document(self) -> dict[str, str]:
        """The fields as JSON values."""
        return {name: str(value) for name, value in asdict(self).items()}
