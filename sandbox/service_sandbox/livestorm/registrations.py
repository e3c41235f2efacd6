"""Registrations: registering, attendance, replay views, changes and removal."""

import hashlib
from typing import Any

from service_sandbox.control.clock import Moment, epoch
from service_sandbox.livestorm.base import existing
from service_sandbox.livestorm.errors import ApiError
from service_sandbox.livestorm.forms import answers
from service_sandbox.livestorm.people import People
from service_sandbox.livestorm.store import Row

UTM = ("referrer", "utm_source", "utm_medium", "utm_term", "utm_content", "utm_campaign")
DEVICE = ("browser_version", "browser_name", "os_name", "os_version", "screen_height", "screen_width",
          "ip_city", "ip_country_code", "ip_country_name")  # fmt: skip
COUNTERS = ("messages_count", "questions_count", "votes_count", "up_votes_count")


class Registrations(People):
    """Registrations of people to sessions."""

    def register(self, session_id: str, email: str, first_name: str | None = None, last_name: str | None = None, *,
                 fields: Row | None = None, at: Moment | None = None, role: str = "participant",
                 timezone: str | None = None, guest_speaker: bool = False,
                 registration_type: str = "registration_page",
                 origin: Row | None = None, leave_out: tuple[str, ...] = (),
                 person: str | None = None) -> str:  # fmt: skip
        """Registers a person to a session; returns the id of the person.

        Args:
            fields: answers to the form of the event besides e-mail and names, by slug.
            at: time of the registration, which may be in the future; None for now.
            origin: values for keys of `UTM` and `DEVICE`.
            leave_out: keys of `registrant_detail` that are missing in this row, as in old rows.
            person: id of an existing person whose e-mail differs from the answer in the form.

        Raises:
            KeyError: the session does not exist.
            ApiError: 409 already registered, 422 unknown field, 402 contact limit reached.
        """
        with self.lock, self.store.transaction():
            session = self.session_row(session_id)
            event = self.event_row(session["event_id"])
            form_fields = {item["id"] for item in event["fields"]}
            names = {"email": email, "first_name": first_name, "last_name": last_name}
            registered = answers(
                event["fields"], {**{k: v for k, v in names.items() if k in form_fields}, **(fields or {})}
            )
            moment = self._seconds(at)
            person = person or self.add_person(email, first_name, last_name, role=role, timezone=timezone, at=at)
            self._reject_duplicate(session_id, person, moment)
            self.store.insert("registrations", {
                "session_id": session_id, "person_id": person, "role": role, "created_at": moment, "edited_at": moment,
                "present": 0, "seconds": 0, "fields": registered, "counters": dict.fromkeys(COUNTERS, 0),
                "leave_out": list(leave_out), "detail": {
                    **dict.fromkeys((*UTM, *DEVICE)), **(origin or {}), "registration_type": registration_type,
                    "is_highlighted": False, "is_guest_speaker": guest_speaker, "session_role": None,
                    "password_key": self._password_key(session_id, person, role)}})  # fmt: skip
        return person

    def _reject_duplicate(self, session_id: str, person_id: str, moment: int) -> None:
        where = {"session_id": session_id, "person_id": person_id}
        found = self.store.one("SELECT deleted_at FROM registrations WHERE session_id = :session_id AND "
                               "person_id = :person_id", **where)  # fmt: skip
        if found and (found["deleted_at"] is None or found["deleted_at"] > moment):
            raise ApiError(self.settings.duplicate_status, "This person is already registered to this session")
        if found:
            self.store.delete("registrations", **where)

    def _password_key(self, session_id: str, person_id: str, role: str) -> str | None:
        if role != "participant":
            return None
        return hashlib.sha256(f"{self.seed} {session_id} {person_id}".encode()).hexdigest()[:22]

    def attend(self, session_id: str, who: str, *, rate: float = 100.0, seconds: int | None = None,
               at: Moment | None = None, **counters: int) -> None:  # fmt: skip
        """Records that a person attends. Attendance is available after the end, or from `at` on if that is later.

        Args:
            who: person id or e-mail address.
            rate: attendance rate, 0 to 100.
            seconds: duration; default: this rate of the session.
            counters: values for keys of `COUNTERS`.
        """
        session, row = self.session_row(session_id), self.registration(session_id, who)
        length = (session["ends_at"] or 0) - (session["starts_at"] or 0)
        self._change(row, present=1, rate=rate, counters={**row["counters"], **counters},
                     seconds=int(length * rate / 100) if seconds is None else seconds,
                     attendance_at=None if at is None else int(epoch(at)))  # fmt: skip

    def view_replay(self, session_id: str, who: str, at: Moment | None = None) -> None:
        """Records that a person watches the replay or an on-demand event."""
        self._change(self.registration(session_id, who), watched_at=self._seconds(at))

    def edit_registration(self, session_id: str, who: str, at: Moment | None = None, **fields: Any) -> None:
        """Changes answers by slug. Names and e-mail address of the person change too."""
        row = self.registration(session_id, who)
        moment = self._seconds(at)
        changed = [{**item, "value": fields.get(item["id"], item["value"])} for item in row["fields"]]
        answers(changed, fields)
        self._change(row, fields=changed, edited_at=moment)
        own = {name: value for name, value in fields.items() if name in ("email", "first_name", "last_name")}
        if own:
            self.edit_person(row["person_id"], at=moment, **own)

    def unregister(self, session_id: str, who: str, at: Moment | None = None) -> None:
        """Removes a person from one session."""
        self._change(self.registration(session_id, who), deleted_at=self._seconds(at))

    def erase_registrant(self, event_id: str, email: str, at: Moment | None = None) -> None:
        """Deletes a registrant from all sessions of the event, as the dashboard does."""
        rows = self.store.select(
            "SELECT r.session_id, r.person_id FROM registrations r JOIN sessions s ON s.id = r.session_id "
            "JOIN people p ON p.id = r.person_id WHERE s.event_id = :event_id AND p.email = :email",
            event_id=event_id, email=email,
        )  # fmt: skip
        for row in rows:
            self._change(row, deleted_at=self._seconds(at))

    def registration(self, session_id: str, who: str) -> Row:
        """Returns the stored row of a registration, by person id or e-mail address.

        Raises:
            KeyError: the person is not registered.
        """
        row = self.store.one(
            "SELECT r.* FROM registrations r JOIN people p ON p.id = r.person_id "
            "WHERE r.session_id = :session_id AND (p.id = :who OR p.email = :who) AND r.deleted_at IS NULL",
            session_id=session_id, who=who,
        )  # fmt: skip
        return existing(row)

    def _change(self, row: Row, **values: Any) -> None:
        where = {"session_id": row["session_id"], "person_id": row["person_id"]}
        self.store.update("registrations", where, **values)


def flat(row: Row) -> Row:
    """Returns a registration as one flat mapping, with answers by slug under `answers`."""
    columns = {name: value for name, value in row.items() if name not in ("fields", "detail", "counters", "leave_out")}
    attended = bool(row["attended"])
    return {
        **columns, **row["detail"], **row["counters"], "attended": attended, "rate": row["rate"] if attended else None,
        "seconds": row["seconds"] if attended else 0, "watched": bool(row["watched"]),
        "watched_at": row["watched_at"] if row["watched"] else None,
        "answers": {item["id"]: item["value"] for item in row["fields"]},
    }  # fmt: skip
