"""What alembic runs to migrate on a connection that `reporting_pollster.store.migration` hands over.

The `alembic` command has none. It is good for `history`, `heads` and `show`; migrating by it would neither ask whose
database it is nor keep other writers away, so that is refused.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from reporting_pollster.errors import SchemaRefused
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.ownership import VERSION_TABLE


def _run(connection: Connection | None) -> None:
    if connection is None:
        raise SchemaRefused("alembic alone does not migrate the reporting database", hint="run reporting-db-sync")
    context.configure(connection=connection, target_metadata=whole_metadata(), version_table=VERSION_TABLE)
    context.run_migrations()


_run(context.config.attributes.get("connection"))
