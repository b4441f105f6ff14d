"""A source that is not what it was is refused before anything is written, until it is back or the operator insists.

Each kind of wrong source is tried for each database, and all of the reporting database is compared.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import make_url

from reporting_pollster.entities import catalogue
from reporting_pollster.entities.source import CELLS
from reporting_pollster.services.sync import UnitResult
from reporting_pollster.store.scope import scopes
from tests.openstack import Cloud, Clouds
from tests.pollster import REGION, Pollster, sources_of
from tests.servers import MariaDB, SQLite
from tests.servers.proxy import Proxy
from tests.services.sync.copies import Copies
from tests.services.sync.everything import Contents, differences, everything
from tests.services.sync.filled import fill, key

pytestmark = pytest.mark.costly

SERVICES = ("keystone", "nova_api", "cinder", "glance")
SOURCES = (*SERVICES, "cell1")
Unit = tuple[str, str]  # a table and its source
IDENTITIES = {("keystone", "project"), ("cell1", "services")}  # by which the whole database is known
LARGE = {"cell1": ("instances", "instance"), "cinder": ("volumes", "volume"), "glance": ("images", "image")}


@dataclass(frozen=True)
class Known:
    """A cloud that no test changes, and a reporting database that has followed it."""

    cloud: Cloud
    store: Path


@pytest.fixture(scope="module")
def known(clouds: Clouds, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    cloud, server = clouds.cloud(), SQLite(tmp_path_factory.mktemp("known"))
    fill(cloud, "a")
    pollster = Pollster(cloud, server.url("reporting"), sources=sources_of(cloud, names=SERVICES))
    pollster.sync()
    pollster.sync()
    pollster.close()
    yield Known(cloud, server.path("reporting"))
    cloud.empty()


@pytest.fixture
def pollster(known: Known, in_memory: SQLite) -> Iterator[Pollster]:
    """A new process that follows the known cloud."""
    shutil.copy(known.store, in_memory.path("guarded"))
    pollster = Pollster(known.cloud, in_memory.url("guarded"), sources=sources_of(known.cloud, names=SERVICES))
    yield pollster
    pollster.close()
    in_memory.drop_database("guarded")


@pytest.fixture
def copies(known: Known, mariadb: MariaDB) -> Iterator[Copies]:
    """Copies of the known cloud's databases, to be spoilt."""
    copies = Copies(mariadb, known.cloud)
    yield copies
    copies.close()


@pytest.fixture(scope="module")
def north(clouds: Clouds) -> Iterator[Cloud]:
    """Another region, with as much in it."""
    north = clouds.cloud(region="north")
    fill(north, "b")
    yield north
    north.empty()


class Before:
    """What the reporting database held, and what must be so after a cycle that was refused something.

    The cycle is about all tables, or about some and, as one that has nothing to do with them, the aggregates or images.
    """

    def __init__(self, pollster: Pollster, *tables: str) -> None:
        self._pollster = pollster
        self._tables = (*tables, "image", "aggregate_host") if tables else ()
        self._contents = _contents(pollster)
        self._states = _states(pollster)

    def refused(self, units: Iterable[Unit], *, reason: str) -> None:
        """One cycle: these are refused for the reason, nothing is written for any table, and the others go on."""
        results = self._pollster.attempt(*self._tables)

        bad = {(result.table, result.source): result for result in results if not result.is_good}
        assert set(units) == bad.keys()
        self.nothing_changed()
        self._check_states(bad, reason)

    def nothing_changed(self) -> None:
        assert differences(self._contents, _contents(self._pollster)) == []

    def _check_states(self, bad: Mapping[Unit, UnitResult], reason: str) -> None:
        for unit, state in _states(self._pollster).items():
            before, problem = self._states[unit], state["problem"]
            if unit not in bad:
                assert (problem, state["failed_at"]) == (None, None), unit
                assert state["seen_at"] >= before["seen_at"]
                continue
            assert problem == bad[unit].message
            assert reason in problem
            assert "\n" not in problem
            assert state["failed_at"] is not None
            unnoted = {"problem": None, "failed_at": None}
            assert {**state, **unnoted} == {**before, **unnoted}, "more than the failure was noted"

    def all_is_well(self) -> None:
        """The right source is back: the next cycle is good, and everything is as it was."""
        results = self._pollster.sync(*self._tables)

        assert all(result.plan.is_empty for result in results), [each for each in results if not each.plan.is_empty]
        self.nothing_changed()
        assert {row["problem"] for row in self._pollster.rows("sync_state")} == {None}


def _contents(pollster: Pollster) -> Contents:
    return everything(pollster.engine, but=("sync_state", "metadata"))


