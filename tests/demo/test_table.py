"""Rows in memory and rows in the file are the same rows."""

import sqlite3
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import pytest

from reporting_pollster.demo.ddl import create_database
from reporting_pollster.demo.table import Database
from tests.demo.reading import rows

DDL = """CREATE TABLE `thing` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `owner` varchar(8) DEFAULT NULL,
  `kind` varchar(8) NOT NULL DEFAULT 'plain',
  `seen` datetime DEFAULT NULL,
  `day` date DEFAULT NULL,
  `done` tinyint(1) DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB;
CREATE TABLE `pair` (
  `a` varchar(8) NOT NULL,
  `b` varchar(8) NOT NULL,
  PRIMARY KEY (`b`,`a`)
) ENGINE=InnoDB;
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create_database(tmp_path / "db.sqlite", DDL)
    return tmp_path / "db.sqlite"


def test_what_is_not_named_takes_the_default(path: Path):
    database = Database(path)
    database["thing"].insert(seen=datetime(2026, 1, 2, 3, 4, 5, 999999), day=date(2026, 1, 2), done=True)
    database.save()

    expected = {"id": 1, "owner": None, "kind": "plain", "seen": "2026-01-02 03:04:05", "day": "2026-01-02", "done": 1}
    assert rows(path, "SELECT * FROM thing") == [expected]


def test_changes_and_removals_of_another_day_are_written(path: Path):
    first = Database(path)
    for owner in ("x", "y", "z"):
        first["thing"].insert(owner=owner)
        first["pair"].insert(a=owner, b="b")
    first.save()

    second = Database(path)
    x, y, _ = second["thing"]
    second["thing"].change(x, kind="new")
    second["thing"].remove(y)
    second["pair"].remove(second["pair"].get("b", "z") or {})
    second.save()

    assert rows(path, "SELECT owner, kind FROM thing") == [
        {"owner": "x", "kind": "new"},
        {"owner": "z", "kind": "plain"},
    ]
    assert rows(path, "SELECT a FROM pair ORDER BY a") == [{"a": "x"}, {"a": "y"}]


def test_rows_are_found_by_a_column_also_after_inserts_and_removals(path: Path):
    table = Database(path)["thing"]
    one, two = table.insert(owner="x"), table.insert(owner="y")

    assert table.where("owner", "x") == [one]
    three = table.insert(owner="x")
    table.remove(one)
    assert (table.where("owner", "x"), table.where("owner", "y"), table.where("owner", "z")) == ([three], [two], [])


def test_a_row_that_came_and_went_has_used_up_its_number(path: Path):
    first = Database(path)
    first["thing"].insert()
    first["thing"].remove(first["thing"].insert())
    first.save()

    assert Database(path)["thing"].insert()["id"] == 3


def test_mistakes_are_noticed(path: Path):
    table = Database(path)["thing"]
    table.insert(id=5)

    with pytest.raises(KeyError, match="colour"):
        table.insert(colour="red")
    with pytest.raises(ValueError, match="already has"):
        table.insert(id=5)
    with pytest.raises(KeyError, match="nothing"):
        Database(path)["nothing"]


def test_nothing_is_stored_when_something_cannot_be(path: Path):
    database = Database(path)
    database["pair"].insert(a="a", b="b")
    database["thing"].insert(kind=None)

    with pytest.raises(sqlite3.IntegrityError):
        database.save()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM pair").fetchone() == (0,)
