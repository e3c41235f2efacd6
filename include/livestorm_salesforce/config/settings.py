"""Operational settings from the environment: locations, limits and retention.

Every setting is an environment variable `LIVESTORM_SALESFORCE_<NAME>`; business rules are in `mapping.yaml`.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from livestorm_salesforce.enums import RedWhen
from livestorm_salesforce.errors import ConfigError

PREFIX = "LIVESTORM_SALESFORCE_"
#: Longest duration in any unit: a century of days can be subtracted from a date.
LONGEST = 36_500


class Locations(BaseSettings):
    """Where run folders and state are stored. They are valid even if other settings are not.

    An empty variable counts as unset: Docker Compose passes unset variables as empty ones.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore")

    store: str | None = None
    database: SecretStr | None = None
    database_conn_id: str | None = None


class Settings(Locations):
    """Settings with their defaults. Names of durations end with their unit."""

    mapping: Path | None = None
    livestorm_conn_id: str = "livestorm_default"
    salesforce_conn_id: str = "salesforce_default"
    red_when: RedWhen = RedWhen.FAILED
    trust_plan_minutes: float = Field(10, ge=0, le=LONGEST)
    livestorm_calls_per_run: int = Field(2000, ge=1)
    livestorm_monthly_reserve: int = Field(500, ge=0)
    salesforce_reserve_percent: float = Field(5, ge=0, le=100)
    lock_wait_minutes: float = Field(120, gt=0, le=LONGEST)
    longest_wait_seconds: float = Field(60, ge=0, le=LONGEST)
    settle_seconds: float = Field(15, ge=0, le=LONGEST)
    describe_hours: float = Field(24, ge=0, le=LONGEST)
    keep_runs_days: float = Field(30, gt=0, le=LONGEST)
    keep_audit_days: float = Field(400, gt=0, le=LONGEST)
    quarantine_hours: float = Field(24, ge=0, le=LONGEST)
    key_secret: SecretStr | None = None
    webhook_secret: SecretStr | None = None
    webhook_runs: bool = True
    webhook_debounce_seconds: float = Field(5, gt=0, le=60)
    webhook_max_wait_seconds: float = Field(20, gt=0, le=60)
    webhook_interval_seconds: float = Field(30, ge=0, le=LONGEST)
    batch_registrants: int = Field(5000, ge=50)
    member_batch: int = Field(10000, ge=200)
    bulk_above: int = Field(2000, ge=0)
    transaction_rows: int = Field(200, ge=1, le=200)

    @property
    def webhooks(self) -> str:
        """The secret that Livestorm signs webhooks with; if empty, the webhook endpoint refuses deliveries."""
        return self.webhook_secret.get_secret_value() if self.webhook_secret else ""

    @classmethod
    def read(cls) -> Settings:
        """Settings of this process's environment.

        Raises:
            ConfigError: values of variables are invalid; the message lists all of them.
        """
        try:
            return cls()
        except ValidationError as error:
            wrong = "; ".join(f"{PREFIX}{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors())
        raise ConfigError(f"Settings: {wrong}.", remedy="correct these environment variables")
