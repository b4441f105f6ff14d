"""What alembic runs to reach the reporting database.

The program itself migrates through `reporting_pollster.store.migration`, which hands over a connection with an open
transaction. For the `alembic` command, which knows of none, the configured reporting database is used.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, Engine

from reporting_pollster.config import load
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import create_store_engine, writing
from reporting_pollster.store.ownership import VERSION_TABLE


def _configured() -> Engine:
    settings = load()
    return create_store_engine(settings.reporting.connection, state_directory=settings.state_directory)


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=whole_metadata(), version_table=VERSION_TABLE)
    context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    with writing(_configured()) as connection:
        _run(connection)
