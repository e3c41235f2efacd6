"""Settings of the workspace, mostly for behaviour that Livestorm does not document. Defaults are strict."""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any


class HeaderSpelling(StrEnum):
    """Spelling of the quota headers."""

    MONTHLY = "monthly"
    MONTLY = "montly"
    BOTH = "both"


class WebhookBody(StrEnum):
    """How the JSON of a delivery is written. The signature is always that of the compact form."""

    COMPACT = "compact"
    ESCAPED = "escaped"
    SPACED = "spaced"


SPELLINGS = {HeaderSpelling.MONTHLY: ("Monthly",), HeaderSpelling.MONTLY: ("Montly",),
             HeaderSpelling.BOTH: ("Monthly", "Montly")}  # fmt: skip


@dataclass
class Settings:
    """Settings that a seed, a test or the admin API can change at any time.

    Attributes:
        interval_limit: calls per sliding second; 0 for no limit. Livestorm: always 5.
        monthly_limit: calls per 30 days from the first call.
        header_spelling: spelling of the quota headers: `monthly` (current), `montly` (2021 documentation), `both`.
        api_enabled: if False, every call is a 403, as for a workspace that Livestorm's support has not validated.
        missing_scope_status: 403 or 401; the documentation mentions both.
        duplicate_status: 409 or 422 for a person who is already registered.
        contact_limit: maximum number of people; registering another one is a 402. None: no limit.
        attendance_delay: seconds from the end of a session until its attendance is available.
        not_started_after: minutes after the planned start until a session that was not started is `past_not_started`.
        registration_moves_person: a registration changes the `updated_at` of the person.
        attendance_moves_person: attendance does, when it becomes available.
        replay_moves_person: a replay view does.
        registration_moves_session: a registration changes the `updated_at` of the session.
        https_only: webhook URLs must use https, as at Livestorm.
        webhook_delays: seconds before each retry of a delivery; Livestorm waits 30 s, 1, 2.5, 6 and 12 minutes.
        webhook_body: JSON of a delivery: `compact`, `escaped` (characters beyond ASCII), `spaced`.
        webhook_header_space: a space follows the comma of the signature header.
    """

    interval_limit: int = 5
    monthly_limit: int = 10_000
    header_spelling: str = HeaderSpelling.MONTHLY
    api_enabled: bool = True
    missing_scope_status: int = 403
    duplicate_status: int = 409
    contact_limit: int | None = None
    attendance_delay: int = 60
    not_started_after: int = 60
    registration_moves_person: bool = True
    attendance_moves_person: bool = False
    replay_moves_person: bool = False
    registration_moves_session: bool = False
    https_only: bool = True
    webhook_delays: tuple[float, ...] = (0.3, 0.6, 1.5, 3.6, 7.2)
    webhook_body: str = WebhookBody.COMPACT
    webhook_header_space: bool = False

    def change(self, **values: Any) -> None:
        """Changes settings.

        Raises:
            ValueError: a setting is unknown or its value is invalid.
        """
        unknown = values.keys() - {field.name for field in fields(self)}
        if unknown:
            known = ", ".join(field.name for field in fields(self))
            raise ValueError(f"unknown settings {', '.join(sorted(unknown))}; known are {known}")
        if values.get("header_spelling", HeaderSpelling.BOTH) not in list(HeaderSpelling):
            raise ValueError(f"header_spelling must be one of {', '.join(HeaderSpelling)}")
        if values.get("webhook_body", WebhookBody.COMPACT) not in list(WebhookBody):
            raise ValueError(f"webhook_body must be one of {', '.join(WebhookBody)}")
        for name, value in values.items():
            setattr(self, name, tuple(value) if name == "webhook_delays" else value)
