"""The servers that all other tests trust: they start, keep databases apart, tell what was sent, and leave no trace."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pymysql
import pytest
from sqlalchemy import create_engine, text

from tests.servers import MariaDB, PostgreSQL, Server

THREE_STATEMENTS = "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);"


def test_a_database_is_reached_by_its_url(store_server: Server, store_url: str) -> None:
    with create_engine(store_url).begin() as connection:
        connection.execute(text("CREATE TABLE t (a INTEGER)"))
        connection.execute(text("INSERT INTO t VALUES (7)"))

    with create_engine(store_url).connect() as connection:
        assert connection.execute(text("SELECT a FROM t")).scalars().all() == [7]


def test_databases_do_not_see_each_other(store_server: Server) -> None:
    store_server.create_database("one")
    store_server.create_database("other")

    store_server.load("one", THREE_STATEMENTS)
    store_server.load("other", "CREATE TABLE t (a INTEGER)")

    assert store_server.execute("SELECT a FROM t ORDER BY a", database="one") == [(1,), (2,)]
    assert store_server.execute("SELECT a FROM t", database="other") == []
    store_server.drop_database("one")
    store_server.drop_database("other")


def test_a_dropped_database_can_be_made_again_empty(store_server: Server) -> None:
    store_server.create_database("again")
    store_server.load("again", THREE_STATEMENTS)

    store_server.drop_database("again")
    store_server.create_database("again")

    store_server.load("again", THREE_STATEMENTS)
    assert len(store_server.execute("SELECT a FROM t", database="again")) == 2
    store_server.drop_database("again")


def test_the_servers_keep_universal_time(mariadb: MariaDB, postgresql: PostgreSQL) -> None:
    assert mariadb.execute("SELECT TIMESTAMPDIFF(SECOND, NOW(), UTC_TIMESTAMP())") == [(0,)]
    assert postgresql.execute("SHOW timezone") == [("UTC",)]


def test_no_server_runs_as_root(mariadb: MariaDB, postgresql: PostgreSQL) -> None:
    mine = [
        process for process in psutil.Process().children(recursive=True) if process.name() in ("mariadbd", "postgres")
    ]

    assert mine
    assert all(process.uids().effective != 0 for process in mine)


def test_an_account_may_do_only_what_it_was_granted(mariadb: MariaDB) -> None:
    mariadb.create_database("guarded")
    mariadb.load("guarded", "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1);")
    mariadb.create_user("guest", "SELECT ON guarded.*")

    with mariadb.connect("guarded", user="guest") as connection, connection.cursor() as cursor:
        assert cursor.execute("SELECT a FROM t") == 1
        with pytest.raises(pymysql.err.OperationalError, match="denied"):
            cursor.execute("DELETE FROM t")

    mariadb.drop_user("guest")
    mariadb.drop_database("guarded")


def test_the_server_has_no_account_without_a_password(mariadb: MariaDB) -> None:
    for user in ("root", "", "anyone"):
        with pytest.raises(pymysql.err.OperationalError, match="denied"):
            pymysql.connect(host="127.0.0.1", port=mariadb.port, user=user)


def test_the_general_log_tells_who_sent_what(mariadb: MariaDB) -> None:
    mariadb.create_user("talker", "SELECT ON *.*")

    with mariadb.general_log() as statements:
        with create_engine(mariadb.url("", user="talker")).connect() as connection:
            connection.execute(text("SELECT 'über', 42"))
        mariadb.execute("SELECT 'said by the administrator'")

    said = [statement.text for statement in statements if statement.kind == "Query"]
    assert "SELECT 'über', 42" in said
    assert {statement.user for statement in statements} == {"talker"}
    mariadb.drop_user("talker")


def test_the_general_log_is_silent_after_its_block(mariadb: MariaDB) -> None:
    mariadb.create_user("late", "SELECT ON *.*")

    with mariadb.general_log() as statements:
        pass
    with mariadb.connect(user="late") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1")

    with mariadb.general_log() as again:
        pass
    assert statements == again == []
    mariadb.drop_user("late")


STARTS_AND_WAITS = """
import sys, time
from tests.servers import MariaDB, PostgreSQL, RabbitMQ
server = {kind}()
print(server._daemon.directory, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("kind", ["MariaDB", "PostgreSQL", "RabbitMQ"])
def test_a_killed_test_run_leaves_neither_process_nor_file(kind: str) -> None:
    root = Path(__file__).parents[2]
    run = subprocess.Popen(
        [sys.executable, "-c", STARTS_AND_WAITS.format(kind=kind)], cwd=root, stdout=subprocess.PIPE, text=True
    )
    assert run.stdout
    directory = Path(run.stdout.readline().strip())
    processes = psutil.Process(run.pid).children(recursive=True)
    assert directory.is_dir()
    assert processes

    os.kill(run.pid, signal.SIGKILL)
    run.communicate()

    _gone, alive = psutil.wait_procs(processes, timeout=20)
    assert alive == []
    until = time.monotonic() + 5
    while directory.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not directory.exists()


def test_a_server_that_cannot_start_says_why() -> None:
    with pytest.raises(RuntimeError, match="no-such-option"):
        MariaDB("--no-such-option=1")
