"""Brings the reporting database's schema up to date, and says whether it is.

The revisions lie in `alembic/` at the top of the source tree; a link in this package makes every installation carry
them. Three traps: MySQL commits each definition by itself, so a killed upgrade leaves half of one (the steps of a
revision look for what was done, see `steps`); a pollster that goes on writing meanwhile would meet a schema that it
does not know, and a second upgrade would run into the first (whoever upgrades holds the writer's lease); and our
tables have names that others use as well, keystone's `project` and `user` for instance. So our own table of
revisions is what proves that a database is ours: without it, nothing with rows in it is ever touched.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, inspect, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import DropTable

from reporting_pollster.errors import SchemaOutdated
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import dialect_kind, reading, writing
from reporting_pollster.store.lease import Held, holding
from reporting_pollster.store.steps import create_table, with_server_options
from reporting_pollster.store.tables import Lease, SyncState

LOG = logging.getLogger(__name__)
Progress = Callable[[str], None]

DIRECTORY = Path(__file__).with_name("migrations")
VERSION_TABLE = "reporting_schema_revision"
PATIENCE_SECONDS = 60.0
_LOCK_SECONDS = 60

REVISIONS = Table(
    VERSION_TABLE,
    MetaData(),
    Column("version_num", String(32), primary_key=True, comment="Revision of the schema that this database has"),
    comment="What migrations were done; a database with this table belongs to the pollster",
)
_LEASE: Table = Lease.__table__  # type: ignore[assignment]
_STATE: Table = SyncState.__table__  # type: ignore[assignment]


class Content(Enum):
    """Whose tables a database holds."""

    EMPTY = "none of ours"
    OURS = "ours, whatever their revision"
    ESTABLISHED = "those of the established pollster"
    FOREIGN = "tables of others with names that we need"


@dataclass(frozen=True)
class Change:
    """What an upgrade did: the revisions before and after. None before means that there was no schema."""

    before: str | None
    after: str

    @property
    def is_none(self) -> bool:
        return self.before == self.after


def head() -> str:
    """The revision that this version of the program needs."""
    newest = _scripts().get_current_head()
    assert newest is not None
    return newest


def current(engine: Engine) -> str | None:
    """The revision that the database has; None when its schema is absent or was begun and never finished."""
    with reading(engine) as connection:
        return _revision(connection)


def require_current(engine: Engine) -> None:
    """Raise SchemaOutdated unless the database has exactly the schema that we need."""
    found = current(engine)
    if found == head():
        return
    if found is None:
        raise SchemaOutdated("the reporting database has no schema yet", hint="run reporting-db-sync")
    _require_known(found)
    raise SchemaOutdated(
        "the reporting database has an older schema than this version needs",
        hint="run reporting-db-sync",
        revision=found,
        needed=head(),
    )


def upgrade(engine: Engine, progress: Progress | None = None, *, patience: float = PATIENCE_SECONDS) -> Change:
    """Create the schema or bring it up to date; nothing happens when it already is.

    Waits up to `patience` seconds for another writer. Each revision is a transaction, except on MySQL, where it can
    be repeated.
    """
    found = current(engine)
    if found == head():
        return Change(found, found)
    with _alone(engine, patience) as held:
        return _upgrade(engine, held, progress)


def recreate(engine: Engine, progress: Progress | None = None, *, patience: float = PATIENCE_SECONDS) -> Change:
    """Drop every table of ours, and no other, and build them anew: everything is then read from the sources again.

    The lease stays: its token must go on growing, or a paused writer of the old tables might be taken for the new.
    """
    with _alone(engine, patience) as held:
        before = current(engine)
        with writing(engine) as connection:
            held.check(connection)
            _be_impatient(connection)
            _drop(connection)
        return Change(before, _upgrade(engine, held, progress).after)


def content(connection: Connection) -> Content:
    """Whose tables the database holds."""
    present = set(inspect(connection).get_table_names())
    if VERSION_TABLE in present:
        return Content.OURS
    taken = present & _our_names()
    if not taken:
        return Content.EMPTY
    return Content.ESTABLISHED if _is_established(connection, taken) else Content.FOREIGN


def _upgrade(engine: Engine, held: Held, progress: Progress | None) -> Change:
    before = current(engine)  # another one may have done it while we waited
    if before is not None:
        _require_known(before)
    for revision in _pending(before):
        if progress is not None:
            progress(f"{revision.revision}: {revision.doc}")
        with writing(engine) as connection:
            held.check(connection)
            _be_impatient(connection)
            command.upgrade(_config(connection), revision.revision)
        LOG.info("schema upgraded revision=%s", revision.revision)
    return Change(before, head())


def _pending(found: str | None) -> list[Script]:
    """The revisions that are to be done, in their order."""
    return list(_scripts().iterate_revisions(head(), found or "base"))[::-1]


def _require_known(revision: str) -> None:
    if revision not in {script.revision for script in _scripts().walk_revisions()}:
        raise SchemaOutdated(
            "the reporting database has a schema that this version does not know",
            hint="install the version that made it, or rebuild it with reporting-db-sync --recreate",
            revision=revision,
        )


@contextmanager
def _alone(engine: Engine, patience: float) -> Iterator[Held]:
    """Nobody else writes within, and the database is one that we may change."""
    with writing(engine) as connection:
        _require_ours(connection)
    _make_sure_of(engine, _LEASE)
    with holding(engine, patience=patience) as held:
        with writing(engine) as connection:
            _require_ours(connection)
        _make_sure_of(engine, REVISIONS)
        yield held


def _require_ours(connection: Connection) -> None:
    found = content(connection)
    if found is Content.ESTABLISHED:
        raise SchemaOutdated(
            "this database holds the tables and rows of the established pollster, which are left as they are",
            hint="give the pollster an empty database of its own",
        )
    if found is Content.FOREIGN:
        raise SchemaOutdated(
            "this database belongs to another program: it has tables with names that we need",
            hint="give the pollster an empty database of its own",
            tables=", ".join(sorted(set(inspect(connection).get_table_names()) & _our_names())),
        )


def _make_sure_of(engine: Engine, table: Table) -> None:
    """Create a table that must be there before anybody can take turns."""
    try:
        with writing(engine) as connection:
            create_table(connection, with_server_options(table))
    except DBAPIError:  # PostgreSQL, when two create it at once
        with reading(engine) as connection:
            if not inspect(connection).has_table(table.name):
                raise


def _drop(connection: Connection) -> None:
    """Drop our tables, those first whose rows would make the rest look complete if we are killed on the way."""
    first = (REVISIONS, _STATE)
    others = [table for table in whole_metadata().sorted_tables if table not in (*first, _LEASE)]
    for table in (*first, *others):
        connection.execute(DropTable(table, if_exists=True))
    create_table(connection, REVISIONS)


def _is_established(connection: Connection, taken: set[str]) -> bool:
    """Whether the tables are those of the pollster whose schema ours continues: its table of tables tells."""
    if "metadata" not in taken:
        return False
    columns = {column["name"] for column in inspect(connection).get_columns("metadata")}
    return columns >= {"table_name", "last_update", "row_count"}


def _our_names() -> set[str]:
    return set(whole_metadata().tables) - {_LEASE.name}


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(select(REVISIONS.c.version_num)).scalar()


def _be_impatient(connection: Connection) -> None:
    """MariaDB would wait a day for a reader that keeps a table open."""
    if dialect_kind(connection) == "mysql":
        connection.exec_driver_sql(f"SET SESSION lock_wait_timeout = {_LOCK_SECONDS}")


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(DIRECTORY))
    config.attributes["connection"] = connection
    return config
