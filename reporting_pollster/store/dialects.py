"""The SQL of each kind of database, as text that is the same whatever driver there is."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Dialect
from sqlalchemy.dialects import mysql, postgresql, sqlite

from reporting_pollster.store.engine import Kind

# With named parameters a % in a comment stays one.
DIALECTS: Mapping[Kind, Dialect] = {
    "mysql": mysql.dialect(paramstyle="named"),
    "postgresql": postgresql.dialect(paramstyle="named"),  # type: ignore[no-untyped-call]
    "sqlite": sqlite.dialect(paramstyle="named"),
}
