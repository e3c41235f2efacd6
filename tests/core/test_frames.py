"""Contracts of frames, and what is told of a frame that breaks one."""

from __future__ import annotations

import pytest

from include.livestorm_salesforce.core import frames, tidy
from include.livestorm_salesforce.errors import ContractError

SESSION = {"id": "s1", "attributes": {"status": "past", "name": "Confidential"}}


def test_a_broken_contract_names_frame_column_and_check_and_quotes_no_value() -> None:
    held = tidy.tidy_sessions([SESSION])
    with pytest.raises(ContractError, match=r"'sessions' .*: status: not_nullable") as caught:
        frames.check(held.assign(status=None), frames.SESSIONS)
    assert "Confidential" not in str(caught.value)


def test_a_column_that_is_missing_is_named() -> None:
    held = tidy.tidy_sessions([SESSION])
    with pytest.raises(ContractError, match="'sessions' .*event_id: column_in_dataframe"):
        frames.check(held.drop(columns="event_id"), frames.SESSIONS)


def test_a_frame_that_keeps_its_contract_is_itself() -> None:
    held = frames.empty(frames.SESSIONS)
    assert frames.check(held, frames.SESSIONS) is held
