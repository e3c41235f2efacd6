"""Switches of the workspace, mostly for what Livestorm's documents leave open; defaults take the harsher reading."""

from dataclasses import dataclass, fields
from typing import Any

SPELLINGS = {"monthly": ("Monthly",), "montly": ("Montly",), "both": ("Monthly", "Montly")}


@dataclass
class Settings:
    """What a seed, a test or the admin door may change at any time.

    Attributes:
        interval_limit: calls per second, sliding; 0 for no limit. 5 at Livestorm, and it cannot be raised.
        monthly_limit: calls per 30 days from the first one.
        header_spelling: of the quota headers: `monthly` (today), `montly` (the 2021 document), `both`.
        api_enabled: False answers 403 to everything, as for a workspace that support has not validated.
        missing_scope_status: 403 or 401; the portal says both.
        duplicate_status: 409 or 422 for a person who is registered already.
        contact_limit: how many people the workspace may hold; registering a new one beyond it is a 402. None: no limit.
        attendance_delay: seconds from the end of a session until its attendance is known.
        not_started_after: minutes after the planned start at which a session that nobody started is past.
        registration_moves_person: a new registration moves the `updated_at` of the person.
        attendance_moves_person: so does attendance, when it becomes known.
        replay_moves_person: so does a replay view.
        registration_moves_session: a new registration moves the `updated_at` of the session.
        https_only: webhooks go to https:// addresses only, as at Livestorm.
        webhook_delays: seconds before each further try of a delivery; Livestorm waits 30 s, 1, 2.5, 6 and 12 minutes.
    """

    interval_limit: int = 5
    monthly_limit: int = 10_000
    header_spelling: str = "monthly"
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

    def change(self, **values: Any) -> None:
        """Set some. ValueError names what there is no switch for."""
        unknown = values.keys() - {field.name for field in fields(self)}
        if unknown:
            known = ", ".join(field.name for field in fields(self))
            raise ValueError(f"no setting {', '.join(sorted(unknown))}; there are {known}")
        if values.get("header_spelling", "both") not in SPELLINGS:
            raise ValueError(f"header_spelling is one of {', '.join(SPELLINGS)}")
        for name, value in values.items():
            setattr(self, name, tuple(value) if name == "webhook_delays" else value)
