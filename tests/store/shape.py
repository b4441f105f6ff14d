"""What a database's tables look like, asked from the database, so that two databases can be compared."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect

from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.ownership import VERSION_TABLE

_COLUMN = ("name", "nullable", "default", "comment", "autoincrement")


def shape(engine: Engine) -> dict[str, Any]:
    """Columns, keys, indexes, comments and options of every table, and every view."""
    inspector = inspect(engine)
    columns = {
        table: [
            (str(each["type"]), getattr(each["type"], "collation", None), *map(each.get, _COLUMN)) for each in found
        ]
        for (_, table), found in inspector.get_multi_columns().items()
    }
    indexes = {
        table: sorted((each["name"], each["column_names"], each["unique"]) for each in found)
        for (_, table), found in inspector.get_multi_indexes().items()
    }
    found = {"columns": columns, "indexes": indexes, "keys": inspector.get_multi_pk_constraint()}
    found["views"] = {name: _view(engine, name) for name in sorted(inspector.get_view_names())}
    if engine.dialect.supports_comments:
        found["comments"] = inspector.get_multi_table_comment()
    if engine.dialect.name == "mysql":
        found["options"] = inspector.get_multi_table_options()
    return found


def _view(engine: Engine, name: str) -> Any:
    """Definition and comments of a view."""
    inspector = inspect(engine)
    columns = [(each["name"], str(each["type"]), each.get("comment")) for each in inspector.get_columns(name)]
    text = (inspector.get_view_definition(name) or "").replace(f"`{engine.url.database}`.", "")
    return text, columns


def differences(engine: Engine) -> list[Any]:
    """What alembic finds to be different between the database and the tables' description."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        return list(compare_metadata(context, whole_metadata()))
