"""Column types that SQLite and PostgreSQL store alike."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, Dialect
from sqlalchemy.types import TypeDecorator

_SIGN = 1 << 63


class UtcTime(TypeDecorator[datetime]):
    """A time with time zone, returned in UTC. SQLite stores no time zone, so it stores UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; without time zone for SQLite."""
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Convert to UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Hash64(TypeDecorator[int]):
    """An unsigned 64-bit hash, stored as the signed integer with the same bits: neither database has unsigned ones."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Convert to a signed integer."""
        if value is None:
            return None
        return int(value) - (1 << 64) if int(value) >= _SIGN else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Convert to an unsigned integer."""
        if value is None:
            return None
        return value + (1 << 64) if value < 0 else value
