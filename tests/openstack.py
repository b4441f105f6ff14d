"""Clouds for tests: the databases of an OpenStack release, with its real schemas, on a real MariaDB.

A cloud's databases are made when a test first names them and stay for the whole run, since loading the DDL costs 0.1 to
0.3 s each. Between tests a cloud is emptied, which is cheaper: the server tells which tables were ever written to.
"""

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from tests.servers.mariadb import ADMINISTRATOR, MariaDB

ROOT = Path(__file__).parents[1]
SCHEMAS = ROOT / "tests" / "schemas"
NOT_OF_OPENSTACK = tuple(
    (ROOT / "reporting_pollster" / "demo" / "schema" / f"{name}.sql") for name in ("dashboard", "rcshib")
)
RELEASES = tuple(sorted(path.name for path in SCHEMAS.iterdir()))
NEWEST = RELEASES[-1]

_ALTERS = re.compile(r"\s*(alter|create|drop|rename)\b", re.IGNORECASE)


class Cloud:
    """The databases of one OpenStack, named as the settings name them: keystone, nova_api, nova_cell0, nova_cell1, ...

    Foreign keys are not checked and columns that insist on a value get one, so that a test says only what it is about.
    A test that alters a table, through `execute`, spoils nothing: that database is made anew afterwards.
    """

    def __init__(self, server: MariaDB, release: str, prefix: str, cells: int = 2) -> None:
        self.server = server
        self.release = release
        self._prefix = prefix
        self._schemas = _schemas(release, cells)
        self._made: set[str] = set()
        self._altered: set[str] = set()
        self._demands: dict[tuple[str, str], dict[str, Any]] = {}
        self._connection: Connection[Cursor] | None = None
        self._others: dict[str, Connection[Cursor]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """All databases there are; neutron and heat are not in every release."""
        return tuple(self._schemas)

    @property
    def read_only(self) -> tuple[str, ...]:
        """The privileges of an account that may read everything, for `MariaDB.create_user`."""
        return tuple(f"SELECT ON `{self.database(name)}`.*" for name in self.names)

    def database(self, name: str) -> str:
        """Return the name that a database has on the server."""
        real = f"{self._prefix}{name}"
        if name not in self._made:
            self.server.create_database(real, charset="utf8mb3")
            self.server.load(real, self._schemas[name].read_text())
            self._made.add(name)
        return real

    def url(self, name: str, *, user: str = ADMINISTRATOR, driver: str = "pymysql") -> str:
        """Return the SQLAlchemy URL of a database."""
        return self.server.url(self.database(name), user=user, driver=driver)

    def connect(self, name: str, **options: Any) -> "Connection[Cursor]":
        """Open a connection of the test's own, say to hold a transaction open; the caller closes it."""
        return self.server.connect(self.database(name), init_command="SET foreign_key_checks = 0", **options)

    @contextlib.contextmanager
    def within(self, name: str, connection: "Connection[Cursor]") -> Iterator[None]:
        """Send the statements for one database through a connection of the test's own, whose transaction stays open."""
        self._others[name] = connection
        try:
            yield
        finally:
            del self._others[name]

    def insert(self, name: str, table: str, /, **columns: Any) -> int:
        """Insert one row, and return its number where the table numbers its rows."""
        row = {**self._demanded(name, table), **columns}
        with self._cursor(name) as cursor:
            cursor.execute(_insert(table, row), tuple(row.values()))
            return int(cursor.lastrowid or 0)

    def insert_many(self, name: str, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows that all have the columns of the first, in few statements."""
        if rows:
            columns = tuple(rows[0])
            demanded = {column: value for column, value in self._demanded(name, table).items() if column not in columns}
            with self._cursor(name) as cursor:
                cursor.executemany(
                    _insert(table, (*columns, *demanded)),
                    [(*(row[column] for column in columns), *demanded.values()) for row in rows],
                )

    def execute(self, name: str, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run one statement, and return how many rows it touched."""
        if _ALTERS.match(sql):
            self._altered.add(name)
            self._demands.clear()
        with self._cursor(name) as cursor:
            return cursor.execute(sql, parameters or None)

    def rows(self, name: str, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Return the rows of a query, each by column name."""
        with self._cursor(name) as cursor:
            cursor.execute(sql, parameters or None)
            columns = [column[0] for column in cursor.description or ()]
            return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

    def columns(self, name: str, table: str) -> frozenset[str]:
        """Return the columns that a table has in this release: none when there is no such table."""
        found = self.rows(
            name,
            "SELECT column_name AS name FROM information_schema.columns"
            " WHERE table_schema = DATABASE() AND table_name = %s",
            (table,),
        )
        return frozenset(row["name"] for row in found)

    def empty(self) -> None:
        """Bring all databases back to their beginning: no rows, numbers from 1, tables as the release has them."""
        if self._made:
            self._disconnect_others()
            self._truncate(self._written())
        for name in self._altered:
            self.server.drop_database(f"{self._prefix}{name}")
        self._made -= self._altered
        self._altered.clear()
        self._demands.clear()

    def _demanded(self, name: str, table: str) -> dict[str, Any]:
        """Return something for each column that must have a value and brings none of its own."""
        if (name, table) not in self._demands:
            found = self.rows(
                name,
                "SELECT column_name AS name, data_type AS kind, column_type AS type FROM information_schema.columns"
                " WHERE table_schema = DATABASE() AND table_name = %s"
                " AND is_nullable = 'NO' AND column_default IS NULL AND extra = ''",
                (table,),
            )
            self._demands[name, table] = {column["name"]: _some(column["kind"], column["type"]) for column in found}
        return self._demands[name, table]

    def _disconnect_others(self) -> None:
        """End the connections a test left open: one in a transaction would block the truncation."""
        with self._connected().cursor() as cursor:
            cursor.execute(
                "SELECT id FROM information_schema.processlist WHERE db IN %s AND id <> CONNECTION_ID()",
                (self._reals(),),
            )
            others = cursor.fetchall()
        for (connection,) in others:
            with contextlib.suppress(pymysql.err.OperationalError):  # it has just gone by itself
                self.server.execute(f"KILL {connection}")

    def _written(self) -> list[str]:
        """Return the tables that hold rows, or did: those that the server remembers to have been written."""
        touched = self.server.execute(
            "SELECT table_schema, table_name, COALESCE(auto_increment, 1) > 1 FROM information_schema.tables"
            " WHERE update_time IS NOT NULL AND table_schema IN %s",
            (self._reals(),),
        )
        numbered = [f"`{schema}`.`{table}`" for schema, table, counted in touched if counted]
        others = [f"`{schema}`.`{table}`" for schema, table, counted in touched if not counted]
        probes = " UNION ALL ".join(f"(SELECT '{table}' FROM {table} LIMIT 1)" for table in others)
        return numbered + ([table for (table,) in self.server.execute(probes)] if probes else [])

    def _truncate(self, tables: Sequence[str]) -> None:
        with self._connected().cursor() as cursor:
            for table in tables:
                cursor.execute(f"TRUNCATE {table}")

    def _reals(self) -> list[str]:
        return [f"{self._prefix}{name}" for name in sorted(self._made)]

    def _cursor(self, name: str) -> Cursor:
        if name in self._others:
            return self._others[name].cursor()
        real = self.database(name)
        connection = self._connected()
        connection.select_db(real)
        return connection.cursor()

    def _connected(self) -> "Connection[Cursor]":
        if self._connection is None or not self._connection.open:
            self._connection = self.server.connect(
                init_command="SET foreign_key_checks = 0, lock_wait_timeout = 10, innodb_lock_wait_timeout = 10"
            )
        return self._connection


class Clouds:
    """The clouds of one test run: made once for each release, number of cells and region."""

    def __init__(self, server: MariaDB) -> None:
        self._server = server
        self._clouds: dict[tuple[str, int, str], Cloud] = {}

    def cloud(self, release: str = NEWEST, *, cells: int = 2, region: str = "") -> Cloud:
        """Return a cloud of a release; two regions are two clouds. Cells count from cell0, which is always there."""
        key = (release, cells, region)
        if key not in self._clouds:
            self._clouds[key] = Cloud(self._server, release, f"cloud{len(self._clouds)}_", cells)
        return self._clouds[key]


def _schemas(release: str, cells: int) -> dict[str, Path]:
    found = {path.stem: path for path in sorted((SCHEMAS / release).glob("*.sql"))}
    cell = found.pop("nova_cell")
    found |= {path.stem: path for path in NOT_OF_OPENSTACK}
    return found | {f"nova_cell{number}": cell for number in range(cells)}


def _some(kind: str, declared: str) -> Any:
    """Return a value of a type; the first one of an enumeration."""
    if kind == "enum":
        return declared.split("'")[1]
    if kind in {"date", "datetime", "timestamp"}:
        return datetime(2000, 1, 1)
    return 0 if kind.endswith("int") or kind in {"decimal", "double", "float"} else ""


def _insert(table: str, columns: Iterable[str]) -> str:
    names = list(columns)
    quoted = ", ".join(f"`{column}`" for column in names)
    return f"INSERT INTO `{table}` ({quoted}) VALUES ({', '.join(['%s'] * len(names))})"
