"""Collects notifications from a real RabbitMQ into MariaDB: messages a second, and how soon a message is a row.

    .venv/bin/python -m benchmarks.collect [MESSAGES]

The baseline is what anybody would write in an hour: a kombu consumer that inserts each message into one table, commits
and acknowledges it, and understands nothing. Ours derives periods meanwhile, as the command does.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, func, insert, select

from reporting_pollster.config.settings import NotificationSettings
from reporting_pollster.services.collect import Aftermath, Collector
from reporting_pollster.services.derive.follow import follow
from reporting_pollster.sources.cloud import Cloud as Sources
from reporting_pollster.sources.notifications import Delivery, Reader, brokers_of, wanted_of
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import create_store_engine, reading, writing
from reporting_pollster.store.migration import upgrade
from tests.servers import MariaDB, RabbitMQ
from tests.services.collect.sending import Cloud, body, instance

REGION = "RegionOne"
DRIVERS = ("pymysql", "mysqldb")
ROUNDS = 2
A_SECOND, SECONDS = 50, 30
EVENTS = (  # of each instance, in the order of its life
    "compute.instance.create.end",
    "compute.instance.power_off.end",
    "compute.instance.power_on.end",
    "compute.instance.update",
)


def main() -> None:
    """Print figures of this machine."""
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    server, broker = MariaDB("--innodb-flush-log-at-trx-commit=1", buffer_pool="1G"), RabbitMQ()
    try:
        for driver in DRIVERS:
            for number in range(ROUNDS):
                _speed(server, broker, driver, f"{driver}{number}", messages)
        _soon(server, broker)
    finally:
        broker.stop()
        server.stop()


def _speed(server: MariaDB, broker: RabbitMQ, driver: str, name: str, messages: int) -> None:
    engine = _store(server, name, driver)
    naive = _timed(messages // 5, broker, f"naive{name}", lambda url, count: _naive(url, engine, count))
    bare = _timed(messages, broker, f"bare{name}", lambda url, count: _ours(url, engine, count, derives=False))
    assert _count(engine, "notification") == messages
    whole_engine = _store(server, f"{name}w", driver)
    whole = _timed(messages, broker, f"whole{name}", lambda url, count: _ours(url, whole_engine, count, derives=True))
    assert _count(whole_engine, "instance_event") == messages
    print(
        f"{driver}: ours {bare:,.0f} messages/s, {whole:,.0f} while periods are derived ("
        f"{_count(whole_engine, 'instance_period'):,} are there at the end); one commit each {naive:,.0f}/s, "
        f"ratio {bare / naive:.1f} and {whole / naive:.1f}"
    )
    engine.dispose()
    whole_engine.dispose()


def _timed(messages: int, broker: RabbitMQ, name: str, work: Callable[[str, int], None]) -> float:
    """Messages a second."""
    broker.create_virtual_host(name)
    cloud = Cloud(broker, name)
    cloud.publish(*(_message(number) for number in range(messages)))
    began = time.monotonic()
    work(broker.url(name), messages)
    took = time.monotonic() - began
    assert cloud.left() == 0
    broker.drop_virtual_host(name)
    return messages / took


def _message(number: int) -> bytes:
    one, event = divmod(number, len(EVENTS))
    sent = f"2026-03-01 10:{event:02d}:41.120000"
    return body(number, EVENTS[event], payload=instance(one), timestamp=sent)


class _Stop(threading.Event):
    """Asks to stop after so many messages."""

    def __init__(self, collector: Collector, count: int) -> None:
        super().__init__()
        self._collector, self._count = collector, count

    def is_set(self) -> bool:
        return self._collector.counts.total["received"] >= self._count


def _ours(url: str, engine: Engine, count: int, *, derives: bool) -> None:
    collector = _collector(Collector, url, engine)
    if not derives:
        collector.run(_Stop(collector, count))
        return
    stop = threading.Event()
    beside = threading.Thread(target=_derive, args=(engine, stop))
    beside.start()
    collector.run(_Stop(collector, count))
    stop.set()
    beside.join()


def _collector(kind: type[Any], url: str, engine: Engine) -> Any:
    settings = NotificationSettings(transport_url=url)
    reader = Reader(brokers_of(settings), wanted_of(settings), prefetch=settings.prefetch)
    return kind(reader, engine, REGION)


def _derive(engine: Engine, stop: threading.Event) -> None:
    sources = Sources(REGION, {}, {})
    while not stop.is_set():
        follow(sources, engine)
        stop.wait(0.5)


def _naive(url: str, engine: Engine, count: int) -> None:
    table = whole_metadata().tables["notification"]
    settings = NotificationSettings(transport_url=url)
    reader = Reader(brokers_of(settings), wanted_of(settings), prefetch=settings.prefetch)
    done = 0
    while done < count:
        for delivery in reader.receive(100, 1):
            inner = json.loads(json.loads(delivery.body)["oslo.message"])
            with writing(engine) as connection:
                connection.execute(
                    insert(table).values(
                        message_id=f"naive{done}",
                        region=REGION,
                        event_type=inner["event_type"],
                        publisher=inner["publisher_id"],
                        priority=inner["priority"],
                        received=datetime.now(UTC).replace(tzinfo=None),
                        verdict="applied",
                        body=json.dumps(inner["payload"]),
                    )
                )
            reader.acknowledge([delivery])
            done += 1
    reader.close()
    with writing(engine) as connection:
        connection.execute(table.delete())


class _Watched(Collector):
    """Notes when each message was committed."""

    committed: list[tuple[str, float]]

    def _store(self, deliveries: Sequence[Delivery]) -> None:
        super()._store(deliveries)
        now = time.time()
        self.committed += [(json.loads(json.loads(each.body)["oslo.message"])["timestamp"], now) for each in deliveries]


def _soon(server: MariaDB, broker: RabbitMQ) -> None:
    """How long after it was sent a message is committed, and the periods that follow from it."""
    engine = _store(server, "soon", "mysqldb")
    broker.create_virtual_host("soon")
    cloud = Cloud(broker, "soon")
    notifier = cloud.notifier(topics=("reporting",))
    notifier.info({}, "sandwich.eaten", {})
    collector = _collector(_Watched, broker.url("soon"), engine)
    collector.committed = []
    derived: list[tuple[float, float]] = []
    sources = Sources(REGION, {}, {})

    def derive() -> None:
        began = time.time()
        follow(sources, engine)
        derived.append((began, time.time()))

    aftermath = Aftermath(engine, REGION, collector.counts, derive=derive)
    stop = threading.Event()
    running = threading.Thread(target=collector.run, args=(stop,))
    with aftermath.running():
        running.start()
        began = time.monotonic()
        for number in range(A_SECOND * SECONDS):
            time.sleep(max(0.0, began + number / A_SECOND - time.monotonic()))
            created = f"{datetime.now(UTC):%Y-%m-%d %H:%M}:00+00:00"  # use is added up since then
            notifier.info({}, EVENTS[number % len(EVENTS)], instance(number // len(EVENTS), created_at=created))
        time.sleep(3)
        stop.set()
        running.join()
    rows = [(_sent(text), at) for text, at in collector.committed[1:]]
    stored = sorted(at - sent for sent, at in rows)
    seen = sorted(next(end for start, end in derived if start >= at) - sent for sent, at in rows)
    print(
        f"at {A_SECOND}/s: committed after {_share(stored)}; periods derived after {_share(seen)} (p50, p99, longest)"
    )
    cloud.close()
    engine.dispose()


def _sent(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def _share(seconds: list[float]) -> str:
    return ", ".join(f"{seconds[int(share * (len(seconds) - 1))]:.3f} s" for share in (0.5, 0.99, 1))


def _store(server: MariaDB, name: str, driver: str) -> Engine:
    server.create_database(name)
    engine = create_store_engine(server.url(name, driver=driver))
    upgrade(engine)
    return engine


def _count(engine: Engine, table: str) -> int:
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(whole_metadata().tables[table])).scalar_one()


if __name__ == "__main__":
    main()
