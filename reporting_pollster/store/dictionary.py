"""The data dictionary: every table, view and column with its meaning, taken from the comments that databases show too.

Readers come with one of two questions, what a query for the established tables may go on using and what there is
besides, so the established columns are marked and the tables grouped by whom they are for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, ColumnElement, MetaData, String, Table

from reporting_pollster.derived.view import views
from reporting_pollster.derived.view.base import View
from reporting_pollster.entities import catalogue
from reporting_pollster.store.dialects import DIALECTS
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
    "Views": "Queries with a name, for the common questions: names are joined, hours stand beside seconds. They are"
    " made anew by every upgrade; the [cookbook](../docs/how-to/cookbook.md) shows their use.",
    "Staging": "Rows just read, on their way into a table; empty between cycles, and nothing to report from.",
}


def dictionary(metadata: MetaData, revision: str) -> str:
    """The whole page, in Markdown."""
    tables = [*metadata.tables.values(), REVISIONS]
    groups = {name: {each.name: _table(each) for each in tables if _group(each) == name} for name in _GROUPS}
    groups["Views"] = {name: _view(view) for name, view in views().items()}
    parts = [_INTRODUCTION, f"Schema revision `{revision}`.\n"]
    parts += [f"- {name}: {', '.join(map(_link, sorted(found)))}" for name, found in groups.items()]
    for name, found in groups.items():
        parts.append(f"\n## {name}\n\n{_GROUPS[name]}")
        parts += ["\n".join(lines) for _, lines in sorted(found.items())]
    return "\n".join(parts) + "\n"


def _group(table: Table) -> str:
    if table.name in ESTABLISHED:
        return "Established tables"
    if table.name in catalogue():
        return "Added tables"
    if table.name.removeprefix("stage_") in catalogue():
        return "Staging"
    return "History" if table.name.removesuffix("_history") in catalogue() else "The pollster's own tables"


def _link(name: str) -> str:
    return f"[{name}](#{name})"


def _table(table: Table) -> Iterator[str]:
    established = ESTABLISHED.get(table.name, ())
    yield f"\n### {table.name}\n\n{_cell(table.comment)}\n"
    yield "| Column | Type | Null | Key | Meaning |"
    yield "|---|---|---|---|---|"
    for column in table.columns:
        name = f"`{column.name}`" + (" ●" if column.name in established else "")
        null = "yes" if column.nullable else "no"
        yield f"| {name} | {_type(column)} | {null} | {_keys(column)} | {_cell(column.comment)} |"


def _view(view: View) -> Iterator[str]:
    yield f"\n### {view.name}\n\n{_cell(view.comment)}\n"
    yield "| Column | Type | Meaning |"
    yield "|---|---|---|"
    for column in view.query().selected_columns:
        yield f"| `{column.name}` | {_type(column)} | {_cell(view.columns[column.name])} |"


def _type(column: ColumnElement[Any]) -> str:
    if isinstance(column.type, String) and column.type.length is None:
        return "varchar"
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