def _states(pollster: Pollster) -> dict[Unit, dict[str, Any]]:
    return {(row["table_name"], row["source"]): row for row in pollster.rows("sync_state")}


def _readers(source: str) -> set[Unit]:
    """What reads a database."""
    if source.startswith("cell"):
        return {(name, source) for name, entity in catalogue().items() if CELLS in entity.source.databases}
    return {
        (name, scope.source)
        for name, entity in catalogue().items()
        for scope in scopes(entity, REGION, ("cell0", "cell1"))
        if source in entity.source.databases and name != "allocation"  # whose own database is not configured
    }


def _scope(source: str) -> str:
    return source if source.startswith("cell") else "region"


def _database(source: str) -> str:
    return f"nova_{source}" if source.startswith("cell") else source


# -- another database


@pytest.mark.parametrize("source", SOURCES)
def test_a_database_without_tables(pollster: Pollster, known: Known, copies: Copies, source: str) -> None:
    before = Before(pollster)

    pollster.use_url(source, copies.nothing())
    before.refused(_readers(source), reason="no readable table")

    pollster.use(source, known.cloud, _database(source))
    before.all_is_well()


@pytest.mark.parametrize("source", SOURCES)
def test_a_database_without_rows(pollster: Pollster, known: Known, copies: Copies, source: str) -> None:
    before = Before(pollster)

    pollster.use_url(source, copies.empty(_database(source)))
    before.refused(_readers(source), reason="is not believed")

    pollster.use(source, known.cloud, _database(source))
    before.all_is_well()


@pytest.mark.parametrize("source", SOURCES)
def test_the_database_of_another_region(
    pollster: Pollster, known: Known, clouds: Clouds, source: str, north: Cloud
) -> None:
    before = Before(pollster)

    pollster.use(source, north, _database(source))
    before.refused(_readers(source), reason="it seems to be another database")

    pollster.use(source, known.cloud, _database(source))
    before.all_is_well()


# -- the right database, in a wrong state


@pytest.mark.parametrize(
    ("source", "table", "reporting"),
    [
        ("keystone", "project", "project"),
        ("keystone", "user", "user"),
        ("nova_api", "flavors", "flavour"),
        ("cell1", "instances", "instance"),
        ("cell1", "services", "service"),
        ("cell1", "compute_nodes", "hypervisor"),
        ("cinder", "volumes", "volume"),
        ("cinder", "snapshots", "snapshot"),
        ("cinder", "volume_attachment", "volume_attachment"),
        ("glance", "images", "image"),
    ],
)
def test_a_truncated_table(
    pollster: Pollster, known: Known, copies: Copies, source: str, table: str, reporting: str
) -> None:
    before = Before(pollster, *(() if (source, table) in IDENTITIES else (reporting,)))

    pollster.use_url(source, copies.copy(_database(source), f"TRUNCATE `{table}`"))
    units = {(reporting, _scope(source))}
    if (source, table) in IDENTITIES:
        units = _readers(source)
    before.refused(units, reason="is not believed")

    pollster.use(source, known.cloud, _database(source))
    before.all_is_well()


@pytest.mark.parametrize(
    ("source", "table", "reporting"),
    [
        ("cell1", "instances", "instance"),
        ("cinder", "volumes", "volume"),
        ("cinder", "snapshots", "snapshot"),
        ("cinder", "volume_attachment", "volume_attachment"),
        ("glance", "images", "image"),
    ],
)
def test_an_older_copy(
    pollster: Pollster, known: Known, copies: Copies, source: str, table: str, reporting: str
) -> None:
    """The row that was saved last is as it was before; all else is the same."""
    before = Before(pollster, reporting)

    (newest,) = known.cloud.rows(_database(source), f"SELECT id FROM {table} ORDER BY updated_at DESC LIMIT 1")
    older = f"UPDATE {table} SET updated_at = updated_at - INTERVAL 1 HOUR WHERE id = '{newest['id']}'"
    pollster.use_url(source, copies.copy(_database(source), older))
    before.refused({(reporting, _scope(source))}, reason="it seems to be an older copy")

    pollster.use(source, known.cloud, _database(source))
    before.all_is_well()


@pytest.mark.parametrize("source", ["cell1", "cinder", "glance"])
def test_a_copy_from_before_most_rows(pollster: Pollster, known: Known, copies: Copies, source: str) -> None:
    table, reporting = LARGE[source]
    before = Before(pollster, reporting)

    youngest = f"DELETE FROM {table} ORDER BY created_at DESC LIMIT 7"
    pollster.use_url(source, copies.copy(_database(source), youngest))
    before.refused({(reporting, _scope(source))}, reason="7 of the 12 rows read last are not there")

    pollster.use(source, known.cloud, _database(source))
    before.all_is_well()


