"""Several cells: each goes its own way when another can't be read, and no two have the same instance."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from reporting_pollster.services.verify import Request as VerifyRequest
from reporting_pollster.services.verify import verify
from tests.openstack import Cloud
from tests.pollster import Pollster, at, sources_of
from tests.servers import MariaDB
from tests.services.sync.life import Life

CELLS = ("cell0", "cell1", "cell2")


@pytest.fixture
def store_server(mariadb: MariaDB) -> MariaDB:
    return mariadb


@pytest.fixture
def cloud(openstack: Callable[..., Cloud]) -> Cloud:
    return openstack(cells=3)


@pytest.fixture(autouse=True)
def _region(life: Life) -> None:
    life.region()


class Guarded:
    """An account for one cell that can be shut out and let in again."""

    def __init__(self, cloud: Cloud, cell: str) -> None:
        self.server, self.name = cloud.server, f"reader_{cell}"
        self.server.create_user(self.name, f"SELECT ON `{cloud.database(f'nova_{cell}')}`.*")

    def shut_out(self) -> None:
        self.server.execute(f"ALTER USER `{self.name}`@'%' ACCOUNT LOCK")
        for (connection,) in self.server.execute(
            "SELECT id FROM information_schema.processlist WHERE user = %s", (self.name,)
        ):
            self.server.execute(f"KILL {connection}")

    def let_in(self) -> None:
        self.server.execute(f"ALTER USER `{self.name}`@'%' ACCOUNT UNLOCK")


@pytest.fixture
def reader(cloud: Cloud) -> Iterator[Guarded]:
    reader = Guarded(cloud, "cell2")
    yield reader
    reader.server.drop_user(reader.name)


def test_a_cell_that_cannot_be_read_fails_alone_and_comes_back_by_itself(
    cloud: Cloud, life: Life, make_pollster: Callable[..., Pollster], reader: Guarded
) -> None:
    sources = sources_of(cloud)
    cells = dict(sources.cells) | {"cell2": sources_of(cloud, user=reader.name).cells["cell2"]}
    pollster = make_pollster(sources=type(sources)(sources.region, sources.databases, cells))
    keys = {cell: life.instance(cell=cell) for cell in CELLS}
    pollster.sync()

    reader.shut_out()
    for cell, key in keys.items():
        life.save(key, at("04-01 10:00"), cell=cell, vm_state="stopped")
    results = pollster.attempt()

    bad = [result for result in results if not result.is_good]
    assert {(result.source, result.outcome) for result in bad} == {("cell2", "failed")}
    assert {result.table for result in bad} == {"instance", "instance_action", "migration", "service", "hypervisor"}
    assert all("cell2" in (result.message or "") for result in bad)
    states = {cell: pollster.one("instance", id=key)["vm_state"] for cell, key in keys.items()}
    assert states == {"cell0": "stopped", "cell1": "stopped", "cell2": "active"}
    problem = pollster.one("sync_state", table_name="instance", source="cell2")["problem"]
    assert "cell2" in problem

    reader.let_in()
    pollster.sync()

    assert pollster.one("instance", id=keys["cell2"])["vm_state"] == "stopped"
    assert {row["problem"] for row in pollster.rows("sync_state")} == {None}


@pytest.mark.parametrize("newer", ["cell1", "cell2"])
def test_of_an_instance_in_two_cells_the_newer_copy_counts(life: Life, pollster: Pollster, newer: str) -> None:
    key = life.instance(cell="cell1", host="in cell1")
    life.instance(cell="cell2", uuid=key, host="in cell2")
    others = [life.instance(cell=cell) for cell in CELLS]
    life.save(key, at("04-01 10:00"), cell=newer)

    pollster.sync("instance")
    for _ in range(5):  # the cells are read side by side, and must not touch each other's rows in any order
        results = pollster.sync("instance")
        assert sum(result.bad for result in results) == 1

    row = pollster.one("instance", id=key)
    assert (row["cell_name"], row["host"], row["active"]) == (newer, f"in {newer}", True)
    assert {row["id"] for row in pollster.rows("instance")} == {key, *others}
    assert all(result.plan.is_empty for result in pollster.sync("instance"))
    problem = pollster.one("quarantine")
    assert (problem["row_key"], problem["column_name"], problem["action"]) == (key, "cell_name", "withheld")
    assert newer in problem["reason"]
    verdicts = verify(pollster.sources, pollster.engine, pollster.settings, VerifyRequest(("instance",)))
    assert [each for each in verdicts if each.differences or each.outcome == "failed"] == []


def test_of_two_copies_that_are_as_new_one_counts_and_stays(life: Life, pollster: Pollster) -> None:
    key = life.instance(cell="cell1")
    life.instance(cell="cell2", uuid=key)

    pollster.sync("instance")
    assert pollster.one("instance", id=key)["cell_name"] == "cell1"
    assert all(result.plan.is_empty for result in pollster.sync("instance"))
    assert all(result.plan.is_empty for result in pollster.sync("instance", full=True))


def test_a_deleted_copy_does_not_end_the_living_one(life: Life, pollster: Pollster) -> None:
    key = life.instance(cell="cell1")
    life.instance(cell="cell2", uuid=key)
    life.delete(key, at("05-01 10:00"), cell="cell2")
    life.archive(cell="cell2")

    for request in ({}, {}, {"full": True}):
        pollster.sync("instance", **request)

    row = pollster.one("instance", id=key)
    assert (row["cell_name"], row["active"], row["deleted"]) == ("cell1", True, None)


def test_the_other_copy_counts_when_the_first_is_gone(life: Life, pollster: Pollster) -> None:
    key = life.instance(cell="cell1")
    life.instance(cell="cell2", uuid=key)
    pollster.sync("instance")

    life.vanish(key, cell="cell1")
    for _ in range(2):
        pollster.sync("instance")

    row = pollster.one("instance", id=key)
    assert (row["cell_name"], row["active"], row["deleted"]) == ("cell2", True, None)
