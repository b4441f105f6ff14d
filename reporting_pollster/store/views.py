"""Makes the views: dropped before any table changes, made anew by the newest revision before it is recorded.

PostgreSQL refuses to change a table that a view reads, and a view that was not made anew would miss a column; so they
live from one upgrade to the next. That they come before the record of the revision counts where definitions can't be
rolled back: a killed upgrade is then repeated as a whole, and what is recorded has its views. Their text is part of the
revision's id, so that a change of a view asks for an upgrade like a change of a table.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from alembic import op
from sqlalchemy import Connection, Dialect

from reporting_pollster.derived.view import views
from reporting_pollster.derived.view.base import View
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.dialects import DIALECTS
from reporting_pollster.store.engine import Kind, dialect_kind

_TOKEN = re.compile(r"'[^']*'|[(),]|[^'(),]+")
# Whoever may read the tables may read the views, also when the account that made them is gone.
_CREATE = {"mysql": "CREATE SQL SECURITY INVOKER VIEW", "postgresql": "CREATE VIEW", "sqlite": "CREATE VIEW"}


def create_views(revision: str) -> None:
    """A step of a migration: make the views, if this is the newest revision; they are of its tables."""
    script = op.get_context().script
    if script is None or script.get_current_head() != revision:
        return
    connection = op.get_bind()
    drop_views(connection)
    for name in views():
        for statement in view_statements(name, dialect_kind(connection)):
            _run(connection, statement)


def drop_views(connection: Connection) -> None:
    """Drop our views, as far as they are there."""
    quote = connection.dialect.identifier_preparer.quote
    for name in views():
        _run(connection, f"DROP VIEW IF EXISTS {quote(name)}")


def view_statements(name: str, kind: Kind) -> Iterator[str]:
    """The statements that make a view, with comments where the server takes them."""
    whole_metadata()  # queries name tables of entities
    view, dialect = views()[name], DIALECTS[kind]
    yield f"{_CREATE[kind]} {name} AS\n{_query_text(view, dialect)}"
    if kind == "postgresql":
        yield f"COMMENT ON VIEW {name} IS {_literal(view.comment)}"
        for column, comment in view.columns.items():
            yield f"COMMENT ON COLUMN {name}.{column} IS {_literal(comment)}"


def views_digest() -> str:
    """What tells one state of all views from another."""
    text = "\n".join(each for name in views() for kind in DIALECTS for each in view_statements(name, kind))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _query_text(view: View, dialect: Dialect) -> str:
    """The query, with a line for each of its columns."""
    query = str(view.query().compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    depth, parts = 0, list[str]()
    for token in _TOKEN.findall(query):
        depth += {"(": 1, ")": -1}.get(token, 0)
        parts.append(",\n   " if token == "," and depth == 0 else token)
    return "\n".join(line.rstrip() for line in "".join(parts).split("\n"))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _run(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement, execution_options={"no_parameters": True})  # a % is a %
