"""What every test server can do, whichever database it is."""

from collections.abc import Sequence
from typing import Any, Protocol

Row = tuple[Any, ...]


class Server(Protocol):
    """A database server of the test run's own, with databases that come and go."""

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database, password included."""
        ...

    def create_database(self, name: str) -> None: ...

    def drop_database(self, name: str) -> None: ...

    def execute(self, sql: str, parameters: Sequence[Any] = (), *, database: str = "") -> list[Row]:
        """Run one statement, commit it, and return its rows."""
        ...

    def load(self, name: str, ddl: str) -> None:
        """Run a text of many statements in an existing database."""
        ...

    def stop(self) -> None: ...
