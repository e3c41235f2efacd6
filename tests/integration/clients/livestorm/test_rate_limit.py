"""The rate limit of five requests per second for all processes of the host."""

from __future__ import annotations

import json
import multiprocessing
from multiprocessing.queues import Queue
from pathlib import Path

from livestorm_salesforce.clients.livestorm import SharedRateLimiter
from tests.fake_clock import FakeClock


def limiter(tmp_path, clock: FakeClock) -> SharedRateLimiter:
    return SharedRateLimiter("key", directory=tmp_path, clock=clock)


def most_in_a_second(times: list[float]) -> int:
    return max(sum(1 for other in times if one <= other < one + 1) for one in times)


def test_a_burst_is_limited_to_five_per_second(tmp_path):
    clock = FakeClock()
    one = limiter(tmp_path, clock)
    times = []
    for _ in range(30):
        one.acquire()
        times.append(clock.monotonic())
    assert most_in_a_second(times) == 5
    assert times[-1] - times[0] < 6.1


def test_two_limiters_of_one_key_share_the_limit(tmp_path):
    clock = FakeClock()
    pair = [limiter(tmp_path, clock), limiter(tmp_path, clock)]
    times = []
    for number in range(20):
        pair[number % 2].acquire()
        times.append(clock.monotonic())
    assert most_in_a_second(times) == 5


def test_another_key_has_its_own_limit(tmp_path):
    clock = FakeClock()
    for number in range(20):
        SharedRateLimiter(f"key {number}", directory=tmp_path, clock=clock).acquire()
    assert clock.monotonic() == 1000.0


def test_a_pause_delays_all_callers(tmp_path):
    clock = FakeClock()
    limiter(tmp_path, clock).pause(3)
    limiter(tmp_path, clock).acquire()
    assert clock.monotonic() >= 1003


def test_a_damaged_file_or_one_from_before_a_restart_is_ignored(tmp_path):
    clock = FakeClock()
    one = limiter(tmp_path, clock)
    one.acquire()
    (file,) = tmp_path.glob("*.rate")
    file.write_text("{broken")
    one.acquire()
    file.write_text(json.dumps([9e9] * 5))
    one.acquire()
    assert clock.monotonic() == 1000.0


def test_the_file_name_does_not_contain_the_key(tmp_path):
    SharedRateLimiter("https://api token", directory=tmp_path).acquire()
    assert not any("token" in file.name for file in tmp_path.iterdir())


def acquire_six(folder: Path, results: Queue) -> None:
    shared = SharedRateLimiter("key", directory=folder)
    results.put([shared.acquire() for _ in range(6)])


def test_two_processes_share_five_per_second(tmp_path):
    fork = multiprocessing.get_context("fork")  # a new interpreter would import Airflow first
    results = fork.Queue()
    workers = [fork.Process(target=acquire_six, args=(tmp_path, results)) for _ in range(2)]
    for worker in workers:
        worker.start()
    times = sorted(time for _ in workers for time in results.get(timeout=60))
    for worker in workers:
        worker.join(timeout=60)
    assert len(times) == 12
    assert most_in_a_second(times) <= 5
