"""Text that is not UTF-8 is loaded as far as it can be read, and told, with every driver and wherever it stands."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import make_url

from reporting_pollster.config.settings import DatabaseSettings
from reporting_pollster.sources.database import Database
from tests.pollster import Pollster, at
from tests.servers import MariaDB
from tests.services.sync.bad_cloud import BadCloud
from tests.services.sync.life import Life

BROKEN = b"BROKEN\xff\xfe"
MENDABLE = b"BROKENxx"


@pytest.fixture
def store_server(mariadb: MariaDB) -> MariaDB:
    return mariadb


class Files:
    """The server's own files, in which alone there can be text that is not UTF-8: the server lets none in."""

    def __init__(self, life: Life) -> None:
        self._cloud = life.cloud
        self._writer = BadCloud(life.cloud)

    def open(self, name: str, table: str) -> None:
        """Keep a table where its bytes can be reached, in the character set that the connection has."""
        self._writer.alter(name, table, {})
        self._cloud.execute(name, f"ALTER TABLE `{table}` ENGINE=MyISAM, CONVERT TO CHARACTER SET utf8mb4")

    def replace(self, name: str, table: str, old: bytes, new: bytes) -> None:
        """Put other bytes of the same length in the place of some."""
        self._cloud.execute(name, "FLUSH TABLES")
        path = self._cloud.server.socket.parent / "data" / self._cloud.database(name) / f"{table}.MYD"
        path.write_bytes(path.read_bytes().replace(old, new))
        self._cloud.execute(name, "FLUSH TABLES")


@pytest.fixture
def files(life: Life) -> Files:
    life.region()
    return Files(life)


@pytest.fixture(params=["pymysql", "mysqldb"])
def reader(request: pytest.FixtureRequest, pollster: Pollster) -> Pollster:
    """A pollster that reads with each driver."""
    if request.param == "mysqldb":
        pytest.importorskip("MySQLdb")
    sources = pollster.sources
    for known in (sources.databases, sources.cells):
        for name, database in list(known.items()):
            url = make_url(database.settings.connection).set(drivername=f"mysql+{request.param}")
            settings = DatabaseSettings(url.render_as_string(hide_password=False), group=name)
            known[name] = Database(name, settings)  # type: ignore[index]
    return pollster


def test_an_instance_with_a_broken_name(life: Life, files: Files, reader: Pollster) -> None:
    files.open("nova_cell1", "instances")
    keys = [life.instance(display_name=name) for name in ("first", MENDABLE.decode(), "ḿore", "🦄")]
    files.replace("nova_cell1", "instances", MENDABLE, BROKEN)

    for _ in range(2):
        reader.sync("instance")

    names = {row["id"]: row["name"] for row in reader.rows("instance")}
    assert [names[key] for key in keys] == ["first", "BROKEN\ufffd\ufffd", "ḿore", "🦄"]
    problem = reader.one("quarantine")
    assert (problem["row_key"], problem["column_name"], problem["action"]) == (keys[1], "name", "repaired")
    assert problem["reason"] == "broken UTF-8 replaced"

    files.replace("nova_cell1", "instances", BROKEN, MENDABLE)
    life.save(keys[1], at("04-01 10:00"))
    time.sleep(1.1)
    reader.sync("instance", full=True)

    assert reader.one("instance", id=keys[1])["name"] == MENDABLE.decode()
    assert reader.one("quarantine")["resolved"] is not None


def test_a_broken_name_among_thousands(life: Life, files: Files, reader: Pollster) -> None:
    files.open("cinder", "volumes")
    rows = [{"id": f"{number:08}", "display_name": f"volume {number}", "deleted": 0} for number in range(6000)]
    rows[3000]["display_name"] = rows[5500]["display_name"] = MENDABLE.decode()
    life.cloud.insert_many("cinder", "volumes", rows)
    files.replace("cinder", "volumes", MENDABLE, BROKEN)

    reader.sync("volume")

    loaded = [row["display_name"] for row in reader.rows("volume")]
    assert len(loaded) == len(rows)
    assert loaded.count("BROKEN\ufffd\ufffd") == 2


def test_a_project_and_a_user_with_broken_texts(life: Life, files: Files, reader: Pollster) -> None:
    files.open("keystone", "project")
    files.open("keystone", "user")
    life.project("c" * 32, MENDABLE.decode())
    extra = '{"email": "a@example.org", "note": "BROKENxx"}'
    life.cloud.insert("keystone", "user", id="u9", domain_id="default", enabled=1, extra=extra)
    files.replace("keystone", "project", MENDABLE, BROKEN)
    files.replace("keystone", "user", MENDABLE, BROKEN)

    reader.sync("project", "user")

    assert reader.one("project", id="c" * 32)["display_name"] == "BROKEN\ufffd\ufffd"
    assert reader.one("project", id="a" * 32)["display_name"] == "alpha"
    assert reader.one("user", id="u9")["enabled"]
    assert reader.one("user", id="admin")["name"] == "admin"


def test_a_broken_id_is_withheld(life: Life, files: Files, reader: Pollster) -> None:
    files.open("cinder", "volumes")
    life.cloud.execute("cinder", "ALTER TABLE volumes DROP PRIMARY KEY")
    good = {life.volume(id="0"), life.volume(id="z")}
    life.volume(id=MENDABLE.decode())
    files.replace("cinder", "volumes", MENDABLE, BROKEN)

    for _ in range(2):
        reader.sync("volume")

    assert {row["id"] for row in reader.rows("volume")} == good
    problem = reader.one("quarantine")
    assert (problem["row_key"], problem["column_name"], problem["action"]) == ("BROKEN\\xff\\xfe", "id", "withheld")


def test_latin_1_columns_are_read_as_what_they_say(life: Life, reader: Pollster) -> None:
    life.region()
    life.cloud.execute("nova_cell1", "ALTER TABLE instances MODIFY display_name VARCHAR(255) CHARACTER SET latin1")
    key = life.instance(display_name="Æbleskiver ÿ")

    reader.sync("instance")

    assert reader.one("instance", id=key)["name"] == "Æbleskiver ÿ"
    assert reader.rows("quarantine") == []
