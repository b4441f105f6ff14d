"""Creates, upgrades and rebuilds the reporting database's schema, also from a file of SQL statements.

A schema file is read and judged before anything is dropped for it. The traps are in files as tools write them: `USE`
and CREATE DATABASE would lead out of the database that we were told to change, and a file for another server
fails half-way.
"""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from reporting_pollster.errors import SchemaRefused, StoreUnavailable
from reporting_pollster.store import migration
from reporting_pollster.store.ddl import made_for
from reporting_pollster.store.engine import dialect_kind
from reporting_pollster.store.migration import Change, Progress
from reporting_pollster.store.script import read_script, statements

LOG = logging.getLogger(__name__)

_ASK_SECONDS = 1.0
_LEADS_OUT = re.compile(r"(use|(create|drop|alter)\s+(database|schema))\b", re.IGNORECASE)
_TRANSACTION = re.compile(r"(begin|commit|start\s+transaction)\b", re.IGNORECASE)


@dataclass(frozen=True)
class SchemaRequest:
    """What is wanted: the schema of this version, after loading a file if one is named, on emptied ground if so said.

    `wait_seconds` bounds the wait for a server that is not there yet.
    """

    schema_file: Path | None = None
    recreate: bool = False
    wait_seconds: float = 0


def synchronise(engine: Engine, request: SchemaRequest, progress: Progress | None = None) -> Change:
    """Give the database the schema that this version needs."""
    script = None if request.schema_file is None else _script(request.schema_file, engine)
    _await(engine, time.monotonic() + request.wait_seconds)
    if script is not None:
        return migration.load(engine, script, progress, again=request.recreate)
    return (migration.recreate if request.recreate else migration.upgrade)(engine, progress)


def _script(path: Path, engine: Engine) -> list[str]:
    text = read_script(path)
    maker, kind = made_for(text), dialect_kind(engine)
    if maker not in (None, kind):
        raise SchemaRefused("the schema file is for another kind of database", file=path, made_for=maker, database=kind)
    script = [statement for statement in statements(text) if not _TRANSACTION.match(statement)]
    for statement in script:
        if _LEADS_OUT.match(statement):
            raise SchemaRefused(
                "the schema file chooses a database by itself",
                hint="take that statement out; --db-name says which one it is",
                file=path,
                statement=" ".join(statement.split())[:80],
            )
    return script


def _await(engine: Engine, deadline: float) -> None:
    """Return when the server answers; give up at the deadline."""
    while True:
        try:
            migration.current(engine)
            return
        except StoreUnavailable as error:
            if time.monotonic() >= deadline:
                raise
            LOG.debug("waiting for the reporting database reason=%s", error.facts.get("reason"))
            time.sleep(_ASK_SECONDS)
