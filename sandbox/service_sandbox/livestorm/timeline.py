"""SQL expressions that compute what is visible of the workspace at a given time.

The state of sessions and registrations is computed from the clock and never stored: it changes when the clock moves, in
both directions. Parameters: `:now`, `:delay` (attendance_delay), `:grace` (not_started_after, in seconds), and 0 or 1
for each `_moves_` setting. Aliases: `e` events, `s` sessions, `r` registrations, `p` people.
"""

from typing import Any

from service_sandbox.livestorm.settings import Settings

VISIBLE = "({0}.created_at <= :now AND ({0}.deleted_at IS NULL OR {0}.deleted_at > :now))"


def visible(alias: str) -> str:
    """Returns the condition that a row is created and not deleted."""
    return VISIBLE.format(alias)


STATUS = """CASE
    WHEN s.draft OR e.published_at = 0 OR e.published_at > :now THEN 'draft'
    WHEN s.canceled_at > 0 AND s.canceled_at <= :now THEN 'canceled'
    WHEN e.on_demand THEN 'on_demand'
    WHEN s.starts_at <= :now AND s.ends_at <= :now THEN 'past'
    WHEN s.starts_at <= :now THEN 'live'
    WHEN s.starts_at IS NULL AND s.estimated_started_at + :grace <= :now THEN 'past_not_started'
    ELSE 'upcoming' END"""
"""Status of a session. A session without `starts_at` is never started."""

RUNS = "(NOT s.draft AND NOT e.on_demand AND NOT (s.canceled_at > 0 AND s.canceled_at <= :now))"
STARTED = f"(CASE WHEN {RUNS} AND s.starts_at <= :now THEN s.starts_at ELSE 0 END)"
ENDED = f"(CASE WHEN {RUNS} AND s.starts_at <= :now AND s.ends_at <= :now THEN s.ends_at ELSE 0 END)"
ATTENDANCE_AVAILABLE = f"(CASE WHEN {ENDED} > 0 AND s.ends_at + :delay <= :now THEN s.ends_at + :delay ELSE 0 END)"
CANCELED = "(CASE WHEN s.canceled_at <= :now THEN s.canceled_at ELSE 0 END)"

ATTENDED_AT = f"max(coalesce(r.attendance_at, 0), {ATTENDANCE_AVAILABLE})"
ATTENDED = f"(r.present AND {ATTENDANCE_AVAILABLE} > 0 AND {ATTENDED_AT} <= :now)"
"""Whether the attendance of a registrant is available."""
WATCHED = "(r.watched_at IS NOT NULL AND r.watched_at <= :now)"

REGISTRATION_UPDATED = f"""max(r.edited_at,
    CASE WHEN r.role = 'participant' AND {ATTENDANCE_AVAILABLE} > 0 THEN {ATTENDANCE_AVAILABLE} ELSE 0 END,
    CASE WHEN {ATTENDED} THEN {ATTENDED_AT} ELSE 0 END,
    CASE WHEN {WATCHED} THEN r.watched_at ELSE 0 END)"""

PERSON_UPDATED = f"""max(p.edited_at, coalesce((
    SELECT max(max(CASE WHEN :registration_moves_person THEN r.created_at ELSE 0 END,
                   CASE WHEN :attendance_moves_person AND {ATTENDED} THEN {ATTENDED_AT} ELSE 0 END,
                   CASE WHEN :replay_moves_person AND {WATCHED} THEN r.watched_at ELSE 0 END))
    FROM registrations r JOIN sessions s ON s.id = r.session_id JOIN events e ON e.id = s.event_id
    WHERE r.person_id = p.id AND {visible("r")}), 0))"""  # noqa: S608 - constants only

REGISTRANTS = f"(SELECT count(*) FROM registrations r WHERE r.session_id = s.id AND {visible('r')})"  # noqa: S608
"""Includes team members, as in sample responses (reference, section 9)."""
ATTENDEES = f"(SELECT count(*) FROM registrations r WHERE r.session_id = s.id AND {visible('r')} AND {ATTENDED})"  # noqa: S608
SESSION_UPDATED = f"""max(s.edited_at, {CANCELED}, {STARTED}, {ENDED}, {ATTENDANCE_AVAILABLE},
    CASE WHEN :registration_moves_session THEN coalesce((SELECT max(r.created_at) FROM registrations r
        WHERE r.session_id = s.id AND {visible("r")}), 0) ELSE 0 END)"""  # noqa: S608 - constants only

SCHEDULING = f"""CASE
    WHEN e.published_at = 0 OR e.published_at > :now THEN 'draft'
    WHEN e.cancelled_at > 0 AND e.cancelled_at <= :now THEN 'cancelled'
    WHEN e.on_demand THEN 'on_demand'
    ELSE coalesce((
        SELECT CASE {{0}} WHEN 'live' THEN 'live' WHEN 'upcoming' THEN 'upcoming' WHEN 'past' THEN 'ended'
                          WHEN 'past_not_started' THEN 'not_started' WHEN 'canceled' THEN 'cancelled'
                          ELSE 'not_scheduled' END AS state
        FROM sessions s WHERE s.event_id = e.id AND s.parent_id IS NULL AND {visible("s")}
        ORDER BY instr('live upcoming ended not_started cancelled not_scheduled', state) LIMIT 1), 'not_scheduled') END
""".format(STATUS)  # noqa: S608 - constants only
"""Scheduling status of an event: that of its most active session. Events use `cancelled`, sessions `canceled`."""


def parameters(now: float, settings: Settings) -> dict[str, Any]:
    """Returns the parameters of the expressions above."""
    switches = ("registration_moves_person", "attendance_moves_person", "replay_moves_person",
                "registration_moves_session")  # fmt: skip
    return {
        "now": int(now),
        "delay": settings.attendance_delay,
        "grace": settings.not_started_after * 60,
        **{name: int(getattr(settings, name)) for name in switches},
    }
