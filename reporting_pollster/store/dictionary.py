"""The data dictionary: every table and column with its meaning, taken from the comments that the databases show too.

Readers come with one of two questions, what a query for the established tables may go on using and what there is
besides, so the established columns are marked and the tables grouped by whom they are for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, MetaData, Table

from reporting_pollster.entities import catalogue
from reporting_pollster.store.ddl import DIALECTS
from reporting_pollster.store.established import ESTABLISHED
from reporting_pollster.store.ownership import REVISIONS

_INTRODUCTION = """\
# Data dictionary

Generated from the tables' description by `make schema`; the databases show the same comments. Types are those of
MariaDB; `mariadb.sql`, `postgresql.sql` and `sqlite.sql` beside this page have them for each database.

Times are UTC with whole seconds. In the column *key*, **PK** is a part of the primary key, and a number says that the
column is the n-th of an index. A column marked **●** belongs to the established reporting schema: its name and
meaning stay.
"""
_GROUPS = {
    "Established tables": "Known to queries and reports written for the established reporting database.",
    "Added tables": "Further tables filled from OpenStack.",
    "History": "Earlier versions of rows: a row is added when one of the columns shown changes in the table itself.",
    "The pollster's own tables": "What the pollster knows of its sources and of its work.",
    "Staging": "Rows just read, on their way into a table; empty between cycles, and nothing to report from.",
}


def dictionary(metadata: MetaData, revision: str) -> str:
    """The whole page, in Markdown."""
    tables = [*metadata.tables.values(), REVISIONS]
    groups = {name: sorted((each for each in tables if _group(each) == name), key=_name) for name in _GROUPS}
    parts = [_INTRODUCTION, f"Schema revision `{revision}`.\n"]
    parts += [f"- {name}: {', '.join(_link(table) for table in found)}" for name, found in groups.items()]
    for name, found in groups.items():
        parts.append(f"\n## {name}\n\n{_GROUPS[name]}")
        parts += ["\n".join(_table(table)) for table in found]
    return "\n".join(parts) + "\n"


def _group(table: Table) -> str:
    if table.name in ESTABLISHED:
        return "Established tables"
    if table.name in catalogue():
        return "Added tables"
    if table.name.removeprefix("stage_") in catalogue():
        return "Staging"
    return "History" if table.name.removesuffix("_history") in catalogue() else "The pollster's own tables"


def _name(table: Table) -> str:
    return str(table.name)


def _link(table: Table) -> str:
    return f"[{table.name}](#{table.name})"


def _table(table: Table) -> Iterator[str]:
    established = ESTABLISHED.get(table.name, ())
    yield f"\n### {table.name}\n\n{_cell(table.comment)}\n"
    yield "| Column | Type | Null | Key | Meaning |"
    yield "|---|---|---|---|---|"
    for column in table.columns:
        name = f"`{column.name}`" + (" ●" if column.name in established else "")
        null = "yes" if column.nullable else "no"
        yield f"| {name} | {_type(column)} | {null} | {_keys(column)} | {_cell(column.comment)} |"


def _type(column: Column[Any]) -> str:
    written = column.type.compile(dialect=DIALECTS["mysql"]).lower()
    return written.replace(" collate utf8mb4_bin", "")


def _keys(column: Column[Any]) -> str:
    """PK, and the best place that the column has in an index."""
    indexes = [list(index.columns) for index in column.table.indexes]
    places = [found.index(column) + 1 for found in indexes if column in found]
    words = ["PK"] if column.primary_key else []
    return " ".join([*words, *([str(min(places))] if places else [])])


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|")
