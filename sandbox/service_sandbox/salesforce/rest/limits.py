"""Limits of the org, counted over the last 24 hours of the sandbox's clock and returned with every response."""

from collections import deque
from datetime import datetime, timedelta

from service_sandbox.salesforce.model.errors import ApiError
from service_sandbox.salesforce.org.org import Org
from service_sandbox.salesforce.rest.call import Call, Reply

DAY = timedelta(hours=24)
OTHERS = {"DailyAsyncApexExecutions": 250_000, "DailyBulkApiBatches": 15_000, "DailyBulkV2QueryJobs": 10_000,
          "DailyBulkV2QueryFileStorageMB": 976_562, "DataStorageMB": 10_240, "FileStorageMB": 10_240}  # fmt: skip


class Limits:
    """API calls and other limits of an org."""

    def __init__(self, org: Org) -> None:
        self.org, self.clock = org, org.clock
        self._spent: deque[tuple[datetime, int]] = deque()
        self._total = 0
        self._others: dict[str, int] = {}

    @property
    def maximum(self) -> int:
        """DailyApiRequests of the org."""
        return self.org.daily_calls

    @property
    def used(self) -> int:
        """Number of calls in the last 24 hours."""
        now = self.clock.now()
        while self._spent and self._spent[0][0] <= now - DAY:
            self._total -= self._spent.popleft()[1]
        return self._total

    def spend(self) -> None:
        """Counts a call.

        Raises:
            ApiError: 403, no call remains.
        """
        if self.used >= self.maximum:
            raise ApiError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        self._add(1)

    def _add(self, calls: int) -> None:
        self._spent.append((self.clock.now(), calls))
        self._total += calls

    def set_remaining(self, remaining: int) -> None:
        """Sets the number of calls that remain, as if other clients had used the others."""
        self._add(self.maximum - remaining - self.used)

    def count(self, name: str, number: int = 1) -> None:
        """Adds to the usage of another limit (bulk batches, query jobs)."""
        self._others[name] = self._others.get(name, 0) + number

    def header(self) -> str:
        """Returns the value of `Sforce-Limit-Info`."""
        return f"api-usage={self.used}/{self.maximum}"

    def respond(self, call: Call) -> Reply:
        """`GET /limits`."""
        call.params()
        limits = {"DailyApiRequests": {"Max": self.maximum, "Remaining": max(self.maximum - self.used, 0)}}
        for name, maximum in OTHERS.items():
            limits[name] = {"Max": maximum, "Remaining": maximum - self._others.get(name, 0)}
        return Reply(200, limits)
