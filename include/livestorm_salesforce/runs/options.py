"""What the caller of an application context decides: limits of the clients, and how the pair is found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from livestorm_salesforce.clients.livestorm.rate_limit import RateLimiter
from livestorm_salesforce.clients.retry import ATTEMPTS
from livestorm_salesforce.clients.salesforce.transport import WRITE_TIMEOUT
from livestorm_salesforce.state.database import RECONNECT_SECONDS


@dataclass(frozen=True)
class Limits:
    """How the clients limit themselves.

    Attributes:
        attempts: of one request, the first included.
        rate_limit: of requests to Livestorm; by default one that all workers share through the state database.
        timeout: seconds to connect and to wait between two bytes, of both services; None: those of each client.
        write_timeout: seconds to wait for the response to a write to Salesforce.
        longest_wait: seconds that a wait may occupy this process; a longer one ends with an error whose `retry_after`
            the caller waits for. None: no limit.
    """

    attempts: int = ATTEMPTS
    rate_limit: RateLimiter | None = None
    timeout: tuple[float, float] | None = None
    write_timeout: float = WRITE_TIMEOUT
    longest_wait: float | None = None

    @property
    def timeouts(self) -> dict[str, Any]:
        """The argument `timeout` of a client, if it is limited."""
        return {"timeout": self.timeout} if self.timeout else {}


@dataclass(frozen=True)
class Options:
    """How a context finds its pair.

    Attributes:
        confirm_new_pair: a person confirms that the connections may lead to another pair than before.
        offline: use the pair of the last run and call no service; for pages.
        mapping_draft: id of a stored draft (`runs.drafts`) that is used instead of the mapping; for previews only.
    """

    confirm_new_pair: bool = False
    offline: bool = False
    mapping_draft: str = ""

    @property
    def reconnect_seconds(self) -> float:
        """For how long a state database that does not answer is tried again. A page is not held up by it."""
        return 0 if self.offline else RECONNECT_SECONDS
