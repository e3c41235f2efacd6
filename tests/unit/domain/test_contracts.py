"""Contracts of frames, and the errors of frames that break one."""

from __future__ import annotations

import pytest

from livestorm_salesforce.domain.sessions.transform import transform_sessions
from livestorm_salesforce.domain.shared import contracts
from livestorm_salesforce.errors import ContractError

SESSION = {"id": "s1", "attributes": {"status": "past", "name": "Confidential"}}


def test_a_broken_contract_names_frame_column_and_check_and_quotes_no_value() -> None:
    held = transform_sessions([SESSION])
    with pytest.raises(ContractError, match=r"'sessions' .*: status: not_nullable") as caught:
        contracts.check(held.assign(status=None), contracts.SESSIONS)
    assert "Confidential" not in str(caught.value)


def test_a_column_that_is_missing_is_named() -> None:
    held = transform_sessions([SESSION])
    with pytest.raises(ContractError, match=r"'sessions' .*event_id: column_in_dataframe"):
        contracts.check(held.drop(columns="event_id"), contracts.SESSIONS)


def test_a_frame_that_keeps_its_contract_is_itself() -> None:
    held = contracts.empty(contracts.SESSIONS)
    assert contracts.check(held, contracts.SESSIONS) is held
