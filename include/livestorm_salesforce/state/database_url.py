"""The URL of the state database: of a local file, or from an Airflow connection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL

from livestorm_salesforce.errors import ConfigError


def of_file(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{path}"


def of_connection(connection: Any) -> str:
    """The URL of an Airflow connection of type Postgres.

    Raises:
        ConfigError: the connection has another type, or no host.
    """
    if connection.conn_type not in ("postgres", "postgresql") or not connection.host:
        raise ConfigError(
            f"Connection '{connection.conn_id}' is no PostgreSQL connection with a host.",
            remedy="give it the type Postgres, host, database, user and password",
        )
    url = URL.create(
        "postgresql+psycopg",
        username=connection.login or None,
        password=connection.password or None,
        host=connection.host,
        port=int(connection.port) if connection.port else None,
        database=connection.schema or None,
    )
    options = {name: str(value) for name, value in connection.extra_dejson.items() if name.startswith("ssl")}
    return url.set(query=options).render_as_string(hide_password=False)