@pytest.mark.parametrize(
    ("source", "column", "reporting"),
    [
        ("keystone", "user.enabled", ("user",)),
        ("nova_api", "flavors.vcpus", ("flavour",)),
        ("cell1", "instances.vcpus", ("instance",)),
        ("cell1", "instance_extra.flavor", ("instance",)),
        ("cinder", "volumes.size", ("volume",)),
        ("glance", "images.visibility", ("image",)),
    ],
)
def test_a_column_that_is_needed_is_missing(
    pollster: Pollster, known: Known, copies: Copies, source: str, column: str, reporting: tuple[str, ...]
) -> None:
    before = Before(pollster, *reporting)
    table, _, name = column.partition(".")

    pollster.use_url(source, copies.copy(_database(source), f"ALTER TABLE {table} DROP COLUMN {name}"))
    before.refused({(each, _scope(source)) for each in reporting}, reason=f"has no readable column {column}")

    pollster.use(source, known.cloud, _database(source))
    before.all_is_well()


OPTIONAL = [
    ("keystone", "limit.domain_id", ("project", "quota")),
    ("keystone", "identity_provider.authorization_ttl", ("group_member", "role")),
    ("nova_api", "flavors.description", ("flavour",)),
    ("cell1", "instances.hidden", ("instance",)),
    ("cell1", "migrations.cross_cell_move", ("migration",)),
    ("cinder", "volumes.use_quota", ("volume",)),
]


@pytest.mark.parametrize(("source", "column", "reporting"), OPTIONAL)
def test_a_column_that_only_newer_releases_have_is_missing_suddenly(
    pollster: Pollster, known: Known, copies: Copies, source: str, column: str, reporting: tuple[str, ...]
) -> None:
    before = Before(pollster, *reporting)
    table, _, name = column.partition(".")

    pollster.use_url(source, copies.copy(_database(source), f"ALTER TABLE `{table}` DROP COLUMN {name}"))
    before.refused({(each, _scope(source)) for each in reporting}, reason=f"no longer has {source}.{column}")

    pollster.use(source, known.cloud, _database(source))
    before.all_is_well()


def test_a_column_goes_while_the_pollster_runs(
    pollster: Pollster, known: Known, copies: Copies, mariadb: MariaDB
) -> None:
    """It still believes in the column, until a statement fails."""
    url = copies.copy("nova_cell1")
    pollster.use_url("cell1", url)
    pollster.sync("instance")
    before = Before(pollster, "instance")

    mariadb.execute("ALTER TABLE instances DROP COLUMN hidden", database=make_url(url).database or "")
    before.refused({("instance", "cell1")}, reason="cannot read from the cell1 database: Unknown column")
    before.refused({("instance", "cell1")}, reason="no longer has cell1.instances.hidden")

    mariadb.execute("ALTER TABLE instances ADD COLUMN hidden TINYINT", database=make_url(url).database or "")
    pollster.use("cell1", known.cloud, "nova_cell1")
    before.all_is_well()


# -- what the account may not read


@pytest.mark.parametrize(
    ("source", "table", "reporting"),
    [
        ("keystone", "local_user", ("user",)),
        ("nova_api", "flavor_extra_specs", ("flavour",)),
        ("cell1", "instance_extra", ("instance",)),
        ("cinder", "snapshots", ("snapshot",)),
        ("glance", "images", ("image",)),
    ],
)
def test_a_table_that_may_not_be_read(
    pollster: Pollster, known: Known, copies: Copies, source: str, table: str, reporting: tuple[str, ...]
) -> None:
    before = Before(pollster, *reporting)

    pollster.use_url(source, copies.readable(_database(source), table))
    before.refused({(each, _scope(source)) for each in reporting}, reason=f"has no readable table {table}")

    pollster.use(source, known.cloud, _database(source))
    before.all_is_well()


@pytest.mark.parametrize(
    ("source", "hidden", "reporting", "reason"),
    [
        ("cell1", "instances.host", ("instance",), "has no readable column instances.host"),
        ("cell1", "instances.hidden", ("instance",), "no longer has cell1.instances.hidden"),
        ("cell1", "shadow_instances", ("instance",), "no longer has cell1.shadow_instances"),
        ("keystone", "limit.domain_id", ("project", "quota"), "no longer has keystone.limit.domain_id"),
        ("keystone", "expiring_user_group_membership", ("group_member", "role"), "no longer has keystone.expiring"),
        ("cinder", "volumes.use_quota", ("volume",), "no longer has cinder.volumes.use_quota"),
    ],
)
def test_what_could_be_read_before_may_not_be_read(
    pollster: Pollster, known: Known, copies: Copies, source: str, hidden: str, reporting: tuple[str, ...], reason: str
) -> None:
    before = Before(pollster, *reporting)

    pollster.use_url(source, copies.readable(_database(source), hidden))
    before.refused({(each, _scope(source)) for each in reporting}, reason=reason)

    pollster.use(source, known.cloud, _database(source))
    before.all_is_well()


