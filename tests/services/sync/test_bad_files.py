"""Sources in SQLite, whose columns hold anything: bytes that are no text, and text where numbers belong."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import BigInteger, Boolean, Date, DateTime, Integer

from reporting_pollster.config.settings import DatabaseSettings
from reporting_pollster.demo.ddl import create_database
from reporting_pollster.sources.cloud import Cloud as Sources
from reporting_pollster.sources.database import Database
from tests.entities.selects import definition
from tests.pollster import REGION, Pollster, at
from tests.servers import Server
from tests.services.sync.bad_values import PLACES, Place, Row, key_of

DATABASES = ("keystone", "nova_api", "cinder", "glance", "neutron", "heat", "rcshib", "dashboard")
CELLS = ("cell0", "cell1")
GOOD = 500


class Bytes(bytes):
    """Bytes that SQLite is told to take for text."""


TEXTS = {
    "broken UTF-8": (Bytes(b"a\xff\xfe"), "a\ufffd\ufffd", True),
    "cut UTF-8": (Bytes("ä".encode()[:1]), "\ufffd", True),
    "surrogate": (Bytes(b"\xed\xa0\x80"), "\ufffd\ufffd\ufffd", True),
    "bytes": (b"a\xff", "a\ufffd", True),
    "bytes of text": (b"abc", "abc", False),
    "number": (7, "7", False),
}
NUMBERS = {
    "text": ("many", None, True),
    "number in text": ("7", 7, False),
    "empty": ("", None, True),
    "bytes": (b"\xff", None, True),
    "half": (2.5, None, True),
    "huge": (1e300, None, True),
    "infinite": (float("inf"), None, True),
    "broken UTF-8": (Bytes(b"7\xff"), None, True),
}
TIMES = {
    "text": ("yesterday", None, True),
    "empty": ("", None, True),
    "number": (20260301, None, True),
    "bytes": (b"2026-03-01 12:00:00\xff", None, True),
    "broken UTF-8": (Bytes(b"2026-\xff"), None, True),
    "ISO": ("2026-03-01T12:00:00Z", at("03-01 12:00"), False),
    "fraction": ("2026-03-01 12:00:00.999", at("03-01 12:00"), False),
}
DATES = {"text": ("today", None, True), "bytes": (b"\xff", None, True)}


def nasty(place: Place, column: str) -> dict[str, tuple[Any, Any, bool]]:
    """Bad values for a column, each with what is loaded, and whether it is told."""
    kind = place.our_column(column).type
    if isinstance(kind, Boolean):
        return {"text": ("maybe", None, True)}
    if isinstance(kind, Integer | BigInteger):
        return NUMBERS
    if isinstance(kind, DateTime):
        return TIMES
    return DATES if isinstance(kind, Date) else TEXTS


class Files:
    """A cloud in SQLite files."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        for name in DATABASES:
            create_database(self._path(name), definition(name))
        for cell in CELLS:
            create_database(self._path(f"nova_{cell}"), definition("nova_cell"))

    def sources(self) -> Sources:
        databases = {name: self._database(name, name) for name in DATABASES}
        return Sources(REGION, databases, {cell: self._database(cell, f"nova_{cell}") for cell in CELLS})

    def insert(self, name: str, table: str, rows: list[Row]) -> None:
        with closing(sqlite3.connect(self._path(name))) as connection, connection:
            connection.execute("PRAGMA ignore_check_constraints = ON")
            for row in rows:
                known = self._demanded(connection, table) | row
                marks = ", ".join("CAST(? AS TEXT)" if isinstance(value, Bytes) else "?" for value in known.values())
                names = ", ".join(f"`{column}`" for column in known)
                values = [str(value) if hasattr(value, "year") else value for value in known.values()]
                connection.execute(f"INSERT INTO `{table}` ({names}) VALUES ({marks})", values)

    def execute(self, name: str, *statements: str) -> None:
        with closing(sqlite3.connect(self._path(name))) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    def widen(self, place: Place) -> None:
        """Let every column but the key be NULL, twice the same, and of any type."""
        self.execute(place.database, *(f"DROP INDEX `{name}`" for name in self._indexes(place)))

    def _indexes(self, place: Place) -> list[str]:
        query = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?"
        with closing(sqlite3.connect(self._path(place.database))) as connection:
            return [name for (name,) in connection.execute(query, (place.table,))]

    def _demanded(self, connection: sqlite3.Connection, table: str) -> Row:
        columns = connection.execute(f"PRAGMA table_info(`{table}`)").fetchall()
        return {name: 0 for _, name, _, required, default, key in columns if required and default is None and not key}

    def _database(self, name: str, file: str) -> Database:
        return Database(name, DatabaseSettings(f"sqlite:///{self._path(file)}", group=name))

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}.sqlite"


