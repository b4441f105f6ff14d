"""Reporting databases with their tables already made, emptied and used again: making 90 tables takes seconds."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from sqlalchemy import Engine, delete

from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import create_store_engine, reading, writing
from reporting_pollster.store.migration import upgrade
from tests.servers import Server

_numbers = itertools.count(1)


class Stores:
    """The ready databases of one run, by server. A test that alters a table takes a fresh database instead."""

    def __init__(self) -> None:
        self._free: dict[int, list[str]] = {}

    @contextmanager
    def lent(self, server: Server) -> Iterator[str]:
        """The URL of a database with all tables and no rows, on this server."""
        free = self._free.setdefault(id(server), [])
        url = free.pop() if free else _made(server)
        yield url
        _empty(url)  # not after a failed test: a new one is cheaper than a doubtful one
        free.append(url)


@lru_cache(maxsize=16)
def engine_of(url: str) -> Engine:
    """The engine of a database; of one that is used again, the same one, since it remembers its compiled statements."""
    return create_store_engine(url)


def _made(server: Server) -> str:
    name = f"ready{next(_numbers)}"
    server.create_database(name)
    url = server.url(name)
    engine = engine_of(url)
    upgrade(engine)
    engine.dispose()
    return url


def _empty(url: str) -> None:
    engine = engine_of(url)
    with reading(engine) as connection:
        used = {name for (name,) in connection.exec_driver_sql(_used(url))}
    with writing(engine) as connection:
        for table in whole_metadata().tables.values():
            if table.name in used:
                connection.execute(delete(table))
    engine.dispose()


@lru_cache(maxsize=16)
def _used(url: str) -> str:
    """A query for the tables that have rows: one question, not a hundred."""
    preparer = engine_of(url).dialect.identifier_preparer
    names = {name: preparer.format_table(table) for name, table in whole_metadata().tables.items()}
    asked = (f"SELECT CASE WHEN EXISTS (SELECT 1 FROM {quoted}) THEN '{name}' END" for name, quoted in names.items())
    return " UNION ALL ".join(asked)
