"""A recorded day of a cloud, with polling on: whatever becomes of its notifications, the same is believed in the end.

Rows in the real schemas on MariaDB, messages in their wire form, a sync every five hours. The messages come in any
order, each at any time after it was sent, some twice, and a fifth of them never; what is due is derived in between.
More of it: `.venv/bin/pytest tests/oracle/test_recorded_day.py --lifecycles 20000` follows ten days instead of one.

When it holds, and when not:

- Volumes, snapshots and images are the same to the second, and without any message as well (case 23), because between
  two polls at most one thing was done to each. Of two extensions between two polls, one of whose messages was lost,
  nobody can know the other's time.
- A row that is saved again, though nothing changes that periods tell (a new name), forgets when it was saved before:
  what no message told of that is only known to lie before the poll. So nothing is renamed where there are polls.
- An image that was first read when it was active is believed to have been so from its creation: the upload is told by
  messages alone, and compared without.
- Neutron deletes outright: when the message of a release is lost, it lies between two polls.
- Instances, to which anything may be done between two polls, agree outside of the bounds of estimates, as in
  `test_notified`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest
from sqlalchemy import delete

from reporting_pollster.domain.notification import decode, meaning
from reporting_pollster.domain.timeline.period import Change, Period
from reporting_pollster.events import event_kinds
from reporting_pollster.services.derive import follow
from reporting_pollster.sources.cloud import Cloud as Sources
from reporting_pollster.store.due import note_ids
from reporting_pollster.store.engine import utc_now, writing
from reporting_pollster.store.events import record
from tests.openstack import Cloud
from tests.oracle.agreement import disagreements, said
from tests.oracle.journal import at
from tests.oracle.lifecycle import Lifecycle
from tests.oracle.notices import notices
from tests.oracle.replay import Replay
from tests.oracle.server import SIZES
from tests.oracle.storage import SLOT, SLOTS, VALUES, Message, storage
from tests.pollster import REGION, Pollster, sources_of
from tests.servers import MariaDB, SQLite
from tests.services.sync.histories.clock import ASK, SourceClock
from tests.stores import Stores, engine_of

INSTANCES = 8
SERVICES = ("keystone", "nova_api", "cinder", "glance", "neutron")
TABLES = (
    *("instance", "instance_action", "migration", "volume", "volume_attachment", "snapshot", "image", "floating_ip"),
)
SHUFFLES = 1
_INSTANCE = ("state", "in_use", "project_id", "flavour", "flavour_uuid", "vcpus", "memory", "root", "ephemeral")
_COLUMNS = {"instance": _INSTANCE, **VALUES}
Believed = dict[tuple[str, str], list[Period[Any]]]


class _Values(NamedTuple):
    """What a period says, in the order of its kind's columns."""

    told: tuple[Any, ...]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(1, 1 + max(1, metafunc.config.getoption("--lifecycles") // 2000)))


class Day:
    """What is done, sent and true."""

    def __init__(self, seed: int, *, renamed: bool = False) -> None:
        self.lives = [_life(seed, number) for number in range(INSTANCES)]
        self.resources = list(storage(seed, renamed=renamed))
        self.polls = [(slot + 1) * SLOT for slot in range(SLOTS)]
        told = [(each, notice) for each in self.lives for notice in notices(each, of_states=seed % 2 == 0)]
        form: Any = ("unversioned", "versioned", "both")[seed % 3]
        self.messages = [Message(notice.sent, body) for _life, notice in told for body in notice.bodies(form)]
        self.messages += [message for each in self.resources for message in each.messages]
        self.messages.sort(key=lambda each: each.sent)
        self.blurred = {
            life.server.uuid: [(at(begin), at(end)) for begin, end in life.server.blurred] for life in self.lives
        }

    def until(self, second: int) -> list[Message]:
        return [each for each in self.messages if each.sent < at(second)]


def _life(seed: int, number: int) -> Lifecycle:
    begin = Random(f"{seed}-{number}").randrange(12 * 3600)
    return Lifecycle(f"day {seed}-{number}", number=number, begin=begin, pause=4 * 3600, silent=False)


class Living:
    """A cloud that lives through the day."""

    def __init__(self, cloud: Cloud, day: Day) -> None:
        self.cloud = cloud
        self._replay = Replay(cloud, day.lives)
        cloud.execute("nova_api", "DELETE FROM flavors")
        for size in SIZES:  # names are unique while flavours are there
            cloud.insert("nova_api", "flavors", **{**size._asdict(), "name": size.flavorid}, is_public=1)
        writes = [(second, write) for each in day.resources for second, write in each.writes]
        self._waiting = sorted(writes, key=lambda each: each[0])

    def until(self, second: int) -> None:
        self._replay.play(second)
        while self._waiting and self._waiting[0][0] <= second:
            self._waiting.pop(0)[1](self.cloud)


class Followed(Pollster):
    """Who follows a cloud, by polling, by its messages, or by both."""

    def poll(self, clock: SourceClock, second: int) -> None:
        clock.set(at(second))
        self.sources.close()  # new connections ask for the time
        results = self.attempt("project", "flavour", "volume_type", "network", *TABLES, accept=frozenset(TABLES))
        assert all(result.is_good for result in results), results

    def hear(self, messages: Sequence[Message]) -> None:
        told = [
            (notification.message_id, each)
            for notification in (decode(message.body) for message in messages)
            for each in meaning(notification).told
        ]
        with writing(self.engine) as connection:
            record(connection, REGION, utc_now(connection), told)

    def forget_messages(self) -> None:
        """As if none had ever come."""
        with writing(self.engine) as connection:
            for resource, kind in event_kinds().items():
                ids = {row["id"] for row in self.rows(f"{resource}_event")}
                connection.execute(delete(kind.target))
                note_ids(connection, resource, REGION, sorted(ids))

    def believed(self, sources: Sources | None = None) -> Believed:
        follow(sources or self.sources, self.engine)
        found: defaultdict[tuple[str, str], list[Period[Any]]] = defaultdict(list)
        for kind in _COLUMNS:
            for row in sorted(self.rows(f"{kind}_period", known_to=None), key=lambda row: row["valid_from"]):
                found[kind, row["id"]].append(_period(kind, row))
        return dict(found)


def _period(kind: str, row: dict[str, Any]) -> Period[Any]:
    began = Change(row["valid_from"], None, row["valid_from_origin"], "", None, None, *_bounds(row, "valid_from"))
    finished = None
    if row["valid_to"] is not None:
        finished = Change(row["valid_to"], None, row["valid_to_origin"], "", None, None, *_bounds(row, "valid_to"))
    values = _Values(tuple(row[name] for name in _COLUMNS[kind]))
    return Period(row["valid_from"], row["valid_to"], values, began, finished)


def _bounds(row: dict[str, Any], name: str) -> tuple[datetime | None, datetime | None]:
    return row[f"{name}_earliest"], row[f"{name}_latest"]


@pytest.fixture
def clock(mariadb: MariaDB) -> Iterator[SourceClock]:
    clock = SourceClock(mariadb)
    yield clock
    clock.close()


@pytest.fixture
def stored(stores: Stores, mariadb: MariaDB) -> Iterator[tuple[str, str]]:
    """Return two reporting databases: one on MariaDB, one without a disk where there is such a thing."""
    memory = Path("/dev/shm")
    with (
        TemporaryDirectory(dir=memory if memory.is_dir() else None) as directory,
        stores.lent(mariadb) as one,
        stores.lent(SQLite(Path(directory))) as other,
    ):
        yield one, other


def test_whatever_becomes_of_its_messages_a_day_ends_the_same(
    seed: int, openstack: Callable[..., Cloud], clock: SourceClock, stored: tuple[str, str]
) -> None:
    """Cases 3, 9, 10, 13 and 23 of the notifications' contract, 22 and 23 of Almanach's."""
    day, random = Day(seed), Random(seed)
    living = Living(openstack(cells=3), day)
    one, other = (
        Followed(living.cloud, url, sources=sources_of(living.cloud, names=SERVICES, init_command=ASK))
        for url in stored
    )
    lossy = _arrivals(day, random)

    for second in day.polls:
        living.until(second)
        one.hear(lossy[second][0])
        if random.random() < 0.5:
            follow(one.sources, one.engine)
        one.poll(clock, second)
        one.hear(lossy[second][1])
        other.poll(clock, second)
    some, none = one.believed(), other.believed()
    messages = day.until(day.polls[-1])
    other.hear(messages)
    every = other.believed()

    _same(day, some, every, "a fifth lost")
    _same(day, none, every, "events off")
    for number in range(SHUFFLES):
        other.forget_messages()
        kept = [each for each in messages if random.random() < 0.8]
        random.shuffle(kept)
        for begin in range(0, len(kept), 1 + len(kept) // 3):
            other.hear(kept[begin : begin + 1 + len(kept) // 3])
            if number == 0:
                follow(other.sources, other.engine)
        _same(day, other.believed(), every, f"shuffle {number}")
    other.forget_messages()
    assert {key: said(each) for key, each in other.believed().items()} == {
        key: said(each) for key, each in none.items()
    }


def _arrivals(day: Day, random: Random) -> dict[int, tuple[list[Message], list[Message]]]:
    """Before and after each poll; late by any time, in any order."""
    found: dict[int, tuple[list[Message], list[Message]]] = {second: ([], []) for second in day.polls}
    for message in day.until(day.polls[-1]):
        for _copy in range(random.choices((0, 1, 2), (20, 60, 20))[0]):
            possible = [second for second in day.polls if at(second) >= message.sent]
            arrived = random.choice((possible[0], random.choice(possible)))
            found[arrived][random.randrange(2)].append(message)
    for before, after in found.values():
        random.shuffle(before)
        random.shuffle(after)
    return found


def _same(day: Day, some: Believed, every: Believed, when: str) -> None:
    released = {each.id for each in day.resources if each.table == "floating_ip" and each.ended is not None}
    for key in sorted(some.keys() | every.keys()):
        kind, name = key
        one, other = some.get(key, []), every.get(key, [])
        if kind == "image":
            one, other = (_uploaded(each, other) for each in (one, other))
        if kind == "instance" or name in released:
            assert not disagreements(one, other, day.blurred.get(name, ())), f"{when}: {key}"
        else:
            assert said(one) == said(other), f"{when}: {key}"


def _uploaded(periods: Sequence[Period[Any]], known: Sequence[Period[Any]]) -> list[Period[Any]]:
    """From the end of the upload on, as far as any account tells of that."""
    begin = next((each.start for each in known if each.values.told[0] != "queued"), datetime.max)  # noqa: DTZ901
    later = [each for each in periods if each.end is None or each.end > begin]
    return [each._replace(start=max(each.start, begin)) for each in later]


def test_without_polling_every_boundary_is_that_of_its_event(mariadb: MariaDB, stores: Stores, seed: int) -> None:
    """No databases, no loss; cases 8, 10, 13 and 16, and 29 of Almanach's. Instances have tests of their own."""
    day = Day(seed, renamed=True)
    with stores.lent(mariadb) as url:
        alone = _Alone(url)
        alone.hear(day.messages)
        believed = alone.believed(Sources(REGION, {}, {}))

    for each in day.resources:
        if each.is_there and each.messages:
            found = [(start, end, values.told) for start, end, values in said(believed.get((each.table, each.id), []))]
            assert found == each.spans(), (each.table, each.id)


class _Alone(Followed):
    """Nothing is read: notifications tell all."""

    def __init__(self, store_url: str) -> None:
        self.engine = engine_of(store_url)
