"""Daily limits of the org: counted over the last 24 hours of the sandbox's clock, and shown on every answer."""

from collections import deque
from datetime import datetime, timedelta
from typing import Any

from service_sandbox.salesforce.call import Call, Reply
from service_sandbox.salesforce.errors import ApiError

DAY = timedelta(hours=24)
OTHERS = {"DailyAsyncApexExecutions": 250_000, "DailyBulkApiBatches": 15_000, "DailyBulkV2QueryJobs": 10_000,
          "DailyBulkV2QueryFileStorageMB": 976_562, "DataStorageMB": 10_240, "FileStorageMB": 10_240}  # fmt: skip


class Limits:
    """`maximum`, the org's `daily_calls`, is DailyApiRequests: 100,000 plus 1,000 per licence in an Enterprise org."""

    def __init__(self, org: Any):
        self.org, self.clock = org, org.clock
        self._spent: deque[tuple[datetime, int]] = deque()
        self._total = 0
        self._others: dict[str, int] = {}

    @property
    def maximum(self) -> int:
        """DailyApiRequests."""
        return self.org.daily_calls

    @property
    def used(self) -> int:
        """Calls of the last 24 hours."""
        now = self.clock.now()
        while self._spent and self._spent[0][0] <= now - DAY:
            self._total -= self._spent.popleft()[1]
        return self._total

    def spend(self, calls: int = 1) -> None:
        """Count a call; refuse it when none are left."""
        if self.used + calls > self.maximum:
            raise ApiError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        self._add(calls)

    def _add(self, calls: int) -> None:
        self._spent.append((self.clock.now(), calls))
        self._total += calls

    def leave(self, remaining: int) -> None:
        """Make as if others had used up the day's calls but for these."""
        self._add(self.maximum - remaining - self.used)

    def count(self, name: str, number: int = 1) -> None:
        """Use up another of the org's limits (bulk batches, query jobs)."""
        self._others[name] = self._others.get(name, 0) + number

    def header(self) -> str:
        """The value of `Sforce-Limit-Info`."""
        return f"api-usage={self.used}/{self.maximum}"

    def answer(self, call: Call) -> Reply:
        """The `limits` resource."""
        call.params()
        answer = {"DailyApiRequests": {"Max": self.maximum, "Remaining": max(self.maximum - self.used, 0)}}
        for name, most in OTHERS.items():
            answer[name] = {"Max": most, "Remaining": most - self._others.get(name, 0)}
        return Reply(200, answer)
