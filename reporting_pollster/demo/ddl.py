"""OpenStack's table definitions, written for MariaDB, said again for SQLite.

The definitions are dumps of what the services' own migrations make, one column or key per line. The trap is the
keys: SQLite wants an index name once per database, and MariaDB only once per table, so each is prefixed with its table.
Foreign keys are left out, because neither the dumps nor the sample cloud are loaded in their order; checks stay.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

_TABLE = re.compile(r"CREATE TABLE `(?P<name>[^`]+)` \(\n(?P<body>.*?)\n\) ENGINE", re.DOTALL)
_COLUMN = re.compile(r"(?P<name>`[^`]+`) (?P<kind>\w+)(?P<size>\((?:'[^']*'|[^')])*\))?(?P<rest>.*)")
_KEY = re.compile(r"(?P<unique>UNIQUE )?KEY `(?P<name>[^`]+)` \((?P<columns>.*)\)$")
_PREFIX_LENGTH = re.compile(r"(`)\(\d+\)")
_DEFAULT = re.compile(r"DEFAULT ('(?:[^']|'')*'|\S+)")

_TYPES = {
    "bigint": "INTEGER",
    "blob": "BLOB",
    "date": "TEXT",
    "datetime": "TEXT",
    "enum": "TEXT",
    "float": "REAL",
    "int": "INTEGER",
    "longtext": "TEXT",
    "mediumtext": "TEXT",
    "text": "TEXT",
    "timestamp": "TEXT",
    "tinyint": "INTEGER",
}


def translate(mysql_ddl: str) -> list[str]:
    """SQLite statements that make every table and secondary index of a MariaDB dump."""
    statements: list[str] = []
    for table in _TABLE.finditer(mysql_ddl):
        statements += _table(table["name"], [line.strip().removesuffix(",") for line in table["body"].split("\n")])
    return statements


def create_database(path: Path | str, mysql_ddl: str) -> None:
    """Make the SQLite file that a MariaDB dump describes, empty."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")  # one transaction: nova alone has 250 tables and indexes
        for statement in translate(mysql_ddl):
            connection.execute(statement)
        connection.execute("COMMIT")


def _table(name: str, lines: list[str]) -> Iterator[str]:
    serial = {line.split("`")[1] for line in lines if "AUTO_INCREMENT" in line}
    parts = [part for line in lines if (part := _part(line, serial))]
    yield f"CREATE TABLE `{name}` (\n  " + ",\n  ".join(parts) + "\n)"
    for line in lines:
        if key := _KEY.match(line):
            columns = _PREFIX_LENGTH.sub(r"\1", key["columns"])
            yield f"CREATE {key['unique'] or ''}INDEX `{name}__{key['name']}` ON `{name}` ({columns})"


def _part(line: str, serial: set[str]) -> str | None:
    """One line of the table's body; None for what is said elsewhere or not at all."""
    if line.startswith("`"):
        return _column(line)
    if line.startswith("PRIMARY KEY"):
        return None if serial else line
    if " CHECK (" in line:
        return line
    if " FOREIGN KEY " in line or _KEY.match(line):
        return None
    raise ValueError(f"not understood in a table definition: {line}")


def _column(line: str) -> str:
    column = _COLUMN.match(line)
    if column is None:
        raise ValueError(f"not understood in a table definition: {line}")
    if "AUTO_INCREMENT" in column["rest"]:
        # InnoDB never gives an id twice; without the word SQLite would, after the newest row is gone.
        return f"{column['name']} INTEGER PRIMARY KEY AUTOINCREMENT"
    required = " NOT NULL" if "NOT NULL" in column["rest"] else ""
    return f"{column['name']} {_type(column['kind'], column['size'])}{required}{_default(column['rest'])}"


def _type(kind: str, size: str | None) -> str:
    if kind in ("varchar", "char"):
        return f"VARCHAR{size}"  # the length is not enforced, but a reader can see it
    return _TYPES[kind]


def _default(rest: str) -> str:
    default = _DEFAULT.search(rest)
    if default is None or default[1] == "NULL":
        return ""
    return " DEFAULT CURRENT_TIMESTAMP" if default[1] == "current_timestamp()" else f" DEFAULT {default[1]}"