@pytest.fixture
def files(tmp_path: Path) -> Files:
    directory = tmp_path / "cloud"
    directory.mkdir()
    return Files(directory)


@pytest.fixture(params=["sqlite", "mariadb"])
def store_server(request: pytest.FixtureRequest) -> Server:
    server: Server = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def make(files: Files, ready_store_url: str) -> Iterator[Callable[..., Pollster]]:
    made: list[Pollster] = []

    def pollster(**settings: Any) -> Pollster:
        made.append(Pollster(None, ready_store_url, sources=files.sources(), **settings))  # type: ignore[arg-type]
        return made[-1]

    yield pollster
    for each in made:
        each.close()


def test_values_of_any_type(files: Files, make: Callable[..., Pollster]) -> None:
    cases = [
        (place, key_of(place, 1000 + number), column, label, *case)
        for place in PLACES
        for number, (column, label, case) in enumerate(
            (column, label, case) for column in place.columns for label, case in nasty(place, column).items()
        )
    ]
    for place in PLACES:
        files.widen(place)
        files.insert(place.database, place.table, [{**place.row, place.key: key_of(place, GOOD)}])
    pollster = make()
    pollster.sync()
    good = pollster.contents()

    for place, key, column, _label, value, _expected, _told in cases:
        files.insert(place.database, place.table, [{**place.row, place.key: key, column: value}])
    results = pollster.sync()
    assert [result for result in pollster.sync() if not result.plan.is_empty] == []

    assert {result.outcome for result in results} == {"done"}
    after = pollster.contents()
    for table, rows in good.items():
        assert [row for row in rows if row not in after[table]] == []
    rows = {(table, str(row.get("id", row.get("uuid")))): row for table, some in after.items() for row in some}
    told = {
        (row["table_name"], row["row_key"].split(",")[0], row["column_name"]) for row in pollster.rows("quarantine")
    }
    wrong = []
    for place, key, column, label, _value, expected, is_problem in cases:
        ours = place.columns[column]
        row = rows.get((place.entity, str(key)))
        said = (place.entity, str(key), ours) in told
        if row is None and said and not place.our_column(column).nullable:
            continue  # a row can't do without this column
        if row is None or said != is_problem or not _is(row[ours], expected, place, ours):
            wrong.append((place.id, column, label, row and row[ours], expected, said))
    assert wrong == []
    print(f"{len(cases)} values of any type")
    assert len(cases) > 200


def _is(value: Any, expected: Any, place: Place, ours: str) -> bool:
    return value == expected or (expected is None and value == place.unsaid.get(ours))


@pytest.mark.parametrize("page_rows", [1, 2, 5000])
def test_keys_of_any_type(files: Files, make: Callable[..., Pollster], page_rows: int) -> None:
    keys = [None, None, Bytes(b"b\xff"), Bytes(b"b\xff\xff"), b"b", b"\xff", "", "a\0b", "c\ud7ff"]
    good = [f"{letter}-good" for letter in "abcz"]
    files.execute(
        "cinder",
        "ALTER TABLE volumes RENAME TO strict",
        "CREATE TABLE volumes AS SELECT * FROM strict",
        "DROP TABLE strict",
    )
    row = {"size": 1, "status": "available", "deleted": 0, "display_name": "data"}
    files.insert("cinder", "volumes", [{**row, "id": key} for key in (*keys, *good)])
    pollster = make(page_rows=page_rows)

    pollster.sync("volume")
    files.execute("cinder", "UPDATE volumes SET display_name = 'renamed' WHERE id = 'z-good'")
    for _ in range(20):
        pollster.sync("volume")

    assert {each["id"] for each in pollster.rows("volume")} >= set(good)
    assert pollster.one("volume", id="z-good")["display_name"] == "renamed"
    assert {each["column_name"] for each in pollster.rows("quarantine")} == {"id"}
    assert all(result.plan.is_empty for result in pollster.sync("volume"))
