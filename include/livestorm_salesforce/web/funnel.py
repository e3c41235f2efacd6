"""The way of a webinar's registrants into Salesforce in numbers: every difference of two steps has reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from livestorm_salesforce.domain.registrants.eligibility import DUPLICATE, OTHER_ADDRESS, OTHER_SESSION
from livestorm_salesforce.domain.registrants.withheld import MEMBER_DELETED, RECORD_DELETED, RECORD_HIDDEN
from livestorm_salesforce.domain.report import accounting
from livestorm_salesforce.state.webinar_queries import Group, Webinar
from livestorm_salesforce.web.reasons import PATTERNS, reason_code

#: Reasons of skipped registrants who are eligible.
ELIGIBLE_SKIPS = frozenset([
    DUPLICATE, OTHER_ADDRESS, OTHER_SESSION, accounting.SUPERSEDED, accounting.RECORD_MISSING, accounting.NOT_LOADED,
    RECORD_DELETED, RECORD_HIDDEN, MEMBER_DELETED,
])  # fmt: skip
#: Codes of differences that no stored registration explains.
UNREAD, UNCOUNTED, LEFT = "not-read-yet", "not-counted-by-livestorm", "left-the-list"
#: Codes of attendance and replay views: people in Salesforce, and attendees whom Livestorm counts and no read found.
ABSENT, UNWATCHED, ATTENDANCE_UNREAD = "did-not-attend", "did-not-watch", "attendance-not-read-yet"


@dataclass(frozen=True)
class Difference:
    """People who are in one step and not in the next.

    Attributes:
        code: for the address of the page.
        reason: English text; empty for codes of this module.
    """

    code: str
    reason: str
    people: int

    @property
    def is_listed(self) -> bool:
        """Whether the page can list these people."""
        return self.code not in (UNREAD, UNCOUNTED, ATTENDANCE_UNREAD)


@dataclass(frozen=True)
class Step:
    """One step of the funnel. `name` is part of the id of its message; `people` is None if it is not known yet."""

    name: str
    people: int | None
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True)
class Funnel:
    """All steps of a webinar, and the numbers of both services."""

    groups: list[Group]
    registered: int
    attended: int | None

    @classmethod
    def of(cls, webinar: Webinar, groups: list[Group]) -> Funnel:
        """The funnel of a webinar.

        Args:
            groups: those of the webinar.
        """
        attended = None if webinar.attendees_count is None else int(webinar.attendees_count)
        return cls(groups, int(webinar.registrants_count or 0), attended)

    @property
    def listed(self) -> list[Group]:
        """Groups of registrants who are in the list."""
        return [group for group in self.groups if group.in_list]

    @property
    def loaded(self) -> list[Group]:
        """Groups of registrants whose values Salesforce holds."""
        return [group for group in self.listed if group.is_loaded]

    @property
    def in_salesforce(self) -> int:
        """Registrants whose values Salesforce holds."""
        return _people(self.loaded)

    @property
    def attended_in_salesforce(self) -> int:
        """Attendees whose values Salesforce holds."""
        return _people(group for group in self.loaded if group.attended)

    @property
    def watched(self) -> int:
        """People who watched the replay, as far as they were read."""
        return _people(group for group in self.listed if group.watched)

    @property
    def watched_in_salesforce(self) -> int:
        """People who watched the replay and whose values Salesforce holds."""
        return _people(group for group in self.loaded if group.watched)

    @property
    def is_short(self) -> bool:
        """Whether Salesforce holds fewer registrants or attendees than Livestorm lists or counts."""
        wanted = max(self.registered, _people(self.listed))
        return self.in_salesforce < wanted or self.attended_in_salesforce < (self.attended or 0)

    def steps(self) -> list[Step]:
        """Registered, read, eligible, in Salesforce, attended, watched."""
        read = self.listed
        eligible = [group for group in read if is_eligible(group)]
        return [
            Step("registered", self.registered),
            Step("read", _people(read), self._unread()),
            Step("eligible", _people(eligible), _differences(group for group in read if not is_eligible(group))),
            Step("in-salesforce", self.in_salesforce, _differences(group for group in eligible if not group.is_loaded)),
            Step("attended", self.attended_in_salesforce if self.attended is not None else None, self._absent()),
            Step("watched", self.watched_in_salesforce, self._unwatched()),
        ]

    def shortages(self) -> list[Difference]:
        """Why Salesforce holds fewer registrants or attendees: not empty if `is_short`."""
        return [*self.missing(), *self._unread_attendance()]

    def missing(self) -> list[Difference]:
        """Why Salesforce holds fewer registrants than Livestorm counts."""
        unread = [one for one in self._unread() if one.code == UNREAD]
        return [*unread, *_differences(group for group in self.listed if not group.is_loaded)]

    def _unread(self) -> list[Difference]:
        unread = self.registered - _people(self.listed)
        gone = _people(group for group in self.groups if not group.in_list)
        found = [(UNREAD, max(unread, 0)), (UNCOUNTED, max(-unread, 0)), (LEFT, gone)]
        return [Difference(code, "", people) for code, people in found if people]

    def _unread_attendance(self) -> list[Difference]:
        """Attendees whom Livestorm counts and no read has found."""
        unread = (self.attended or 0) - _people(group for group in self.listed if group.attended)
        return [Difference(ATTENDANCE_UNREAD, "", unread)] if unread > 0 else []

    def _absent(self) -> list[Difference]:
        """People in Salesforce who did not attend, and attendees who are not in Salesforce."""
        absent = self._loaded_without(ABSENT, self.attended_in_salesforce)
        lost = _differences(group for group in self.listed if group.attended and not group.is_loaded)
        return [*absent, *self._unread_attendance(), *lost]

    def _unwatched(self) -> list[Difference]:
        lost = _differences(group for group in self.listed if group.watched and not group.is_loaded)
        return [*self._loaded_without(UNWATCHED, self.watched_in_salesforce), *lost]

    def _loaded_without(self, code: str, people: int) -> list[Difference]:
        """The other people in Salesforce, once Livestorm counts attendees: after the end."""
        others = self.in_salesforce - people
        return [Difference(code, "", others)] if others and self.attended is not None else []

    def reasons(self, code: str) -> list[str]:
        """The reasons with a code."""
        return sorted({group.reason for group in self.groups if code_of(group) == code})


def is_eligible(group: Group) -> bool:
    """Whether registrants with this result are synced as far as eligibility decides it."""
    if group.bucket != "skipped" or group.is_loaded:
        return True
    return group.reason in ELIGIBLE_SKIPS or any(pattern.fullmatch(group.reason) for pattern in PATTERNS.values())


def code_of(group: Group) -> str:
    """The code of the reason of a group, for addresses of pages."""
    return reason_code(group.reason) or group.bucket or "unknown"


def _people(groups: Iterable[Group]) -> int:
    return sum(group.people for group in groups)


def _differences(groups: Iterable[Group]) -> list[Difference]:
    counts: Counter[tuple[str, str]] = Counter()
    for group in groups:
        code = code_of(group)
        reason = group.reason or group.bucket
        first = next((known for known in counts if known[0] == code), (code, reason))
        counts[first] += group.people
    return [Difference(code, reason, people) for (code, reason), people in counts.most_common()]
