"""Airflow's connections: a missing one is a configuration error, and where a connection comes from."""

from __future__ import annotations

import os
from typing import Any

from livestorm_salesforce.errors import ConfigError

#: Start of the names of environment variables that define connections; they take precedence over Airflow's database.
VARIABLE = "AIRFLOW_CONN_"


def stored_connection(conn_id: str) -> Any:
    """The connection of this id.

    Raises:
        ConfigError: there is none, or its environment variable is malformed. Airflow's own error would be retried.
    """
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return Connection.get(conn_id)
    except AirflowNotFoundException:
        pass
    if is_from_environment(conn_id):
        raise ConfigError(
            f"The environment variable {variable_of(conn_id)} is not a connection in JSON or URI form.",
            remedy="correct it, or remove it and create the connection under Admin, Connections",
        )
    raise ConfigError(
        f"There is no connection '{conn_id}' in Airflow.",
        remedy=f"create it under Admin, Connections, or set {variable_of(conn_id)} for all Airflow processes",
    )


def variable_of(conn_id: str) -> str:
    """Name of the environment variable that defines this connection."""
    return f"{VARIABLE}{conn_id.upper()}"


def is_from_environment(conn_id: str) -> bool:
    """Whether an environment variable of this process defines the connection.

    A connection of the same id that was created in Airflow's UI is not used then, and Airflow does not say so.
    """
    return bool(os.environ.get(variable_of(conn_id)))


def override_note(conn_id: str) -> str:
    """States that a connection comes from the environment; "" if it does not."""
    if not is_from_environment(conn_id):
        return ""
    return (
        f"The connection '{conn_id}' comes from the environment variable {variable_of(conn_id)}. A connection of this "
        "id that was created in Airflow's UI is not used; remove the variable to use it."
    )
