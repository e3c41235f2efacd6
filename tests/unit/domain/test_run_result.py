"""What a run states about rows in quarantine, and the sessions of the report, from literal frames."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.report.run_result import summarize_run
from livestorm_salesforce.domain.report.session_table import NOT_DUE, session_table
from livestorm_salesforce.domain.sessions import scope

SESSIONS = pd.DataFrame({
    "session_id": ["s1", "s2", "s3", "s4", "s5"],
    "scope": [True, True, False, True, True],
    "reason": ["", "", "excluded", "", scope.NOT_ASKED],
    "status": ["past", "upcoming", "past", "canceled", "past"],
    "registrants_count": [2, 0, 5, 3, 1],
})  # fmt: skip
OUTCOMES = pd.DataFrame({"session_id": ["s1", "s9"], "state": ["full", "gone"]})


def test_sessions_are_idle_if_they_are_excluded_canceled_or_without_registrants() -> None:
    result = summarize_run(pd.DataFrame(), pd.DataFrame(), SESSIONS, OUTCOMES, refused=[], gone=[], mapping=7)
    assert result.idle == {"s2", "s3", "s4"}
    assert (result.complete, result.mapping) == ({"s1"}, 7)


def test_a_campaign_is_resolved_unless_it_was_refused_and_deleted_sessions_are_gone() -> None:
    result = summarize_run(pd.DataFrame(), pd.DataFrame(), SESSIONS, OUTCOMES, refused=["s2"], gone=["s8"], mapping=7)
    assert result.resolved == {"s1", "s4", "s5"}
    assert result.gone == {"s8", "s9"}


def test_the_session_table_states_a_note_per_session_and_counts_buckets() -> None:
    sessions = pd.DataFrame({
        "session_id": ["s1", "s2", "s3", "s4"], "event_id": "e1", "status": "past",
        "scope": [True, True, False, True], "reason": ["", "", "excluded", ""], "read": [True, False, False, False],
        "read_reason": "", "deferred": [False, True, False, False], "deferred_reason": ["", "ahead of pace", "", ""],
    })  # fmt: skip
    table = session_table(
        sessions,
        events=pd.DataFrame({"event_id": ["e1"], "title": ["Webinar"]}),
        links=pd.DataFrame({"session_id": ["s1"], "campaign_id": ["701A"]}),
        outcomes=pd.DataFrame({"session_id": ["s1"], "reason": [""]}),
        accounting=pd.DataFrame({"session_id": ["s1", "s1"], "bucket": ["created", "skipped"]}),
        refused=pd.DataFrame({"session_id": pd.Series(dtype="str"), "code": pd.Series(dtype="str")}),
    )
    assert table["note"].tolist() == ["", "deferred: ahead of pace", "excluded", NOT_DUE]
    assert table["registrants"].tolist() == [2, 0, 0, 0]
    assert table.loc[0, ["created", "skipped", "campaign_id", "title"]].tolist() == [1, 1, "701A", "Webinar"]
