"""Airflow's connections: a missing one is a configuration error, and where a connection comes from."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from airflow.sdk.log import mask_secret

from livestorm_salesforce.errors import ConfigError

log = logging.getLogger(__name__)
MASKER = "airflow.sdk._shared.secrets_masker.secrets_masker"
#: Airflow masks no shorter values; it warns of each.
MIN_MASKED = 5
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
        with _without_masker_warnings():
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


@contextmanager
def _without_masker_warnings() -> Iterator[None]:
    """Airflow warns of each extra that is too short to mask, such as an API version, in every task log."""
    masker = logging.getLogger(MASKER)
    masker.addFilter(_is_no_masker_warning)
    try:
        yield
    finally:
        masker.removeFilter(_is_no_masker_warning)


def _is_no_masker_warning(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith("Skipping masking")


def extras_of(connection: Any) -> dict[str, Any]:
    """The extras of a connection. Their values are masked in logs, like those of Airflow's `extra_dejson`.

    Airflow's property warns of values that are too short to mask.
    """
    try:
        extras = json.loads(connection.extra or "{}")
    except ValueError:
        extras = None
    if not isinstance(extras, dict):
        log.warning("The extra of connection '%s' is not a JSON object and is not used.", connection.conn_id)
        return {}
    for value in _texts(extras):
        if len(value) >= MIN_MASKED:
            mask_secret(value)
    return extras


def _texts(value: Any) -> Iterator[str]:
    """All texts in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


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
