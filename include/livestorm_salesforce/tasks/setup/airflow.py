"""Checklist of Airflow: settings, mapping, state database, connections, DAG, package, notifications."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from importlib.metadata import entry_points
from typing import Any

from livestorm_salesforce.clients.connections import is_from_environment, variable_of
from livestorm_salesforce.config import Settings
from livestorm_salesforce.config.loader import InvalidMapping
from livestorm_salesforce.errors import SyncError
from livestorm_salesforce.runs.context import SYNC_DAG_ID, AppContext
from livestorm_salesforce.state import health
from livestorm_salesforce.tasks.setup.items import Area, CheckItem, CheckState

_item = partial(CheckItem, Area.AIRFLOW)
SETTINGS = "Environment of every Airflow component"
ENTRY_POINTS = {"apache_airflow_provider": "Connection types", "airflow.plugins": "Pages and webhook endpoint"}
NOTIFIER = "LIVESTORM_SALESFORCE_NOTIFIER"


def settings_item(error: SyncError | None) -> CheckItem:
    """The line of the settings.

    Args:
        error: of `Settings.read`, or None.
    """
    if error:
        return _item("Settings", CheckState.MISSING, error.cause, error.remedy, SETTINGS)
    return _item("Settings", CheckState.OK, "All values are valid.")


def check_airflow(app: AppContext) -> Iterator[CheckItem]:
    """Lines of Airflow other than the settings; calls no service."""
    yield from _entry_points()
    yield from _connections(app.settings)
    yield from _mapping(app)
    yield from _database(app)
    yield _dag()
    yield _notifier()


def _entry_points() -> Iterator[CheckItem]:
    for group, subject in ENTRY_POINTS.items():
        if any(one.value.startswith("livestorm_salesforce.") for one in entry_points(group=group)):
            yield _item(subject, CheckState.OK, "Registered by the installed package.")
        else:
            yield _item(
                subject, CheckState.MISSING, "The package is not installed in this environment.",
                "Install it into the environment of every Airflow component and restart them.", "Shell",
                "pip install .",
            )  # fmt: skip


def _connections(settings: Settings) -> Iterator[CheckItem]:
    """Where both connections come from: a variable silently takes precedence over Airflow's UI."""
    for conn_id in (settings.livestorm_conn_id, settings.salesforce_conn_id):
        subject, variable = f"Source of '{conn_id}'", variable_of(conn_id)
        stored = _is_stored(conn_id)
        if not is_from_environment(conn_id):
            if stored:
                yield _item(subject, CheckState.OK, "Stored in Airflow.")
        elif stored:
            yield _item(
                subject, CheckState.MISSING, f"The environment variable {variable} overrides the connection that was "
                "created in Airflow's UI.", "Remove one of the two.", SETTINGS, variable,
            )  # fmt: skip
        else:
            yield _item(subject, CheckState.OK, f"Environment variable {variable}.")


def _is_stored(conn_id: str) -> bool | None:
    """Whether Airflow's database has the connection; None where that cannot be read."""
    try:
        from airflow.models.connection import Connection
        from airflow.utils.session import create_session

        with create_session() as session:
            return session.query(Connection.id).filter(Connection.conn_id == conn_id).first() is not None
    except Exception:  # noqa: BLE001 no access to Airflow's database, for example in a task
        return None


def _mapping(app: AppContext) -> Iterator[CheckItem]:
    try:
        app.mapping  # noqa: B018 reads and checks it
    except InvalidMapping as error:
        for message in error.messages:
            yield _item("Mapping", CheckState.MISSING, message, error.remedy, "Mapping file")
    except SyncError as error:
        yield _item("Mapping", CheckState.MISSING, error.cause, error.remedy, "Mapping file")
    else:
        source = app.settings.mapping or "the default mapping, or the one of the Salesforce connection"
        yield _item("Mapping", CheckState.OK, f"Valid: {source}.")


def _database(app: AppContext) -> Iterator[CheckItem]:
    try:
        problems = health.problems(app.database)
    except SyncError as error:
        yield _item("State database", CheckState.MISSING, error.cause, error.remedy, SETTINGS)
        return
    for problem in problems:
        yield _item("State database", CheckState.MISSING, problem, location="livestorm-salesforce doctor")
    if not problems:
        yield _item("State database", CheckState.OK, f"Version {health.version(app.database)}.")


def _dag() -> CheckItem:
    subject = f"DAG {SYNC_DAG_ID}"
    try:
        dag = _stored_dag()
    except Exception:  # noqa: BLE001 no access to Airflow's database
        return _item(subject, CheckState.UNKNOWN, "Airflow's database cannot be read here.")
    if dag is None:
        return _item(
            subject, CheckState.MISSING, "Airflow does not know the DAG.",
            "Put the files of dags/ into Airflow's DAG folder, and see Import errors on the DAGs page.",
            "Airflow: DAGs",
        )  # fmt: skip
    if dag.is_paused:
        return _item(
            subject, CheckState.MISSING, "The DAG is paused: no run starts.",
            "Unpause it. With a schedule a run that writes starts at once.", "Airflow: DAGs", SYNC_DAG_ID,
        )  # fmt: skip
    return _item(subject, CheckState.OK, schedule_text(dag.timetable_summary))


def schedule_text(summary: str | None) -> str:
    """The schedule in words.

    Args:
        summary: of Airflow's timetable: a cron expression, `Asset or` one if webhooks start runs too, or `None`.
    """
    if summary in (None, "", "None"):
        return "No schedule: runs start by hand only."
    *webhooks, cron = str(summary).split(" or ")
    return f"Schedule: {cron}, and webhook deliveries." if webhooks else f"Schedule: {cron}."


def _stored_dag() -> Any:
    from airflow.models import DagModel
    from airflow.utils.session import create_session

    with create_session() as session:
        dag = session.query(DagModel).filter(DagModel.dag_id == SYNC_DAG_ID, ~DagModel.is_stale).first()
        if dag is not None:
            session.expunge(dag)
        return dag


def _notifier() -> CheckItem:
    notifier = os.environ.get(NOTIFIER, "").strip()
    if notifier:
        return _item("Notifications", CheckState.OK, notifier)
    return _item(
        "Notifications", CheckState.OK, "Not used: nobody is notified of failures, rejected rows or approvals.",
        "To be notified, name an Airflow notifier.", SETTINGS,
        f"{NOTIFIER}=airflow.providers.smtp.notifications.smtp.SmtpNotifier",
    )  # fmt: skip
