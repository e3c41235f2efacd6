"""Open the state database of a URL."""

from __future__ import annotations

import os
from functools import cache

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.state.database import RECONNECT_SECONDS, Database
from livestorm_salesforce.state.database_errors import errors_of_files
from livestorm_salesforce.state.migrate import upgrade_if_needed


def open_database(url: str, reconnect_seconds: float = RECONNECT_SECONDS) -> Database:
    """The database of a URL, one per process: a forked process opens its own connections."""
    return _opened(url, reconnect_seconds, os.getpid())


@cache
def _opened(url: str, reconnect_seconds: float, _process: int) -> Database:
    try:
        parsed = make_url(url)
    except SQLAlchemyError:
        parsed = None
    if parsed is None or parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise ConfigError(
            "The setting for the state database is not a URL of SQLite or PostgreSQL.",
            remedy="such as postgresql://user:password@host/database or sqlite:////var/lib/airflow/state.db",
        )
    driver = "sqlite" if parsed.get_backend_name() == "sqlite" else "postgresql+psycopg"
    with errors_of_files(parsed.render_as_string(hide_password=True)):
        return Database(parsed.set(drivername=driver), upgrade_if_needed, reconnect_seconds)
