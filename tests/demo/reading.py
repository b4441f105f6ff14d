"""Reading a sample cloud's databases in tests."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from reporting_pollster.demo import DemoCloud

Row = dict[str, Any]


def rows(path: Path, query: str) -> list[Row]:
    """What a query says of one database."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query)]


def values(path: Path, query: str) -> list[Any]:
    """The first column of a query."""
    return [next(iter(row.values())) for row in rows(path, query)]


def filled(path: Path) -> dict[str, set[str]]:
    """The columns of each table that is not empty."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        columns = {
            name: {row[1] for row in connection.execute(f"PRAGMA table_info(`{name}`)")} for (name,) in names.fetchall()
        }
        return {name: columns[name] for name in columns if connection.execute(f"SELECT 1 FROM `{name}`").fetchone()}


def everything(cloud: DemoCloud) -> dict[str, Path]:
    """All databases, cells included."""
    return {**cloud.databases, **cloud.cells}


def digests(cloud: DemoCloud) -> dict[str, str]:
    """One checksum per database of all that is in it."""
    found = {}
    for name, path in everything(cloud).items():
        with closing(sqlite3.connect(path)) as connection:
            found[name] = hashlib.sha256("\n".join(connection.iterdump()).encode()).hexdigest()
    return found


def instances(cloud: DemoCloud, where: str = "1") -> list[Row]:
    """Instances of all cells, with the name of their cell."""
    query = f"SELECT * FROM instances WHERE {where}"
    return [row | {"cell": cell} for cell, path in cloud.cells.items() for row in rows(path, query)]
