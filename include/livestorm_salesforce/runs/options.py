"""What the caller of an application context decides: limits of the clients, and how the pair is found."""

from __future__ import annotations

from dataclasses import dataclass

from livestorm_salesforce.clients.livestorm.rate_limit import RateLimiter
from livestorm_salesforce.clients.retry import ATTEMPTS


@dataclass(frozen=True)
class Limits:
    """How the clients limit themselves.

    Attributes:
        attempts: of one request, the first included.
        rate_limit: of requests to Livestorm; by default one that all workers share through the state database.
    """

    attempts: int = ATTEMPTS
    rate_limit: RateLimiter | None = None


@dataclass(frozen=True)
class Options:
    """How a context finds its pair.

    Attributes:
        confirm_new_pair: a person confirms that the connections may lead to another pair than before.
        offline: use the pair of the last run and call no service; for pages.
    """

    confirm_new_pair: bool = False
    offline: bool = False
