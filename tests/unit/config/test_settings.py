"""Settings come from the environment; all invalid ones are reported at once, with their variables."""

from __future__ import annotations

import pytest

from livestorm_salesforce.config import Settings
from livestorm_salesforce.errors import ConfigError


def test_without_any_variable_the_defaults_hold() -> None:
    settings = Settings.read()
    assert settings.mapping is None
    assert settings.livestorm_conn_id == "livestorm_default"
    assert settings.salesforce_conn_id == "salesforce_default"
    assert settings.trust_plan_minutes == 10


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(f"LIVESTORM_SALESFORCE_{name.upper()}", "")
    assert Settings.read() == Settings.model_construct()
    assert Settings.read().mapping is None and Settings.read().webhooks == ""


def test_variables_are_read_with_their_types(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVESTORM_SALESFORCE_TRUST_PLAN_MINUTES", "0")
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", "/etc/company.yaml")
    monkeypatch.setenv("LIVESTORM_SALESFORCE_LIVESTORM_CALLS_PER_RUN", "300")
    settings = Settings.read()
    assert settings.trust_plan_minutes == 0
    assert str(settings.mapping) == "/etc/company.yaml"
    assert settings.livestorm_calls_per_run == 300


def test_all_invalid_variables_are_reported_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVESTORM_SALESFORCE_KEEP_RUNS_DAYS", "a month")
    monkeypatch.setenv("LIVESTORM_SALESFORCE_SALESFORCE_RESERVE_PERCENT", "120")
    with pytest.raises(ConfigError) as caught:
        Settings.read()
    result = str(caught.value)
    assert "LIVESTORM_SALESFORCE_KEEP_RUNS_DAYS: Input should be a valid number" in result
    assert "LIVESTORM_SALESFORCE_SALESFORCE_RESERVE_PERCENT: Input should be less than or equal to 100" in result
    assert "Remedy: correct these environment variables" in result


def test_a_wrong_value_is_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MEMBER_BATCH", "s3cr3t-pasted-here")
    with pytest.raises(ConfigError) as caught:
        Settings.read()
    assert "s3cr3t" not in str(caught.value)


def test_settings_cannot_be_changed_after_they_were_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings.read().member_batch = 1


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "1e400", "1e9"])
def test_a_duration_that_cannot_be_subtracted_from_a_date_is_rejected(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    for name in ("QUARANTINE_HOURS", "KEEP_RUNS_DAYS", "DESCRIBE_HOURS", "LOCK_WAIT_MINUTES"):
        monkeypatch.setenv(f"LIVESTORM_SALESFORCE_{name}", value)
    with pytest.raises(
        ConfigError, match=r"QUARANTINE_HOURS.*KEEP_RUNS_DAYS|KEEP_RUNS_DAYS.*QUARANTINE_HOURS"
    ) as caught:
        Settings.read()
    assert "DESCRIBE_HOURS" in str(caught.value) and "LOCK_WAIT_MINUTES" in str(caught.value)