def test_an_account_without_any_right(pollster: Pollster, known: Known, mariadb: MariaDB) -> None:
    before = Before(pollster)
    mariadb.create_user("nobody_at_all")

    pollster.use_url("cinder", known.cloud.url("cinder", user="nobody_at_all"))
    before.refused(_readers("cinder"), reason="cannot connect to the cinder database")

    mariadb.drop_user("nobody_at_all")
    pollster.use("cinder", known.cloud, "cinder")
    before.all_is_well()


# -- a connection that breaks


@pytest.mark.parametrize("source", SOURCES)
def test_a_line_that_is_cut_in_the_middle_of_an_answer(
    pollster: Pollster, known: Known, mariadb: MariaDB, source: str
) -> None:
    with Proxy(mariadb.port) as line:
        url = make_url(known.cloud.url(_database(source))).set(port=line.port)
        pollster.use_url(source, url.render_as_string(hide_password=False))
        pollster.sync()  # reads all it needs to know about the database, over a line that holds
        before, said = Before(pollster), ""
        for answered in (500, 1500, 4500):
            line.cut_after(answered)
            said += " ".join(result.message or "" for result in pollster.attempt())
            before.nothing_changed()
        assert f"cannot read from the {source} database: Lost connection" in said

        line.cut_after(0)
        Before(pollster).refused(_readers(source), reason=f"the {source} database")
        line.cut_after(None)
        before.all_is_well()

    pollster.use(source, known.cloud, _database(source))


@pytest.mark.parametrize(
    ("source", "table", "reporting"),
    [("cell1", "shadow_instances", "instance"), ("cinder", "snapshots", "snapshot"), ("glance", "images", "image")],
)
def test_a_connection_that_is_killed_in_the_middle_of_a_read(
    pollster: Pollster, known: Known, mariadb: MariaDB, source: str, table: str, reporting: str
) -> None:
    """The table is locked, so that the read waits for it, and is killed there."""
    before = Before(pollster, reporting)

    with known.cloud.connect(_database(source)) as connection, connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLES {table} WRITE")
        with _killing_who_waits(mariadb):
            before.refused({(reporting, _scope(source))}, reason=f"cannot read from the {source} database")

    before.all_is_well()


@contextmanager
def _killing_who_waits(mariadb: MariaDB) -> Iterator[None]:
    done = Event()

    def kill() -> None:
        while not done.wait(0.02):
            for (connection,) in mariadb.execute(
                "SELECT id FROM information_schema.processlist WHERE state = 'Waiting for table metadata lock'"
            ):
                mariadb.execute(f"KILL {connection}")

    killer = Thread(target=kill)
    killer.start()
    try:
        yield
    finally:
        done.set()
        killer.join()


# -- the operator


@pytest.mark.parametrize("source", ["cell1", "cinder", "glance"])
def test_the_operator_insists(pollster: Pollster, known: Known, copies: Copies, source: str) -> None:
    table, reporting = LARGE[source]
    before = Before(pollster, reporting)
    pollster.use_url(source, copies.copy(_database(source), f"TRUNCATE {table}"))
    before.refused({(reporting, _scope(source))}, reason=f"sync {reporting} --accept {reporting}")

    pollster.sync(reporting, accept=frozenset({reporting}))

    rows = pollster.rows(reporting)
    assert len(rows) == 12
    assert {row["active"] for row in rows} == {False}
    assert {row["problem"] for row in pollster.rows("sync_state")} == {None}
    pollster.sync()


def test_what_the_operator_insists_on_may_have_been_a_mistake(pollster: Pollster, known: Known, copies: Copies) -> None:
    pollster.use_url("glance", copies.copy("glance", "TRUNCATE images"))
    pollster.sync("image", accept=frozenset({"image"}))

    pollster.use("glance", known.cloud, "glance")
    pollster.sync()

    assert {row["active"] for row in pollster.rows("image")} == {True}
    assert {(row["deleted"], row["vanished_before"]) for row in pollster.rows("image")} == {(None, None)}
    assert [row["active"] for row in pollster.rows("image_history", id=key("a", 11, 0))] == [True, False]
