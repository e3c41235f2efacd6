"""The notifier that the settings name: any Airflow notifier. `notifications` says what is sent, and when.

Imported at parse time, so it loads the notifier only when it is called.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, cast

from airflow.sdk import BaseNotifier

from livestorm_salesforce.errors import ConfigError

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)
#: Class of an Airflow notifier, and its arguments as JSON. Texts are Jinja templates, as in a DAG file.
CLASS, ARGUMENTS = "LIVESTORM_SALESFORCE_NOTIFIER", "LIVESTORM_SALESFORCE_NOTIFIER_ARGS"
REMEDY = "such as airflow.providers.smtp.notifications.smtp.SmtpNotifier (docs/operate/schedule.md, Notifications)"


def is_configured() -> bool:
    """Whether the settings name a notifier."""
    return bool(os.environ.get(CLASS, "").strip())


def send(context: Context, notification: Mapping[str, str]) -> bool:
    """Send a notification; whether it was sent. A service that cannot be reached does not stop the run.

    Args:
        context: of the task or run; the texts of the notifier are templates that may use it.
        notification: `event`, `subject` and `text`; templates use them as `{{ notification.subject }}`, because Airflow
            hides a variable that has the name of a template field of the notifier.
    """
    try:
        load_notifier()(cast("Context", {**context, "notification": notification}))
    except Exception as error:  # noqa: BLE001 any service, with its own errors
        reason = f" {error}" if isinstance(error, ConfigError) else ""
        log.error("The notification could not be sent (%s); the run goes on.%s", type(error).__name__, reason)  # noqa: TRY400 the traceback may quote arguments
        return False
    return True


def load_notifier() -> BaseNotifier:
    """The notifier of the settings.

    Raises:
        ConfigError: the settings name no notifier class, or its arguments are wrong. The message quotes no argument,
            which may be a secret.
    """
    path = os.environ.get(CLASS, "").strip()
    module, _, name = path.rpartition(".")
    try:
        kind = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError):
        raise ConfigError(f"{CLASS}: there is no class '{path}'.", remedy=REMEDY) from None
    if not (isinstance(kind, type) and issubclass(kind, BaseNotifier)):
        raise ConfigError(f"{CLASS}: '{path}' is not an Airflow notifier.", remedy=REMEDY)
    try:
        notifier: BaseNotifier = kind(**json.loads(os.environ.get(ARGUMENTS) or "{}"))
    except (ValueError, TypeError) as error:
        problem = type(error).__name__
    else:
        return notifier
    raise ConfigError(f"{ARGUMENTS} does not fit {path} ({problem}).", remedy="give a JSON object of its arguments")
