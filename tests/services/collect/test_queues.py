"""Which queues are read, and that nobody else misses a message."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from oslo_config import cfg

from reporting_pollster.errors import BrokerRefused, BrokerUnavailable, SettingsError
from tests.services.collect.collecting import Ours
from tests.services.collect.sending import Cloud, body, instance, oslo_messaging


class Endpoint:
    """What ceilometer would do: read `notifications` with oslo.messaging's own listener."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def info(self, _context: Any, _publisher: str, _event: str, payload: dict[str, Any], _metadata: Any) -> None:
        self.seen.append(payload["instance_id"])


def test_another_reader_still_gets_all_and_so_do_we(services: Cloud, ours: Callable[..., Ours]) -> None:
    notifier = services.notifier()
    notifier.info({}, "compute.instance.create.end", instance(0))
    conf = cfg.ConfigOpts()
    conf([])
    transport = oslo_messaging.get_notification_transport(conf, url=services.broker.url(services.virtual_host))
    other = Endpoint()
    target = oslo_messaging.Target(topic="notifications", exchange="nova")
    listener = oslo_messaging.get_notification_listener(transport, [target], [other], executor="threading")
    listener.start()

    for number in range(1, 50):
        notifier.info({}, "compute.instance.create.end", instance(number))
    assert ours().collect(50) == {"received": 50, "applied": 50}

    until = time.monotonic() + 20
    while len(other.seen) < 50 and time.monotonic() < until:
        time.sleep(0.05)
    listener.stop()
    listener.wait()
    transport.cleanup()
    assert len(set(other.seen)) == len(other.seen) == 50


def test_a_pool_takes_copies_from_every_exchange_and_reports_a_missing_one(
    services: Cloud, ours: Callable[..., Ours], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "reporting_pollster")
    topics = ("notifications",)
    nova, cinder = services.notifier("nova", topics=topics), services.notifier("openstack", topics=topics)
    nova.info({}, "compute.instance.create.end", instance(1))  # before there was a pool
    cinder.info({}, "sandwich.eaten", {})
    pooled = ours(topics=topics, pool="reporting", exchanges=("nova", "openstack", "glance"))
    reader = pooled.reader()
    assert reader.receive(10, 0.1) == []
    assert "missing=exchange glance" in caplog.text

    nova.info({}, "compute.instance.create.end", instance(2))
    cinder.info({}, "sandwich.eaten", {})
    got = reader.receive(2, 5) + reader.receive(1, 0.5)
    services.notifier("glance", topics=topics).info({}, "sandwich.eaten", {})
    time.sleep(0.3)
    reader.receive(1, 0.1)
    services.notifier("glance", topics=topics).info({}, "sandwich.eaten", {})
    got += reader.receive(1, 5)

    reader.close()
    assert len(got) == 3
    assert "found=exchange glance" in caplog.text
    assert services.broker.waiting(services.virtual_host, "notifications.info") == 6  # nobody else lost any


def test_the_shared_queue_is_refused_unless_somebody_means_it(services: Cloud, ours: Callable[..., Ours]) -> None:
    services.publish(body(1), queue="notifications.info")

    with pytest.raises(SettingsError, match="would be lost to its other readers"):
        ours(topics=("notifications",)).reader()

    assert ours(topics=("notifications",), allow_shared_queue=True).collect(1) == {"received": 1, "applied": 1}


@pytest.mark.parametrize(
    ("made", "exists_as"),
    [
        ({}, (False, "classic")),
        ({"amqp_durable_queues": "true"}, (True, "classic")),
        ({"amqp_durable_queues": "true", "rabbit_quorum_queue": "true"}, (True, "quorum")),
    ],
)
def test_a_queue_of_the_services_is_read_as_it_is(
    services: Cloud, ours: Callable[..., Ours], made: dict[str, str], exists_as: tuple[bool, str]
) -> None:
    services.notifier(**made).info({}, "compute.instance.create.end", instance(1))

    assert ours().collect(1) == {"received": 1, "applied": 1}

    queue = services.broker.ask("GET", f"queues/{services.virtual_host}/reporting.info")
    assert (queue["durable"], queue["type"]) == exists_as


