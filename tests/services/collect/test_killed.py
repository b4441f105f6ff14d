"""Killed at any moment, with the broker and the database going down as well: nothing is lost, nothing applied twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymysql
import pytest
from sqlalchemy import event

from reporting_pollster.store.engine import create_store_engine
from reporting_pollster.store.migration import upgrade
from tests.servers import MariaDB, RabbitMQ
from tests.services.collect.collecting import Ours
from tests.services.collect.sending import Cloud, body, instance, uuid
from tests.services.collect.test_command import ROOT, command, configured

DURABLE = {"amqp_durable_queues": "true"}


def test_killed_at_each_step_of_a_batch(services: Cloud, ours: Callable[..., Ours]) -> None:
    services.publish(*(body(number) for number in range(40)))
    collecting = ours(prefetch=20)

    fatal = 1
    while _killed_at(fatal, collecting):
        fatal += 1

    assert fatal > 10  # begin, what is known, clock, inbox, facts, what is due, hints, commit, acknowledge; and again
    assert services.left() == 0
    rows = collecting.rows("instance_event", "id")
    assert [row["id"] for row in rows] == [uuid(number) for number in range(40)]
    assert {row["verdict"] for row in collecting.rows("notification")} == {"applied"}
    assert collecting.count("notification") == 40
    assert {(row["table_name"], row["row_key"]) for row in collecting.rows("hint")} == {
        ("instance", uuid(number)) for number in range(40)
    }
    assert collecting.count("hint") == 40


def _killed_at(fatal: int, ours: Ours) -> bool:
    """Collect in a child that kills itself at its N-th step; false when it got through all."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            _collect_and_die(fatal, ours)
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def _collect_and_die(fatal: int, ours: Ours) -> None:
    steps = 0

    def step(*_: Any) -> None:
        nonlocal steps
        steps += 1
        if steps == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    ours.engine = create_store_engine(ours.engine.url.render_as_string(hide_password=False))
    event.listen(ours.engine, "before_cursor_execute", step)
    event.listen(ours.engine, "commit", step)
    collector = ours.collector()
    reader = collector._reader
    acknowledge = reader.acknowledge

    def acknowledged(deliveries: Any) -> None:
        step()
        acknowledge(deliveries)
        step()

    reader.acknowledge = acknowledged  # type: ignore[method-assign]
    collector.drain()


@pytest.fixture
def careful_mariadb() -> Iterator[MariaDB]:
    """Return a MariaDB of the test's own that writes what is committed, so that it may be killed."""
    server = MariaDB("--innodb-flush-log-at-trx-commit=2")
    yield server
    server.stop()


@dataclass
class Publisher:
    """Sends messages one by one, a few of them twice, waiting for a broker that is down."""

    services: Cloud
    count: int
    a_second: float = 250.0
    sent: int = 0
    failed: list[BaseException] = field(default_factory=list)

    def run(self) -> None:
        try:
            notifier = self.services.notifier(topics=("reporting",), **DURABLE)
            again = self.services.notifier(topics=("reporting", "reporting"), **DURABLE)
            for number in range(self.count):
                which = again if number % 20 == 0 else notifier
                which.info({}, "compute.instance.create.end", instance(number))
                self.sent += 1
                time.sleep(1 / self.a_second)
        except BaseException as error:
            self.failed.append(error)
            raise


def test_nothing_is_lost_and_nothing_applied_twice(
    rabbitmq: RabbitMQ,
    services: Cloud,
    careful_mariadb: MariaDB,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    count = int(request.config.getoption("--messages"))
    chance = random.Random(count)
    careful_mariadb.create_database("reporting")
    ours = Ours(rabbitmq.url(services.virtual_host), careful_mariadb.url("reporting"))
    upgrade(ours.engine)
    file = configured(tmp_path, ours)
    publisher = Publisher(services, count)
    sending = threading.Thread(target=publisher.run, daemon=True)
    sending.start()
    running = [_start(file)]

    def stored() -> int:
        try:
            return int(careful_mariadb.execute("SELECT COUNT(*) FROM notification", database="reporting")[0][0])
        except pymysql.Error:
            return 0

    def restart(number: int) -> None:
        running[number].kill()
        running[number].wait()
        running[number] = _start(file)

    kills = max(3, count // 400)
    for number in range(kills):
        before, until = stored(), time.monotonic() + 20
        while stored() == before and publisher.sent < count and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.3))
        restart(0)
        if number == kills // 3:
            rabbitmq.halt()
            rabbitmq.resume()
        if number == 2 * kills // 3:
            careful_mariadb.halt()
            careful_mariadb.resume()

    sending.join(300)
    until = time.monotonic() + 60
    while stored() < count and time.monotonic() < until:
        time.sleep(0.1)
    for each in running:
        each.send_signal(signal.SIGTERM)
        assert each.wait(30) == 0

    assert not publisher.failed
    assert publisher.sent == count
    ids = [row["id"] for row in ours.rows("instance_event", "id")]
    assert len(ids) == len(set(ids)) == count
    assert ids == sorted(uuid(number) for number in range(count))
    assert ours.count("notification") == count
    assert {row["verdict"] for row in ours.rows("notification")} == {"applied"}
    assert services.left() == 0


def _start(file: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command(file), cwd=ROOT, stderr=subprocess.DEVNULL)
