"""People of a workspace."""

from typing import Any

from service_sandbox.control.clock import Moment
from service_sandbox.livestorm.base import WorkspacePart, existing
from service_sandbox.livestorm.errors import ApiError


class People(WorkspacePart):
    """People of the workspace, independent of sessions."""

    def add_person(self, email: str, first_name: str | None = None, last_name: str | None = None, *,
                   role: str = "participant", timezone: str | None = None,
                   at: Moment | None = None) -> str:  # fmt: skip
        """Returns the id of the person with exactly this address (case and spaces count); adds the person if missing.

        Raises:
            ApiError: 402, the contact limit of the workspace is reached.
        """
        moment = self._seconds(at)
        found = self.store.one("SELECT id, created_at FROM people WHERE email = :email", email=email)
        if found:
            if moment < found["created_at"]:
                self.store.update("people", {"id": found["id"]}, created_at=moment, edited_at=moment)
            return str(found["id"])
        limit = self.settings.contact_limit
        if limit is not None and self.store.count("FROM people") >= limit:
            raise ApiError(402, "Your workspace has reached its monthly active contacts limit")
        identity = self.store.new_id("people")
        self.store.insert("people", {
            "id": identity, "email": email, "first_name": first_name, "last_name": last_name, "role": role,
            "timezone": timezone, "created_at": moment, "edited_at": moment})  # fmt: skip
        return identity

    def add_team_member(self, email: str, first_name: str, last_name: str, *, timezone: str = "Europe/Paris",
                        at: Moment | None = None) -> str:  # fmt: skip
        """Adds a team member; returns the id."""
        return self.add_person(email, first_name, last_name, role="team_member", timezone=timezone, at=at)

    def edit_person(self, person_id: str, at: Moment | None = None, **values: Any) -> None:
        """Changes attributes of a person (`first_name`, `last_name`, `email`, `timezone`)."""
        existing(self.store.update("people", {"id": person_id}, **values, edited_at=self._seconds(at)))
