"""Brings the reporting database's schema up to date, and says whether it is.

The revisions lie in `alembic/` at the top of the source tree. `migrations` beside this module is a link to it, which
a built wheel replaces with the files: so source tree, wheel and Debian package find them at the same place, whatever
the prefix, and not where some other program's `share` may be.

Two traps. MySQL commits each definition by itself, so a killed upgrade leaves half of one: the steps of a revision
look for what was done (see `steps`), and running it again completes it. And a pollster that goes on writing meanwhile
would meet a schema that it does not know, or a second upgrade the first: whoever upgrades holds the writer's lease.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, Engine, Table, inspect, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import DropTable

from reporting_pollster.errors import SchemaOutdated, SchemaRefused
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import dialect_kind, reading, writing
from reporting_pollster.store.failure import reason_of
from reporting_pollster.store.lease import Held, holding
from reporting_pollster.store.ownership import (
    LEASE,
    REVISIONS,
    VERSION_TABLE,
    make_way,
    require_empty,
    require_ours,
)
from reporting_pollster.store.steps import create_table, with_server_options
from reporting_pollster.store.tables import SyncState
from reporting_pollster.store.views import drop_views

LOG = logging.getLogger(__name__)
Progress = Callable[[str], None]

DIRECTORY = Path(__file__).with_name("migrations")
PATIENCE_SECONDS = 60.0
_LOCK_SECONDS = 60
_STATE: Table = SyncState.__table__  # type: ignore[assignment]


@dataclass(frozen=True)
class Change:
    """The revisions before and after; none before means that there was no complete schema."""

    before: str | None
    after: str


def head() -> str:
    """The revision that this version of the program needs."""
    newest = _scripts().get_current_head()
    assert newest is not None
    return newest


def revisions() -> tuple[str, ...]:
    """All revisions, the newest first."""
    return tuple(script.revision for script in _scripts().walk_revisions())


def current(engine: Engine) -> str | None:
    """The revision that the database has; None when its schema is absent, or was begun and never finished."""
    with reading(engine) as connection:
        if not inspect(connection).has_table(VERSION_TABLE):
            return None
        return connection.execute(select(REVISIONS.c.version_num)).scalar()


def require_current(engine: Engine) -> None:
    """Raise SchemaOutdated unless the database has exactly the schema that we need."""
    found = current(engine)
    if found == head():
        return
    _require_known(found)
    what = "no schema yet" if found is None else "an older schema than this version needs"
    raise SchemaOutdated(
        f"the reporting database has {what}", hint="run reporting-db-sync", revision=found, needed=head()
    )


def upgrade(engine: Engine, progress: Progress | None = None, *, patience: float = PATIENCE_SECONDS) -> Change:
    """Create the schema or bring it up to date; nothing happens when it already is.

    Waits up to `patience` seconds for another writer. Each revision is a transaction, except on MySQL, where it can
    be repeated. Raises SchemaRefused when the database is not ours.
    """
    found = current(engine)
    if found == head():
        return Change(found, found)
    with _alone(engine, patience) as held:
        return _upgrade(engine, held, progress)


def recreate(engine: Engine, progress: Progress | None = None, *, patience: float = PATIENCE_SECONDS) -> Change:
    """Drop every table of ours, and no other, and build them anew: everything is then read from the sources again."""
    with _alone(engine, patience) as held:
        before = current(engine)
        with _changing(engine, held) as connection:
            _drop(connection)
        return Change(before, _upgrade(engine, held, progress).after)


def load(
    engine: Engine,
    script: Sequence[str],
    progress: Progress | None = None,
    *,
    again: bool = False,
    patience: float = PATIENCE_SECONDS,
) -> Change:
    """Run the statements of a schema file on an empty database, then create what it did not.

    With `again` our tables are dropped before. A file of ours brings its revision along. The established pollster's
    file leaves tables whose keys ours can't do with; as long as they are empty, ours replace them.
    """
    with _alone(engine, patience) as held:
        before = current(engine)
        with _changing(engine, held) as connection:  # where it can be, a file that fails has dropped nothing
            if again:
                _drop(connection)
            require_empty(connection)
            for statement in script:
                _run(connection, statement)
        return Change(before, _upgrade(engine, held, progress).after)


@contextmanager
def _alone(engine: Engine, patience: float) -> Iterator[Held]:
    """Nobody else writes within, and the database is one that we may change."""
    with writing(engine) as connection:
        require_ours(connection)
    _make_sure_of(engine, LEASE)
    with holding(engine, patience=patience) as held:
        with writing(engine) as connection:
            require_ours(connection)  # whoever we waited for may have had other ideas
        yield held


@contextmanager
def _changing(engine: Engine, held: Held) -> Iterator[Connection]:
    """A transaction for definitions; MariaDB would wait a day for a reader that keeps a table open."""
    with _refusals(), writing(engine) as connection:
        held.check(connection)
        if dialect_kind(connection) == "mysql":
            connection.exec_driver_sql(f"SET SESSION lock_wait_timeout = {_LOCK_SECONDS}")
        yield connection


@contextmanager
def _refusals() -> Iterator[None]:
    """What the server refuses in earnest is one error of ours."""
    try:
        yield
    except DBAPIError as error:
        raise SchemaRefused(
            "the reporting database refused a change of its schema",
            hint="check that the account may CREATE, CREATE VIEW, ALTER, INDEX and DROP, that no view of yours needs "
            "what goes, and that no table has the name of a view of ours",
            reason=reason_of(error.orig or error),
        ) from error


def _upgrade(engine: Engine, held: Held, progress: Progress | None) -> Change:
    before = current(engine)  # another one may have done it while we waited
    _require_known(before)
    with _changing(engine, held) as connection:
        make_way(connection)
    _make_sure_of(engine, REVISIONS)
    pending = _pending(before)
    if pending:
        with _changing(engine, held) as connection:
            drop_views(connection)  # the newest revision makes them anew
    for revision in pending:
        if progress is not None:
            progress(f"{revision.revision}: {revision.doc}")
        with _changing(engine, held) as connection:
            command.upgrade(_config(connection), revision.revision)
        LOG.info("schema upgraded revision=%s", revision.revision)
    return Change(before, head())


def _pending(found: str | None) -> list[Script]:
    """The revisions that are to be done, in their order."""
    return list(_scripts().iterate_revisions(head(), found or "base"))[::-1]


def _require_known(revision: str | None) -> None:
    if revision is not None and revision not in revisions():
        raise SchemaOutdated(
            "the reporting database has a schema that this version does not know",
            hint="install the version that made it, or rebuild it with reporting-db-sync --recreate",
            revision=revision,
        )


def _drop(connection: Connection) -> None:
    """Drop our tables, first those whose rows would make the others look complete if we are killed on the way.

    The table of revisions goes last and is emptied first: it says that what is left is ours. The lease stays: its
    token must go on growing, or a paused writer of the old tables might be taken for one of the new.
    """
    make_way(connection)
    create_table(connection, with_server_options(REVISIONS))
    connection.execute(REVISIONS.delete())
    drop_views(connection)
    others = [table for table in whole_metadata().sorted_tables if table not in (_STATE, LEASE)]
    for table in (_STATE, *others, REVISIONS):
        connection.execute(DropTable(table, if_exists=True))
    LOG.info("schema dropped tables=%d", len(others) + 2)


def _run(connection: Connection, statement: str) -> None:
    try:
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})  # a % is a %
    except DBAPIError as error:
        raise SchemaRefused(
            "the schema file can't be loaded",
            statement=" ".join(statement.split())[:100],
            reason=reason_of(error.orig or error),
        ) from error


def _make_sure_of(engine: Engine, table: Table) -> None:
    """Create a table that must be there before anybody can take turns."""
    try:
        with _refusals(), writing(engine) as connection:
            create_table(connection, with_server_options(table))
    except SchemaRefused:  # PostgreSQL, when two create it at once
        with reading(engine) as connection:
            if not inspect(connection).has_table(table.name):
                raise


@cache
def _scripts() -> ScriptDirectory:
    """What alembic knows of the revisions; reading them takes a while."""
    return ScriptDirectory.from_config(_config())


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(DIRECTORY).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
