"""What fails delays nothing else, is not lost, and is applied once its cause is gone."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import make_url, text, update

from reporting_pollster.domain.notification import Hint, Told
from reporting_pollster.services.collect import Aftermath, replay
from reporting_pollster.services.collect.counts import Counts
from reporting_pollster.services.collect.inbox import put
from reporting_pollster.services.quarantine import open_problems
from reporting_pollster.store.collector import collectors
from reporting_pollster.store.engine import create_store_engine, reading, writing
from reporting_pollster.store.hint import Keys
from reporting_pollster.store.notification import Entry, forget, store
from reporting_pollster.store.tables import StoredNotification
from tests.domain.notification.samples import ATTACH, wrapped
from tests.servers import MariaDB
from tests.servers.proxy import Proxy
from tests.services.collect.collecting import REGION, Ours, Until
from tests.services.collect.sending import Cloud, body, inner, uuid

AT = datetime(2026, 3, 1, 10)


def told(number: int, name: str = "web") -> Told:
    return Told("instance", uuid(number), AT, "create", frozenset(), {"name": name})


def entry(number: int, name: str = "web") -> Entry:
    return Entry(f"message-{number:04d}", "applied", told=(told(number, name),), body="{}")


@pytest.mark.parametrize("poisonous", [{0}, {41}, {99}, {3, 4, 77}])
def test_one_that_cannot_be_stored_stops_no_other(ready_store_url: str, poisonous: set[int]) -> None:
    ours = Ours("rabbit://nowhere", ready_store_url)
    entries = [entry(number) for number in range(100)]
    for number in poisonous:  # what no version of the code above should let through
        entries[number] = entries[number]._replace(told=(told(number)._replace(at="no time"),))  # type: ignore[arg-type]

    fresh = put(entries, lambda some: store(ours.engine, REGION, some))

    assert len(fresh) == 100
    rows = ours.rows("notification")
    assert {number for number, row in enumerate(rows) if row["verdict"] == "parked"} == poisonous
    assert all(row["reason"] for row in rows if row["verdict"] == "parked")
    assert ours.count("instance_event") == 100 - len(poisonous)


def test_after_its_cause_is_gone_it_is_applied_with_its_own_date(services: Cloud, ours: Callable[..., Ours]) -> None:
    collecting = ours()
    with writing(collecting.engine) as connection:
        connection.execute(text("ALTER TABLE volume_event RENAME TO volume_event_away"))
    services.publish(body(1), wrapped(ATTACH), body(2), wrapped(inner(3, "volume.create.end", payload={"a": 1})))

    counted = collecting.collect(4)

    with writing(collecting.engine) as connection:
        connection.execute(text("ALTER TABLE volume_event_away RENAME TO volume_event"))
    assert counted == {"received": 4, "applied": 2, "parked": 2}
    assert services.left() == 0
    problems = open_problems(collecting.engine, REGION, ("notification",), 10)
    assert {(problem.column, problem.action) for problem in problems} == {
        ("volume.attach.end", "parked"),
        ("volume.create.end", "parked"),
    }
    assert replay(collecting.engine, REGION) == {"applied": 1, "ignored": 0, "unknown": 0, "parked": 1}
    (row,) = collecting.rows("volume_event")
    assert str(row["happened"]) == "2026-03-01 11:05:09"
    assert replay(collecting.engine, REGION) == {"applied": 0, "ignored": 0, "unknown": 0, "parked": 1}
    assert collecting.count("volume_event") == 1


def test_what_was_unknown_is_applied_by_a_version_that_knows_it(services: Cloud, ours: Callable[..., Ours]) -> None:
    collecting = ours()
    services.publish(body(1), body(2, "sandwich.eaten"))
    collecting.collect(2)
    with writing(collecting.engine) as connection:  # as an older version would have left it
        connection.execute(text("DELETE FROM instance_event"))
        connection.execute(update(StoredNotification).values(verdict="unknown"))

    assert replay(collecting.engine, REGION) == {"applied": 1, "ignored": 0, "unknown": 1, "parked": 0}

    assert [row["id"] for row in collecting.rows("instance_event")] == [uuid(1)]


def test_without_a_database_nothing_is_acknowledged_and_nothing_lost(
    services: Cloud, mariadb: MariaDB, store_url_of_mariadb: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "reporting_pollster")
    services.publish(*(body(number) for number in range(300)))
    ours_directly = Ours(services.broker.url(services.virtual_host), store_url_of_mariadb)
    with Proxy(mariadb.port) as line:
        address = make_url(store_url_of_mariadb).set(port=line.port)
        ours = Ours(services.broker.url(services.virtual_host), store_url_of_mariadb)
        ours.engine = create_store_engine(address.render_as_string(hide_password=False))
        collector = ours.collector()
        line.cut_after(1200)  # within a batch
        until = Until(collector, 300)
        running = threading.Thread(target=collector.run, args=(until,))
        running.start()
        time.sleep(2)
        kept = ours_directly.count("notification")
        line.cut_after(None)
        running.join(30)

    assert kept < 300
    assert ours_directly.count("notification") == ours_directly.count("instance_event") == 300
    assert services.left() == 0
    away = [record for record in caplog.records if "is away" in record.getMessage()]
    assert len(away) == 1
    assert "the reporting database is back" in caplog.text
    ours.engine.dispose()


def test_a_stop_while_the_database_is_away_leaves_all_to_the_broker(services: Cloud, mariadb: MariaDB) -> None:
    services.publish(*(body(number) for number in range(10)))
    ours = Ours(services.broker.url(services.virtual_host), "mysql+pymysql://a:b@127.0.0.1:1/nothing")
    collector = ours.collector()
    stop = threading.Event()
    running = threading.Thread(target=collector.run, args=(stop,))
    running.start()
    time.sleep(1)

    stop.set()
    running.join(5)

    assert not running.is_alive()
    assert services.left() == 10


def test_old_messages_are_forgotten_and_parked_ones_are_not(ready_store_url: str) -> None:
    ours = Ours("rabbit://nowhere", ready_store_url)
    verdicts = ("applied", "ignored", "unknown", "parked")
    store(ours.engine, REGION, [Entry(f"{verdict}-{n}", verdict) for verdict in verdicts for n in range(2)])
    with writing(ours.engine) as connection:
        old = StoredNotification.message_id.like("%-0")
        long_ago = datetime(2026, 1, 1)
        connection.execute(update(StoredNotification).where(old).values(received=long_ago))

    assert forget(ours.engine, REGION, 30) == 3

    kept = {row["message_id"] for row in ours.rows("notification")}
    assert kept == {"parked-0", *(f"{verdict}-1" for verdict in verdicts)}


def test_no_text_is_kept_of_what_was_understood_unless_wanted(services: Cloud, ours: Callable[..., Ours]) -> None:
    services.publish(body(1), body(2, "sandwich.eaten"), b"{")

    ours(keep_messages_days=0).collect(3)

    assert {row["verdict"]: row["body"] for row in ours().rows("notification")} == {
        "applied": None,
        "unknown": None,
        "parked": "{",
    }


def test_what_follows_is_done_beside_and_again_when_it_failed(ready_store_url: str) -> None:
    ours = Ours("rabbit://nowhere", ready_store_url)
    counts, derived, wanted = Counts(), [], []
    fails = [True]

    def read_again(keys: dict[str, Keys]) -> None:
        wanted.append(dict(keys))
        if fails and fails.pop():
            raise OSError("the source is away")

    notes = [("instance", "one"), ("instance", "two"), ("flavour", None), ("flavour", None)]
    fresh = store(ours.engine, REGION, [Entry("m1", "applied", hints=tuple(Hint(*note) for note in notes))])
    counts.add(3, fresh, AT + timedelta(seconds=5))
    after = Aftermath(
        ours.engine,
        REGION,
        counts,
        derive=lambda: derived.append(1),
        read_again=read_again,  # type: ignore[arg-type]
    )

    after.finish()
    assert ours.count("hint") == 3
    after.finish()

    assert wanted == [{"instance": frozenset({"one", "two"}), "flavour": None}] * 2
    assert ours.count("hint") == 0
    assert len(derived) == 2
    with reading(ours.engine) as connection:
        (row,) = collectors(connection, REGION)
    assert (row["received"], row["applied"], row["duplicates"]) == (3, 1, 2)


def test_counts_go_on_over_restarts(ready_store_url: str) -> None:
    ours = Ours("rabbit://nowhere", ready_store_url)
    for _ in range(2):
        counts = Counts()
        counts.add(4, [Entry("m1", "applied", sent=AT)], AT + timedelta(seconds=5))
        Aftermath(ours.engine, REGION, counts).finish()

    with reading(ours.engine) as connection:
        (row,) = collectors(connection, REGION)

    assert (row["received"], row["applied"], row["duplicates"], row["behind"]) == (8, 2, 6, 5)
