"""A seeded Livestorm workspace and a seeded Salesforce org on disk, each behind its application and middleware."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from service_sandbox import livestorm, salesforce
from service_sandbox.control.call_types import ServiceName
from service_sandbox.livestorm.errors import MEDIA_TYPE, error_body
from service_sandbox.livestorm.state_faults import register_livestorm_faults
from service_sandbox.livestorm.webhooks import WebhookDispatcher
from service_sandbox.salesforce.org.org_config import configure
from service_sandbox.salesforce.rest.service import RestApi
from service_sandbox.seeds import Seed
from service_sandbox.serving.middleware import Controls, RequestMiddleware

CONSUMER_KEY, CONSUMER_SECRET = "sandbox-consumer-key", "sandbox-consumer-secret"
DATABASES = ("livestorm.sqlite", "salesforce.sqlite")
GENERATED = ("leads", "contacts")
"""Settings of an org that create records. They are skipped when the databases already contain the seed."""


class Services:
    """Workspace and org with the content of a seed.

    Args:
        seed: content, and configuration of both services.
        directory: location of the databases; None for databases in memory.
        start: time around which the seed's content is placed; None if the databases already contain it.
        settings: settings of the workspace that override those of the seed.
        ca: CA file that verifies the certificates of webhook receivers.
    """

    def __init__(
        self, seed: Seed, directory: Path | None, controls: Controls, *, start: datetime | None,
        settings: Mapping[str, Any], ca: Path,
    ) -> None:  # fmt: skip
        clock = controls.clock
        workspace_file, org_file = (directory / name if directory else None for name in DATABASES)
        self.livestorm = livestorm.Workspace(workspace_file, clock, name=seed.name, seed=seed.seed)
        self.livestorm.settings.change(**{**seed.settings, **settings})
        self.livestorm.webhooks.verify = str(ca)
        self.org = salesforce.Org(org_file, clock)
        configure(self.org, {key: value for key, value in seed.org.items() if start or key not in GENERATED})
        if not self.org.users.apps:
            self.org.users.add_app(CONSUMER_KEY, CONSUMER_SECRET)
        self.labels: dict[str, str] = self._fill(seed, start)
        self._create_apps(controls)
        self.dispatcher = WebhookDispatcher(self.livestorm.webhooks)
        self.dispatcher.start()

    def _fill(self, seed: Seed, start: datetime | None) -> dict[str, str]:
        """Returns the ids of labelled records, which are stored beside the records."""
        if start is None:
            return dict(json.loads(self.livestorm.store.meta("labels", "{}")))
        labels = seed.fill(self.livestorm, self.org, start)
        self.livestorm.store.set_meta("labels", json.dumps(labels))
        return labels

    def _create_apps(self, controls: Controls) -> None:
        livestorm_app = livestorm.create_app(self.livestorm)
        salesforce_app = salesforce.create_app(self.org, controls.clock)
        livestorm_api = livestorm_app.state.api
        self.salesforce_api: RestApi = salesforce_app.state.service
        for registry in (controls.calls.call_types, controls.faults.call_types):
            registry.register(ServiceName.LIVESTORM, livestorm_api.call_types)
            registry.register(ServiceName.SALESFORCE, self.salesforce_api.call_types)
        self.livestorm_app = RequestMiddleware(
            livestorm_app, controls, service=ServiceName.LIVESTORM, call_type_of=livestorm_api.call_type,
            error_body=lambda status: (error_body(status), MEDIA_TYPE),
        )  # fmt: skip
        self.salesforce_app = RequestMiddleware(
            salesforce_app, controls, service=ServiceName.SALESFORCE, call_type_of=self.salesforce_api.call_type,
            error_body=self.salesforce_api.error_body,
        )  # fmt: skip
        register_livestorm_faults(controls.faults, self.livestorm)
        self.salesforce_api.register_faults(controls.faults)

    def close(self) -> None:
        """Stops webhook deliveries and closes the databases."""
        self.dispatcher.stop()
        self.livestorm.close()
        self.org.close()
