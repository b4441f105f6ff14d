"""Polls bring hours and days of metrics, read what may have changed again, and come to the same however they end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from reporting_pollster.errors import MetricsForbidden, MetricsUnavailable, UnknownName
from tests.servers import SQLite
from tests.servers.gnocchi import Gnocchi as Server
from tests.servers.wire import Asked, Said, Wire
from tests.services.metrics.polling import HOUR, MINUTE, Poller, every_minute, this_hour
from tests.stores import Stores

pytestmark = pytest.mark.costly

EXACT = ("mean", "min", "max", "count", "rate:mean")


@pytest.fixture
def polls(gnocchi: Server, in_memory: SQLite, stores: Stores) -> Iterator[Callable[..., Poller]]:
    """Return what makes a poller into one empty SQLite."""
    with stores.lent(in_memory) as url:
        yield lambda address=gnocchi.url, **settings: Poller(address, url, **settings)
    gnocchi.empty()


@pytest.fixture
def poller(polls: Callable[..., Poller]) -> Poller:
    """Return a poller of the real Gnocchi."""
    return polls()


@pytest.fixture(scope="module")
def exact(gnocchi: Server) -> str:
    """Return a policy that keeps all, minute by minute and hour by hour."""
    return gnocchi.policy(60, 3600, methods=EXACT)


def test_hours_and_days_say_whose_they_are_and_what_was(gnocchi: Server, exact: str, ready_store_url: str) -> None:
    start = this_hour().replace(hour=0) - timedelta(days=1)
    instance = gnocchi.resource("instance", {"memory.usage": exact, "cpu": exact}, project="mine")
    gnocchi.measure(instance, "memory.usage", [(start, 10), (start + MINUTE, 30), (start + HOUR, 50)])
    gnocchi.measure(instance, "cpu", every_minute(start, (60.0 * number for number in range(90))))
    poller = Poller(gnocchi.url, ready_store_url)

    poller.poll()

    first, second = poller.hours(instance, "memory.usage")
    assert (first["hour"], second["hour"]) == (start, start + HOUR)
    assert [first[name] for name in ("minimum", "mean", "maximum", "samples", "rate")] == [10, 20, 30, 2, None]
    assert [first[name] for name in ("resource_kind", "project_id", "instance_id")] == ["instance", "mine", instance]
    (day,) = poller.days(instance, "memory.usage")
    assert (day["day"], day["samples"], day["mean"], day["maximum"]) == (start.date(), 3, pytest.approx(30), 50)
    (of_cpu,) = poller.days(instance)
    assert (of_cpu["rate"], of_cpu["rate_seconds"]) == (pytest.approx(1.0), 89 * 60)


def test_a_second_poll_changes_nothing(gnocchi: Server, exact: str, ready_store_url: str) -> None:
    instance = gnocchi.resource("instance", {"cpu": exact})
    gnocchi.measure(instance, "cpu", every_minute(this_hour() - 3 * HOUR, range(150)))
    poller = Poller(gnocchi.url, ready_store_url)
    poller.poll()
    before = poller.hours(instance), poller.days(instance)

    poller.poll()

    assert (poller.hours(instance), poller.days(instance)) == before
    assert len(before[0]) == 3


def test_what_comes_late_is_seen_as_long_as_gnocchi_takes_it(gnocchi: Server, exact: str, poller: Poller) -> None:
    start = this_hour() - 30 * HOUR
    instance = gnocchi.resource("instance", {"cpu": exact})
    gnocchi.measure(instance, "cpu", every_minute(start, range(70)))
    poller.poll()

    gnocchi.measure(instance, "cpu", [(start + timedelta(minutes=30, seconds=30), 1000)])  # the hour before the newest
    poller.poll()

    first, _second = poller.hours(instance)
    assert (first["samples"], first["maximum"]) == (61, 1000)
    (day,) = [each for each in poller.days(instance) if each["day"] == start.date()]
    assert day["maximum"] == 1000


def test_gnocchi_may_be_behind_by_hours(gnocchi: Server, exact: str, poller: Poller) -> None:
    start = this_hour() - 20 * HOUR
    instance = gnocchi.resource("instance", {"cpu": exact})
    gnocchi.measure(instance, "cpu", every_minute(start, range(10)))
    poller.poll()

    gnocchi.measure(instance, "cpu", every_minute(start + 5 * HOUR, range(10)))
    poller.poll()
    gnocchi.measure(instance, "cpu", every_minute(start + 9 * HOUR, range(10)))
    poller.poll()

    assert [each["hour"] for each in poller.hours(instance)] == [start, start + 5 * HOUR, start + 9 * HOUR]


def test_only_what_may_have_changed_is_read_again(gnocchi: Server, exact: str, poller: Poller) -> None:
    instance = gnocchi.resource("instance", {"cpu": exact})
    gnocchi.measure(instance, "cpu", every_minute(this_hour() - 9 * HOUR, range(540)))
    (first,) = poller.poll()

    (second,) = poller.poll()

    assert len(poller.hours(instance)) == 9
    assert first.hours - second.hours >= 6


def test_a_poll_from_an_earlier_time_reads_again(gnocchi: Server, exact: str, poller: Poller) -> None:
    start = this_hour() - 20 * HOUR
    instance = gnocchi.resource("instance", {"memory.usage": exact})
    gnocchi.measure(instance, "memory.usage", every_minute(start, range(5)))
    poller.poll()
    with poller.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM metric_hour")

    poller.poll(since=start)

    assert len(poller.hours(instance, "memory.usage")) == 1


def test_metrics_that_are_kept_otherwise_do_not_disturb_each_other(gnocchi: Server, exact: str, poller: Poller) -> None:
    start = this_hour() - 2 * HOUR
    means = gnocchi.policy(300, methods=("mean",))
    one = gnocchi.resource("instance", {"cpu": exact, "memory.usage": means})
    other = gnocchi.resource("instance", {"cpu": means})
    neither = gnocchi.resource("instance", {"cpu": gnocchi.policy(86400, methods=("mean",))})
    measures = [(start, 0.0), (start + 10 * MINUTE, 600.0)]
    gnocchi.measure_all(
        {
            one: {"cpu": measures, "memory.usage": measures},
            other: {"cpu": measures},
            neither: {"cpu": measures},
        }
    )

    poller.poll()

    assert [poller.hours(each)[0]["rate"] for each in (one, other)] == [1.0, 1.0]
    assert [each["mean"] for each in poller.hours(one, "memory.usage")] == [300]
    assert poller.hours(other, "memory.usage") == []
    assert poller.hours(neither) == []


def test_an_ended_resource_is_polled_to_its_end_and_no_longer(gnocchi: Server, exact: str, poller: Poller) -> None:
    began, ended = this_hour() - 90 * HOUR, this_hour() - 60 * HOUR
    recent = gnocchi.resource("instance", {"cpu": exact}, started_at=began.isoformat())
    old = gnocchi.resource("instance", {"cpu": exact}, started_at=began.isoformat())
    gnocchi.call("PATCH", f"/v1/resource/instance/{recent}", {"ended_at": (this_hour() - HOUR).isoformat()})
    gnocchi.call("PATCH", f"/v1/resource/instance/{old}", {"ended_at": ended.isoformat()})
    gnocchi.measure_all({each: {"cpu": every_minute(began, range(3))} for each in (recent, old)})

    poller.poll()

    assert len(poller.hours(recent)) == 1
    assert poller.hours(old) == []


def test_disks_belong_to_their_instance(gnocchi: Server, exact: str, poller: Poller) -> None:
    instance = gnocchi.resource("instance", {})
    disk = gnocchi.resource("instance_disk", {"disk.device.read.bytes": exact}, instance_id=instance)
    gnocchi.measure(disk, "disk.device.read.bytes", every_minute(this_hour() - HOUR, (0, 6000)))

    poller.poll("instance_disk")

    (hour,) = poller.hours(disk, "disk.device.read.bytes")
    assert (hour["instance_id"], hour["rate"]) == (instance, 100.0)


def test_the_future_is_not_believed(gnocchi: Server, exact: str, poller: Poller) -> None:
    instance = gnocchi.resource("instance", {"memory.usage": gnocchi.policy(60, methods=("mean",))})
    gnocchi.measure(instance, "memory.usage", [(this_hour() - HOUR, 1), (this_hour() + 26 * HOUR, 2)])

    poller.poll()

    assert [each["hour"] for each in poller.hours(instance, "memory.usage")] == [this_hour() - HOUR]


def test_hours_are_kept_as_long_as_is_said_and_days_stay(gnocchi: Server, exact: str, polls: Any) -> None:
    instance = gnocchi.resource("instance", {"cpu": exact})
    gnocchi.measure(instance, "cpu", every_minute(this_hour() - 72 * HOUR, range(3)))
    polls().poll()

    poller = polls(keep_hours_days=1)
    poller.poll()

    assert poller.hours(instance) == []
    assert len(poller.days(instance)) == 1


def test_a_poll_without_time_says_so_and_the_next_goes_on(gnocchi: Server, exact: str, polls: Any) -> None:
    instance = gnocchi.resource("instance", {"cpu": exact})
    gnocchi.measure(instance, "cpu", every_minute(this_hour() - HOUR, range(3)))

    (result,) = polls(poll_seconds=0).attempt()

    assert not result.is_complete
    poller = polls()
    poller.poll()
    assert len(poller.hours(instance)) == 1


def test_an_unknown_kind_is_named(poller: Poller) -> None:
    with pytest.raises(UnknownName, match="router"):
        poller.attempt("router")


class Scripted:
    """A Gnocchi with eight instances, at the wire; `measures` answers for the ids that a request names."""

    ids = tuple(f"i{number}" for number in range(8))

    def __init__(self, measures: Callable[[list[str]], Said | None]) -> None:
        self.measures = measures

    def __call__(self, asked: Asked) -> Said | None:
        if asked.path.endswith("/aggregates"):
            return self.measures(asked.body["search"]["in"]["id"])
        if asked.path.endswith("/resource_type"):
            return Said([{"name": "instance"}])
        if asked.path.endswith("/archive_policy"):
            archive = {"granularity": "0:05:00", "timespan": "30 days, 0:00:00"}
            policy = {"name": "p", "definition": [archive], "aggregation_methods": ["mean"], "back_window": 0}
            return Said([policy])
        if "marker" in asked.query or asked.query.get("name", ["cpu"]) != ["cpu"]:
            return Said([])
        if asked.path.endswith("/metric"):
            metric = {"name": "cpu", "archive_policy": {"name": "p"}}
            return Said([{"id": each, "resource_id": each, **metric} for each in self.ids])
        return Said([{"id": each, "project_id": None, "ended_at": None} for each in self.ids])


def some(ids: list[str]) -> Said:
    at = (this_hour() - HOUR).isoformat() + "+00:00"
    return Said({"measures": {each: {"cpu": {"mean": [[at, 300.0, 1.0]]}} for each in ids}})


def without(*bad: str, said: Said | None = None) -> Scripted:
    return Scripted(lambda ids: said if set(bad) & set(ids) else some(ids))


def test_a_request_without_an_answer_is_halved_once(polls: Any) -> None:
    with Wire(without("i0")) as wire:
        poller = polls(wire.url)
        (result,) = poller.attempt()
        read = [bool(poller.hours(each)) for each in Scripted.ids]
        asked = [len(each.body["search"]["in"]["id"]) for each in wire.asked if each.path.endswith("aggregates")]

    assert read == [False] * 4 + [True] * 4
    assert result.failed == 4
    assert sorted(asked) == [4, 4, 8]


def test_a_refused_request_is_halved_down_to_who_is_at_fault(polls: Any) -> None:
    with Wire(without("i3", said=Said({"description": "Granularities are missing"}, 400))) as wire:
        poller = polls(wire.url)
        (result,) = poller.attempt()
        read = [each for each in Scripted.ids if not poller.hours(each)]

    assert read == ["i3"]
    assert result.failed == 1


def test_a_server_that_is_gone_ends_the_poll_soon(polls: Any) -> None:
    with Wire(without(*Scripted.ids)) as wire:
        (result,) = polls(wire.url, resources_at_once=1).attempt()
        asked = [each for each in wire.asked if each.path.endswith("aggregates")]

    assert "does not answer" in str(result.problem)
    assert len(asked) <= 16


def test_a_server_that_hangs_leaves_no_thread(polls: Any) -> None:
    release = threading.Event()

    def hang(_ids: list[str]) -> Said:
        release.wait(10)
        return Said({"measures": {}})

    with Wire(Scripted(hang)) as wire:
        (result,) = polls(wire.url, timeout=1, resources_at_once=8).attempt()
        ours = [thread.name for thread in threading.enumerate() if thread.name.startswith("gnocchi")]
        release.set()

    assert not result.is_good
    assert ours == []


def test_who_is_not_let_in_asks_once(polls: Any) -> None:
    with Wire(lambda _asked: Said({"description": ""}, 401)) as wire:
        with pytest.raises(MetricsForbidden):
            polls(wire.url).attempt()

        assert len(wire.asked) == 1


def test_nobody_there_is_one_error(polls: Any) -> None:
    with pytest.raises(MetricsUnavailable, match="does not answer"):
        polls("http://127.0.0.1:9").attempt()


def test_an_empty_cloud_is_no_error(polls: Any) -> None:
    empty = Scripted(some)
    empty.ids = ()
    with Wire(empty) as wire:
        (result,) = polls(wire.url).poll()

    assert (result.resources, result.hours) == (0, 0)
