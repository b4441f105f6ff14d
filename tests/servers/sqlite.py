"""SQLite behind the same interface: a directory of files."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.servers.server import Row


class SQLite:
    """Databases that are files in a directory, which belongs to the caller."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def path(self, database: str) -> Path:
        """Return the file of a database."""
        return self._directory / f"{database}.sqlite"

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database."""
        return f"sqlite:///{self.path(database)}"

    def create_database(self, name: str) -> None:
        """Create nothing: SQLite makes the file when it is first written to."""

    def drop_database(self, name: str) -> None:
        """Remove a database and what its journal left."""
        for suffix in ("", "-journal", "-wal", "-shm"):
            Path(f"{self.path(name)}{suffix}").unlink(missing_ok=True)

    def execute(self, sql: str, parameters: Sequence[Any] = (), *, database: str = "main") -> list[Row]:
        """Run one statement, commit it, and return its rows."""
        with closing(sqlite3.connect(self.path(database))) as connection, connection:
            return connection.execute(sql, parameters).fetchall()

    def load(self, name: str, ddl: str) -> None:
        """Run a text of many statements."""
        with closing(sqlite3.connect(self.path(name))) as connection, connection:
            connection.executescript(ddl)

    def stop(self) -> None:
        """Do nothing: there is no server."""
