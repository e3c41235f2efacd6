"""The rate limit of five requests per second, of one process and of all workers that share the state database."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.queues import Queue

import pytest
from sqlalchemy import select

from livestorm_salesforce.clients.livestorm.rate_limit import LocalRateLimiter, RateLimiter
from livestorm_salesforce.clock import SYSTEM_CLOCK
from livestorm_salesforce.state.database import Database
from livestorm_salesforce.state.frames import upsert_rows
from livestorm_salesforce.state.opening import open_database
from livestorm_salesforce.state.rate_limit import TABLE, DatabaseRateLimiter
from tests.fake_clock import FakeClock

Make = Callable[[FakeClock], RateLimiter]


@pytest.fixture(params=["local", "database"])
def limiter(request: pytest.FixtureRequest, sqlite: Database) -> Make:
    if request.param == "local":
        return lambda clock: LocalRateLimiter(clock=clock)
    return lambda clock: DatabaseRateLimiter(sqlite, "workspace", clock)


def most_in_a_second(times: list[float]) -> int:
    return max(sum(1 for other in times if one <= other < one + 1) for one in times)


def test_a_burst_is_limited_to_five_per_second(limiter: Make) -> None:
    clock = FakeClock()
    one, times = limiter(clock), []
    for _ in range(30):
        one.acquire()
        times.append(clock.monotonic())
    assert most_in_a_second(times) == 5
    assert times[-1] - times[0] < 6.1


def test_a_pause_delays_requests(limiter: Make) -> None:
    clock = FakeClock()
    one = limiter(clock)
    one.pause(3)
    one.acquire()
    assert clock.monotonic() >= 1003


def test_two_limiters_of_one_workspace_share_the_limit(sqlite: Database) -> None:
    clock, times = FakeClock(), []
    pair = [DatabaseRateLimiter(sqlite, "workspace", clock) for _ in range(2)]
    for number in range(20):
        pair[number % 2].acquire()
        times.append(clock.monotonic())
    assert most_in_a_second(times) == 5


class BusyHost(FakeClock):
    """The first waits of the host end late, and so do its first commits."""

    def __init__(self, lags: list[float]) -> None:
        super().__init__()
        self.lags, self.asked = lags, 0

    def monotonic(self) -> float:
        self.asked += 1
        if self.asked % 3 == 0 and self.lags:  # the third time is that before the request is sent
            self.sleep(self.lags.pop(0))
        return super().monotonic()


@pytest.mark.parametrize(("lags", "records"), [([], 1), ([0.04], 1), ([0.3], 2), ([0.3] * 9, 3)])
def test_a_record_that_was_stored_late_is_replaced(sqlite: Database, lags: list[float], records: int) -> None:
    clock = BusyHost(list(lags))
    one = DatabaseRateLimiter(sqlite, "workspace", clock)
    one.acquire()
    assert clock.asked == 3 * records
    with sqlite.reading() as connection:
        (stored,) = connection.scalar(select(TABLE.c.times))
    assert stored == pytest.approx(1000 + 0.3 * (records - 1))


def test_the_sixth_request_waits_for_the_time_at_which_a_late_first_one_was_sent(sqlite: Database) -> None:
    clock = BusyHost([0.3])
    one, times = DatabaseRateLimiter(sqlite, "workspace", clock), []
    for _ in range(6):
        one.acquire()
        times.append(FakeClock.monotonic(clock))
    assert times[0] == pytest.approx(1000.3)
    assert times[-1] - times[0] >= 1


def test_another_workspace_has_its_own_limit(sqlite: Database) -> None:
    clock = FakeClock()
    for number in range(20):
        DatabaseRateLimiter(sqlite, f"workspace {number}", clock).acquire()
    assert clock.monotonic() == 1000.0


def test_times_from_before_a_restart_of_the_host_are_ignored(sqlite: Database) -> None:
    clock = FakeClock()
    one = DatabaseRateLimiter(sqlite, "workspace", clock)
    one.acquire()
    with sqlite.transaction() as connection:
        workspace = connection.scalar(select(TABLE.c.workspace))
        upsert_rows(connection, TABLE, [{"workspace": workspace, "times": [9e9] * 5}])
    one.acquire()
    assert clock.monotonic() == 1000.0


def test_the_token_is_not_stored(sqlite: Database) -> None:
    DatabaseRateLimiter(sqlite, "https://api token", FakeClock()).acquire()
    with sqlite.reading() as connection:
        assert "token" not in str(connection.scalar(select(TABLE.c.workspace)))


def acquire(url: str, number: int, results: Queue) -> None:
    shared = DatabaseRateLimiter(open_database(url), "workspace", SYSTEM_CLOCK)
    times = []
    for _ in range(number):
        shared.acquire()
        times.append(time.monotonic())
    results.put(times)


def test_processes_share_five_requests_per_second(database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    fork = multiprocessing.get_context("fork")  # a new interpreter would import Airflow first
    results = fork.Queue()
    workers = [fork.Process(target=acquire, args=(url, 8, results)) for _ in range(3)]
    for worker in workers:
        worker.start()
    times = sorted(moment for _ in workers for moment in results.get(timeout=60))
    for worker in workers:
        worker.join(timeout=60)
    assert len(times) == 24
    assert most_in_a_second(times) <= 5
