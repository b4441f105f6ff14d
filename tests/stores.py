"""Reporting databases with their tables already made, emptied and used again: making 90 tables takes seconds."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from sqlalchemy import Engine, delete, select

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
    tables = whole_metadata().sorted_tables
    with reading(engine) as connection:
        used = [table for table in tables if connection.execute(select(table).limit(1)).first() is not None]
    with writing(engine) as connection:
        for table in used:
            connection.execute(delete(table))
    engine.dispose()
