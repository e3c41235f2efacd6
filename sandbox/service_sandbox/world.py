"""What a seed makes: a workspace and an org on disk, each behind its application and its witness."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from service_sandbox import livestorm, salesforce
from service_sandbox.calls import CallLog
from service_sandbox.clock import Clock
from service_sandbox.delayed_calls import Late
from service_sandbox.faults import Faults
from service_sandbox.livestorm import actions
from service_sandbox.livestorm.errors import MEDIA_TYPE, error_body
from service_sandbox.livestorm.webhooks import Courier
from service_sandbox.middleware import Witness
from service_sandbox.salesforce.org_config import configure
from service_sandbox.seeds import Seed

CONSUMER_KEY, CONSUMER_SECRET = "sandbox-consumer-key", "sandbox-consumer-secret"
FILES = ("livestorm.sqlite", "salesforce.sqlite")
GENERATED = ("leads", "contacts")
"""Settings of an org that make records, which are there already when a directory is kept."""


class World:
    """Workspace and org, seeded, or as the directory's files have them.

    Args:
        start: the moment around which the seed is planted; None if the files hold it already.
    """

    def __init__(
        self, seed: Seed, directory: Path, clock: Clock, calls: CallLog, faults: Faults, *,
        start: datetime | None, settings: Mapping[str, Any], ca: Path,
    ) -> None:  # fmt: skip
        self.clock, self.calls, self.faults, self.late = clock, calls, faults, Late()
        self.livestorm = livestorm.Workspace(directory / FILES[0], clock, name=seed.name, seed=seed.seed)
        self.livestorm.settings.change(**{**seed.settings, **settings})
        self.livestorm.webhooks.verify = str(ca)
        self.org = salesforce.Org(directory / FILES[1], clock)
        configure(self.org, {key: value for key, value in seed.org.items() if start or key not in GENERATED})
        if not self.org.users.apps:
            self.org.users.add_app(CONSUMER_KEY, CONSUMER_SECRET)
        self.labels: dict[str, str] = self._plant(seed, start)
        self._doors()

    def _plant(self, seed: Seed, start: datetime | None) -> dict[str, str]:
        """Labels of the seed, remembered beside what they stand for."""
        if start is None:
            return json.loads(self.livestorm.store.meta("labels", "{}"))
        labels = seed.plant(self.livestorm, self.org, start)
        self.livestorm.store.set_meta("labels", json.dumps(labels))
        return labels

    def _doors(self) -> None:
        """What stands before each application."""
        shared = {"clock": self.clock, "calls": self.calls, "faults": self.faults, "late": self.late}
        ours, theirs = livestorm.create_app(self.livestorm), salesforce.create_app(self.org, self.clock)
        self.service = theirs.state.service
        for log in (self.calls, self.faults):
            log.kinds.know("livestorm", ours.state.api.kinds)
            log.kinds.know("salesforce", self.service.kinds)
        self.livestorm_door = Witness(
            ours, service="livestorm", kind_of=ours.state.api.kind,
            error_body=lambda status: (error_body(status), MEDIA_TYPE), **shared,
        )  # fmt: skip
        self.salesforce_door = Witness(
            theirs, service="salesforce", kind_of=self.service.kind, error_body=salesforce_error, **shared
        )
        actions.teach(self.faults, self.livestorm)
        self._teach_salesforce()
        self.courier = Courier(self.livestorm.webhooks)
        self.courier.start()

    def _teach_salesforce(self) -> None:
        """Faults that change the org's state."""
        self.faults.action("salesforce", "expired_token", lambda _path: self.service.auth.expire_all())
        self.faults.action("salesforce", "daily_limit", lambda _path, remaining=0: self.service.limits.leave(remaining))
        self.faults.action("salesforce", "locked_records", lambda _path, records=1: self.org.lock_next(records))
        self.faults.action("salesforce", "query_too_complicated", self.service.complicate)

    def close(self) -> None:
        """End deliveries and close the databases."""
        self.courier.stop()
        self.livestorm.close()
        self.org.close()


def salesforce_error(status: int) -> tuple[Any, str]:
    """An error of the service's own making, in its shape."""
    code = "SERVER_UNAVAILABLE" if status in (502, 503, 504) else "UNKNOWN_EXCEPTION"
    message = "An unexpected error occurred. Please include this ErrorId if you contact support: 1-1 (1)"
    return [{"message": message, "errorCode": code}], "application/json;charset=UTF-8"
