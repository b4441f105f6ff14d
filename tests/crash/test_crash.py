"""The sync is killed at every point of a small cycle: afterwards nothing is lost, doubled or left over.

`--crash-points` says at how many points of each of the two, spread evenly (default 16), or at all of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.crash.keeping import bring_back, free_the_lease, indexes, kept, what_counts
from tests.crash.killing import NEVER, few_rows_are_many, killed_sync
from tests.openstack import Cloud
from tests.pollster import Pollster, at
from tests.services.sync.life import Life

NAMES = ("instance_action", "migration", "volume_attachment")  # and what they come after
_SHARES = {"mariadb": 0.6, "sqlite": 0.2, "postgresql": 0.2}  # of the points that were asked for


@pytest.fixture
def life(cloud: Cloud) -> Life:
    life = Life(cloud)
    life.region()
    return life


@pytest.fixture
def pollster(cloud: Cloud, ready_store_url: str) -> Iterator[Pollster]:
    pollster = Pollster(cloud, ready_store_url, page_rows=5)
    yield pollster
    pollster.close()


@pytest.fixture
def share(store_server: object) -> float:
    return _SHARES[type(store_server).__name__.lower()]


def test_a_first_load_that_is_killed_anywhere_is_completed(
    life: Life, pollster: Pollster, ready_store_url: str, request: pytest.FixtureRequest, share: float
) -> None:
    for number in range(12):
        key = life.instance(created=at(f"04-{number + 1:02} 10:00"), cell=f"cell{number % 2}")
        if number % 3 == 0:
            life.delete(key, at(f"05-{number + 1:02} 10:00"), cell=f"cell{number % 2}")
    life.archive(cell="cell0")
    for _ in range(7):
        volume = life.volume()
    life.attach(volume)

    with few_rows_are_many(3):
        _kill_everywhere(pollster, ready_store_url, _asked(request), share)

    assert len(indexes(pollster.engine, "instance")) >= 5


def test_a_cycle_that_is_killed_anywhere_is_completed(
    life: Life, pollster: Pollster, ready_store_url: str, request: pytest.FixtureRequest, share: float
) -> None:
    keys = [life.instance(created=at(f"04-{number + 1:02} 10:00")) for number in range(12)]
    volumes = [life.volume() for _ in range(7)]
    pollster.sync(*NAMES)
    time.sleep(1.1)  # two readings within one second can't be told apart
    life.save(keys[0], at("05-01 10:00"), vm_state="stopped")
    life.silently(keys[1], display_name="renamed")
    life.delete(keys[2], at("05-01 10:00"))
    life.delete(keys[3], at("05-01 10:00"), silent=True)
    life.vanish(keys[4])
    life.delete(keys[5], at("05-01 11:00"))
    life.archive()
    life.instance(created=at("05-02 10:00"))
    life.change_volume(volumes[0], size=20)
    life.change_volume(volumes[1], deleted=1, deleted_at=at("05-01 10:00"), status="deleted")
    life.project("c" * 32, "gamma")

    _kill_everywhere(pollster, ready_store_url, _asked(request), share)


def _asked(request: pytest.FixtureRequest) -> str:
    return str(request.config.getoption("--crash-points"))


def _kill_everywhere(pollster: Pollster, store_url: str, asked: str, share: float) -> None:
    begin = kept(pollster.engine)
    pollster.engine.dispose()
    total = killed_sync(pollster, store_url, NAMES, NEVER, many_rows=3)
    assert total is not None
    _settle(pollster)
    expected = what_counts(pollster.engine)
    points = _spread(total, asked, share)

    for point in points:
        bring_back(pollster.engine, begin)
        pollster.engine.dispose()
        killed_sync(pollster, store_url, NAMES, point, many_rows=3)
        _settle(pollster)
        assert what_counts(pollster.engine) == expected, f"killed at point {point} of {total}"

    print(f"\nkilled at {len(points)} of {total} points on {pollster.engine.dialect.name}")


def _settle(pollster: Pollster) -> None:
    """One cycle, undisturbed."""
    free_the_lease(pollster.engine)
    pollster.sync(*NAMES)


def _spread(total: int, asked: str, share: float) -> list[int]:
    if asked == "all":
        return list(range(1, total + 1))
    wanted = max(1, round(int(asked) * share))
    return sorted({1 + number * (total - 1) // max(1, wanted - 1) for number in range(wanted)})
