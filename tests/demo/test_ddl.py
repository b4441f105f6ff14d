"""Every definition of every release becomes the same tables and keys in SQLite."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from reporting_pollster.demo.ddl import create_database, translate

SCHEMAS = Path(__file__).parents[1] / "schemas"
DUMPS = sorted(SCHEMAS.glob("*/*.sql"))


def names(connection: sqlite3.Connection, kind: str) -> set[str]:
    query = "SELECT name FROM sqlite_master WHERE type = ? AND name NOT LIKE 'sqlite%'"
    return {name for (name,) in connection.execute(query, (kind,))}


def columns(connection: sqlite3.Connection, table: str) -> dict[str, tuple[str, int]]:
    return {row[1]: (row[2], row[3]) for row in connection.execute(f"PRAGMA table_info(`{table}`)")}


def test_all_five_releases_are_there():
    assert {dump.parent.name for dump in DUMPS} == {"2019.2", "2022.2", "2024.1", "2025.1", "2026.2"}


@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: f"{dump.parent.name}-{dump.stem}")
def test_every_table_column_and_index_is_made(dump: Path, tmp_path: Path):
    text = dump.read_text()
    tables = re.findall(r"CREATE TABLE `([^`]+)` \(\n(.*?)\n\) ENGINE", text, re.DOTALL)
    keys = {
        f"{table}__{key}"
        for table, body in tables
        for key in re.findall(r"^ +(?:UNIQUE )?KEY `([^`]+)`", body, re.MULTILINE)
    }

    create_database(tmp_path / "made.sqlite", text)

    with closing(sqlite3.connect(tmp_path / "made.sqlite")) as made:
        assert names(made, "table") == {table for table, _ in tables}
        assert names(made, "index") == keys
        for table, body in tables:
            assert list(columns(made, table)) == re.findall(r"^ +`([^`]+)`", body, re.MULTILINE)


@pytest.fixture
def made(tmp_path: Path):
    create_database(
        tmp_path / "made.sqlite",
        """CREATE TABLE `thing` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `name` varchar(64) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin NOT NULL DEFAULT 'it''s, (so)',
  `kind` enum('a','b,c') NOT NULL DEFAULT 'a',
  `seen` datetime NOT NULL DEFAULT current_timestamp(),
  `size` float DEFAULT NULL,
  `deleted` tinyint(1) DEFAULT 0,
  PRIMARY KEY (`id`),
  UNIQUE KEY `name` (`name`(10),`deleted`),
  CONSTRAINT `thing_ibfk_1` FOREIGN KEY (`name`) REFERENCES `other` (`id`),
  CONSTRAINT `CONSTRAINT_1` CHECK (`deleted` in (0,1))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;""",
    )
    with closing(sqlite3.connect(tmp_path / "made.sqlite")) as connection:
        yield connection


def test_defaults_and_types_survive(made: sqlite3.Connection):
    made.execute("INSERT INTO thing (size) VALUES (1)")

    row = made.execute("SELECT id, name, kind, length(seen), typeof(size), deleted FROM thing").fetchone()
    assert row == (1, "it's, (so)", "a", 19, "real", 0)


def test_unique_keys_and_checks_hold(made: sqlite3.Connection):
    made.execute("INSERT INTO thing (name) VALUES ('x')")

    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        made.execute("INSERT INTO thing (name) VALUES ('x')")
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        made.execute("INSERT INTO thing (name, deleted) VALUES ('y', 2)")


def test_an_id_is_never_given_twice(made: sqlite3.Connection):
    made.execute("INSERT INTO thing (name) VALUES ('x')")
    made.execute("DELETE FROM thing")
    made.execute("INSERT INTO thing (name) VALUES ('y')")

    assert made.execute("SELECT id FROM thing").fetchone() == (2,)


def test_a_line_it_does_not_know_is_refused():
    ddl = "CREATE TABLE `t` (\n  FULLTEXT INDEX `x` (`y`)\n) ENGINE=InnoDB;"

    with pytest.raises(ValueError, match="FULLTEXT"):
        translate(ddl)
