"""Problems of reading sessions: deferred, missing, incomplete or undocumented sessions, and missed webhooks."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from livestorm_salesforce.config.sections import ReadingRules
from livestorm_salesforce.domain.sessions.listing import on_demand_interval
from livestorm_salesforce.domain.sessions.scope import EVENT_UNREADABLE, STATUSES
from livestorm_salesforce.enums import ReadState, Severity
from livestorm_salesforce.problems import Problem, ProblemCode

SHOWN_IDS = 20
MINUTE = pd.Timedelta(minutes=1)
#: State of a reading: code and severity of its problem.
UNREAD = {
    ReadState.FAILED: (ProblemCode.SESSION_UNREAD, Severity.PROBLEM),
    ReadState.INCOMPLETE: (ProblemCode.SESSION_INCOMPLETE, Severity.NOTE),
    ReadState.GONE: (ProblemCode.SESSION_GONE, Severity.NOTE),
}
#: Question of the registration form that a Lead needs: its name.
FORM_QUESTIONS = {"first_name": "first name", "last_name": "last name", "company": "company"}


def _note(code: ProblemCode, count: int, text: str, severity: Severity = Severity.NOTE) -> Problem:
    return Problem(code, severity, count, public=text, message=text)


def unread_sessions(outcomes: pd.DataFrame) -> list[Problem]:
    """Sessions whose registrants were not, or not completely, read.

    Args:
        outcomes: `session_id`, `state` (a key of `UNREAD`, or a state without problem).
    """
    counts = outcomes["state"].value_counts()
    return [
        Problem(code, severity, int(counts[state])) for state, (code, severity) in UNREAD.items() if state in counts
    ]


def unreadable_rows(listed: int, sessions: pd.DataFrame, outcomes: pd.DataFrame) -> list[Problem]:
    """Rows that Livestorm sent in an unknown format: they are left out, the others are processed.

    Args:
        listed: number of unreadable sessions.
        sessions: `reason` of each readable session.
        outcomes: `unreadable`: number of unreadable registrants per session.
    """
    counts = {
        "sessions": listed,
        "sessions whose event is": int((sessions["reason"] == EVENT_UNREADABLE).sum()),
        "registrants": int(outcomes["unreadable"].sum()),
    }
    severity = Severity.FAILED if listed and sessions.empty else Severity.PROBLEM
    return [
        _note(ProblemCode.ROWS_UNREADABLE, count, f"{kind} in an unknown format", severity)
        for kind, count in counts.items()
        if count
    ]


def form_problems(events: pd.DataFrame, sessions: pd.DataFrame) -> list[Problem]:
    """Events in scope whose form does not require a value that a Lead needs; the fallback is used instead (R5).

    Args:
        events: `event_id`, `form` (slugs of the required questions with semicolons between them; null if unknown).
        sessions: `event_id`, `scope`.
    """
    in_scope = events[events["event_id"].isin(sessions.loc[sessions["scope"].astype(bool), "event_id"])]
    forms = in_scope["form"].fillna("").str.split(";")
    found = []
    for slug, name in FORM_QUESTIONS.items():
        lacking = in_scope[forms.map(lambda form, slug=slug: bool(form[0]) and slug not in form)]
        if len(lacking):
            public = f"registration forms that do not demand the {name}: without it the fallback is used"
            message = f"{public} (events {', '.join(lacking['event_id'])})"
            found.append(Problem(ProblemCode.FORM_LACKS_FIELD, Severity.NOTE, len(lacking), public, message))
    return found


def new_registrants(outcomes: pd.DataFrame) -> dict[str, int]:
    """New registrants of sessions read before: delivered by webhooks, and found by calls only."""
    return {"by_webhook": int(outcomes["new_by_webhook"].sum()), "by_calls": int(outcomes["new_by_calls"].sum())}


def missed_webhooks(newcomers: dict[str, int]) -> list[Problem]:
    """A note if calls found more new registrants than webhooks delivered.

    Livestorm ends a subscription after failed deliveries without notice (Livestorm portal, webhooks).

    Args:
        newcomers: `new_registrants`.
    """
    if newcomers["by_calls"] <= newcomers["by_webhook"]:
        return []
    text = f"new registrants delivered by webhooks {newcomers['by_webhook']:,}, read by calls {newcomers['by_calls']:,}"
    return [_note(ProblemCode.WEBHOOKS_MISSED, newcomers["by_calls"], text)]


def stopped_webhooks(outcomes: pd.DataFrame) -> list[Problem]:
    """A problem if people registered after the last delivery, long enough ago, and none announced them.

    Args:
        outcomes: `unannounced` (`count_check.unannounced`).
    """
    count = int(outcomes["unannounced"].sum())
    if not count:
        return []
    text = f"registrants since the last webhook delivery that none announced: {count:,}"
    return [_note(ProblemCode.WEBHOOKS_STOPPED, count, text, Severity.PROBLEM)]


def deferred_reads(deferred: int, pressure: float, rules: ReadingRules, *, webhooks: bool) -> list[Problem]:
    """Sessions that wait because few Livestorm calls are left this month.

    Args:
        deferred: number of deferred sessions.
        pressure: quota pressure in percent; 0 without pressure.
        webhooks: whether webhooks are received.
    """
    if not deferred and not pressure:
        return []
    text = f"Livestorm's calls are short: sessions not read by this run {deferred:,}"
    if pressure:
        text += f", on-demand sessions listed every {on_demand_interval(rules, pressure) / MINUTE:,.0f} minutes"
    if webhooks and (minutes := on_demand_interval(rules, pressure, delivered=True) / MINUTE):
        text += f" ({minutes:,.0f} with a webhook delivery)"
    return [_note(ProblemCode.READS_DEFERRED, deferred, text)]


def deferred_backfill(left: int, cost: str) -> list[Problem]:
    """Sessions of a backfill that wait for their portion.

    Args:
        left: number of these sessions after this run.
        cost: cost of the backfill before this run (`backfill.Cost`).
    """
    if not left:
        return []
    text = f"sessions of a backfill that later runs read {left:,}; before this run: {cost}"
    return [_note(ProblemCode.BACKFILL_DEFERRED, left, text)]


def undocumented_statuses(sessions: pd.DataFrame) -> list[Problem]:
    """Sessions with a status that Livestorm does not document: they are not processed."""
    unknown = sessions.loc[~sessions["status"].isin(STATUSES), "session_id"]
    if unknown.empty:
        return []
    text = f"sessions without a status that is known: {', '.join(unknown.head(SHOWN_IDS))}"
    return [_note(ProblemCode.SESSION_STATUS_UNKNOWN, len(unknown), text, Severity.PROBLEM)]


def unknown_session_ids(unknown: Sequence[str]) -> list[Problem]:
    """Session ids of the trigger form that Livestorm does not have."""
    if not unknown:
        return []
    text = f"Livestorm has no session of: {', '.join(unknown[:SHOWN_IDS])}"
    return [_note(ProblemCode.UNKNOWN_SESSION_ID, len(unknown), text, Severity.PROBLEM)]


def deferred_lookups(count: int) -> list[Problem]:
    """Sessions of webhook deliveries that no list contains and that this run has not looked up."""
    if not count:
        return []
    text = f"sessions of webhook deliveries that are in no list and were not looked up, or not answered: {count:,}"
    return [_note(ProblemCode.SESSION_LOOKUP_DEFERRED, count, text)]


def deleted_sessions(gone: Sequence[str], unknown: Sequence[str]) -> list[Problem]:
    """Sessions that were deleted in Livestorm, apart from unknown ids of the trigger form."""
    ids = [one for one in gone if one not in unknown]
    return [Problem(ProblemCode.SESSION_GONE, Severity.NOTE, len(ids), message=" ".join(ids))] if ids else []


def new_connection_pair(other_pairs: int) -> list[Problem]:
    """A note on the first run of a pair of organization and org in a database that has the state of others."""
    if not other_pairs:
        return []
    text = f"first run of this organization and org; the database has the state of {other_pairs} other pair(s)"
    return [_note(ProblemCode.NEW_CONNECTION_PAIR, 1, text)]