@pytest.mark.parametrize(
    ("settings", "made_as"),
    [
        ({"amqp_durable_queues": False}, (False, "classic", False)),
        ({}, (True, "classic", False)),
        ({"rabbit_quorum_queue": True}, (True, "quorum", False)),
        ({"amqp_durable_queues": False, "amqp_auto_delete": True}, (False, "classic", True)),
    ],
)
def test_the_queue_of_a_pool_is_made_as_it_is_set(
    services: Cloud, ours: Callable[..., Ours], settings: dict[str, bool], made_as: tuple[bool, str, bool]
) -> None:
    reader = ours(pool="reporting", exchanges=("nova",), **settings).reader()
    reader.receive(1, 0)

    queue = services.broker.ask("GET", f"queues/{services.virtual_host}/reporting")
    reader.close()
    assert (queue["durable"], queue["type"], queue["auto_delete"]) == made_as


def test_a_queue_of_other_properties_is_explained(services: Cloud, ours: Callable[..., Ours]) -> None:
    first = ours(pool="reporting", exchanges=("nova",)).reader()
    first.receive(1, 0)
    first.close()

    with pytest.raises(BrokerRefused, match=r"'durable' for queue 'reporting'.*set \[notifications\] amqp_durable"):
        ours(pool="reporting", exchanges=("nova",), amqp_durable_queues=False).reader().receive(1, 0)


def test_a_queue_that_is_not_there_yet_is_waited_for(
    services: Cloud, ours: Callable[..., Ours], caplog: pytest.LogCaptureFixture
) -> None:
    reader = ours().reader()
    assert reader.receive(1, 0.1) == []
    assert "missing=queue reporting.info" in caplog.text

    services.publish(body(1))
    time.sleep(0.2)
    got = reader.receive(1, 5)

    reader.close()
    assert [delivery.body for delivery in got] == [body(1)]


def test_what_is_not_acknowledged_comes_again(services: Cloud, ours: Callable[..., Ours]) -> None:
    services.publish(*(body(number) for number in range(5)))
    first = ours().reader()
    got = first.receive(3, 5)
    first.acknowledge(got[:2])
    first.close()

    second = ours().reader()
    again = []
    while len(again) < 3:
        again += second.receive(5, 5)

    second.close()
    assert [delivery.body for delivery in again] == [body(2), body(3), body(4)]


def test_no_more_is_handed_out_than_was_asked_for(services: Cloud, ours: Callable[..., Ours]) -> None:
    services.publish(*(body(number) for number in range(50)))
    reader = ours(prefetch=7).reader()

    assert len(reader.receive(100, 0.5)) == 7

    reader.close()


def test_the_next_broker_is_tried(services: Cloud, store_url_of_mariadb: str) -> None:
    services.publish(body(1))
    address = services.broker.url(services.virtual_host).removeprefix("rabbit://")
    dead = address.partition("@")[0] + "@127.0.0.1:1"

    assert Ours(f"rabbit://{dead},{address}", store_url_of_mariadb).collect(1) == {"received": 1, "applied": 1}


def test_the_connection_is_encrypted_and_the_broker_checked(services: Cloud, store_url_of_mariadb: str) -> None:
    url = services.broker.url(services.virtual_host, tls=True)
    services.publish(body(1))

    trusting = Ours(url, store_url_of_mariadb, tls_ca=services.broker.certificate)
    by_name = Ours(url.replace("127.0.0.1", "127.0.0.2"), store_url_of_mariadb, tls_ca=services.broker.certificate)
    doubting = Ours(url, store_url_of_mariadb)
    careless = Ours(url, store_url_of_mariadb, tls_verify=False)

    for wrong in (doubting, by_name):
        with pytest.raises(BrokerUnavailable):
            wrong.reader().receive(1, 0)
    for right in (trusting, careless):
        reader = right.reader()
        assert len(reader.receive(1, 5)) == 1
        reader.close()


def test_two_collectors_share_a_queue(services: Cloud, ready_store_url: str) -> None:
    def ours(**settings: Any) -> Ours:
        return Ours(services.broker.url(services.virtual_host), ready_store_url, **settings)

    services.publish(*(body(number // 2) for number in range(600)))
    results: list[dict[str, int]] = []
    total = threading.Event()

    def work() -> None:
        collector = ours(prefetch=20).collector()
        collector.run(total)
        results.append(dict(collector.counts.total))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 30
    while ours().count("notification") < 300 and time.monotonic() < until:
        time.sleep(0.1)
    while services.broker.waiting(services.virtual_host, "reporting.info") and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(0.3)
    total.set()
    for thread in threads:
        thread.join()

    assert sum(result["applied"] for result in results) == 300
    assert sum(result["duplicates"] for result in results) >= 300
    assert ours().count("instance_event") == ours().count("notification") == 300
