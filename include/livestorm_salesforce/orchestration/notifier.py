"""The notifier that the settings name: called when a plan waits for an approval, and when a run fails or times out.

Imported at parse time, so it loads the notifier only when it is called.
"""

from __future__ import annotations

import json
import logging
import os
from importlib import import_module
from typing import TYPE_CHECKING

from airflow.sdk import BaseNotifier

from livestorm_salesforce.errors import ConfigError

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)
#: Class of an Airflow notifier, and its arguments as JSON. Texts are Jinja templates, as in a DAG file.
CLASS, ARGUMENTS = "LIVESTORM_SALESFORCE_NOTIFIER", "LIVESTORM_SALESFORCE_NOTIFIER_ARGS"
REMEDY = "such as airflow.providers.smtp.notifications.smtp.SmtpNotifier (docs/operate/schedule.md, Notifications)"


class SettingsNotifier(BaseNotifier):
    """Calls the notifier of the settings."""

    def notify(self, context: Context) -> None:
        """Send the notification. A service that cannot be reached does not stop the run; the log states it.

        Raises:
            ConfigError: the settings name no notifier class, or its arguments are wrong.
        """
        notifier = load_notifier()
        try:
            notifier(context)
        except Exception as error:  # noqa: BLE001 any service, with its own errors
            log.error("The notification could not be sent (%s); the run goes on.", type(error).__name__)  # noqa: TRY400 the traceback may quote arguments


def configured_notifiers() -> list[BaseNotifier]:
    """One notifier if the settings name one, else none."""
    return [SettingsNotifier()] if os.environ.get(CLASS, "").strip() else []


def load_notifier() -> BaseNotifier:
    """The notifier of the settings.

    Raises:
        ConfigError: as `SettingsNotifier.notify`; the message quotes no argument, which may be a secret.
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
