"""Locks exclude tasks of other processes, are released when a process is killed, and time out with a message."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from multiprocessing.synchronize import Event

import pytest
from sqlalchemy import text

from livestorm_salesforce.clock import SYSTEM_CLOCK
from livestorm_salesforce.errors import TransientError
from livestorm_salesforce.state.database import Database
from livestorm_salesforce.state.locks import locked
from livestorm_salesforce.state.opening import open_database
from tests.harness.postgresql import Server

FORK = multiprocessing.get_context("fork")


def hold(url: str, held: Event, seconds: float) -> None:
    with locked(open_database(url), "people org", 10, SYSTEM_CLOCK):
        held.set()
        time.sleep(seconds)


def holder(database: Database, seconds: float) -> multiprocessing.process.BaseProcess:
    """Another process that holds the lock."""
    held = FORK.Event()
    process = FORK.Process(target=hold, args=(database.url.render_as_string(hide_password=False), held, seconds))
    process.start()
    assert held.wait(30)
    return process


def test_a_lock_waits_for_its_holder_and_times_out(database: Database) -> None:
    process = holder(database, 3)
    waiting = pytest.raises(TransientError, match="Another task has held the lock 'people'")
    with waiting, locked(database, "people org", 1, SYSTEM_CLOCK):
        pass
    with locked(database, "members org", 1, SYSTEM_CLOCK):
        pass
    with locked(database, "people org", 30, SYSTEM_CLOCK):
        assert not process.is_alive() or process.join(5) is None


def test_the_lock_of_a_killed_process_is_released(database: Database) -> None:
    process = holder(database, 60)
    os.kill(process.pid or 0, signal.SIGKILL)
    began = time.monotonic()
    with locked(database, "people org", 30, SYSTEM_CLOCK):
        pass
    assert time.monotonic() - began < 30
    process.join()


def test_a_lost_lock_is_noticed(server: Server, postgresql: Database) -> None:
    with locked(postgresql, "people org", 1, SYSTEM_CLOCK) as verify:
        verify()
        server.stop()
        server.start()
        with pytest.raises(TransientError, match=r"lock 'people'.*was lost"):
            verify()


KEEPALIVE = ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout")


def server_keepalive(database: Database) -> list[str]:
    """What the server does to find out whether the other end of this connection is alive."""
    with database.reading() as connection:
        return [str(connection.scalar(text(f"SHOW {name}"))) for name in KEEPALIVE]


def test_the_server_ends_the_session_of_a_lost_machine_within_a_minute(postgresql: Database) -> None:
    """A machine without power sends nothing: the server must ask. By default it does so after two hours."""
    assert server_keepalive(postgresql) == ["15", "10", "3", "45000"]
    with pytest.raises(ValueError, match="killed"), postgresql.transaction():
        raise ValueError("killed")
    assert server_keepalive(postgresql) == ["15", "10", "3", "45000"]


def test_options_of_the_url_and_the_user_stay(server: Server) -> None:
    url = server.create_database()
    options = "?options=-c%20tcp_keepalives_idle%3D20%20-c%20application_name%3Dsync&keepalives_idle=5"
    database = open_database(url + options)
    with database.transaction() as connection:
        connection.execute(
            text("ALTER ROLE postgres IN DATABASE " + str(database.url.database) + " SET tcp_user_timeout = 9000")
        )
    database.engine.dispose()
    assert server_keepalive(database) == ["20", "10", "3", "9000"]
    with database.reading() as connection:
        assert connection.scalar(text("SHOW application_name")) == "sync"
        parameters = connection.connection.driver_connection.info.get_parameters()
    assert (parameters["keepalives_idle"], parameters["tcp_user_timeout"]) == ("5", "45000")


def create_once(url: str, attempts: int) -> None:
    """Look for a row and create it, many times, as tasks that create people do."""
    database = open_database(url)
    for number in range(attempts):
        with locked(database, "people org", 60, SYSTEM_CLOCK):
            with database.reading() as connection:
                query = text("SELECT count(*) FROM last_write WHERE run_id = :run")
                found = connection.scalar(query, {"run": str(number)})
            if not found:
                with database.transaction() as connection:
                    connection.execute(
                        text(
                            "INSERT INTO last_write (pair_id, run_id, task, try_number, at) "
                            "VALUES ('p', :run, :task, 1, 0)"
                        ),
                        {"run": str(number), "task": str(os.getpid())},
                    )


def test_competing_workers_create_nobody_twice(database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    workers = [FORK.Process(target=create_once, args=(url, 200)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=120)
    with database.reading() as connection:
        rows = connection.execute(text("SELECT run_id, count(*) FROM last_write GROUP BY run_id")).all()
    assert len(rows) == 200
    assert {count for _, count in rows} == {1}
