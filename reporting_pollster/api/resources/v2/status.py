"""`/v2/status`: how fresh the answers are."""

from __future__ import annotations

from typing import Any

from flask import Response

from reporting_pollster.api.current import application
from reporting_pollster.api.resource import Answer, Schema
from reporting_pollster.api.v2.asked import permit, v2_resource
from reporting_pollster.api.v2.pages import document
from reporting_pollster.api.v2.table import answers, described, table_schema
from reporting_pollster.exports.formats.plain import plain
from reporting_pollster.reports.base import Column, moment, number, text
from reporting_pollster.services.status import SourceStatus

RESOURCE = v2_resource("v2_status", __name__, "/v2/status")
_COLUMNS = (
    text("table", "Table"),
    text("source", "Cell, or 'region' for all of it; empty for who does not see everything"),
    text("state", "fresh, loading, stale or not configured"),
    Column("stale", "Stale", "flag"),
    moment("succeeded_at", "Last read with success"),
    number("behind_seconds", "Since then", "s"),
    number("rows", "Rows of the whole table"),
    number("quarantined", "Problems of rows that are open"),
    text("problem", "Why it is stale"),
    moment("swept_at", "When the walk along the key last reached the end"),
    text("walk", "Where the walk is"),
    moment("run_started", "Begin of the last run"),
    Column("run_seconds", "Its duration, s", "decimal", "s"),
    text("run_outcome", "done, failed or refused"),
    number("run_read", "Rows that it read"),
    number("run_new", "Rows that it brought"),
    number("run_changed", "Rows that it changed"),
    number("run_gone", "Rows that vanished"),
)
_WRITER: Schema = {
    "type": ["object", "null"],
    "description": "Who writes to the database at the moment; null for nobody, and for who does not see everything",
    "properties": {"holder": {"type": "string"}, "until": {"type": "string", "format": "date-time"}},
}
_SCHEMA = table_schema(
    _COLUMNS,
    now={"type": "string", "format": "date-time", "description": "The reporting database's clock"},
    stale={"type": "boolean", "description": "Whether any source is"},
    writer=_WRITER,
)


@RESOURCE.answers(
    "GET",
    "",
    "How fresh each source of each table is, and what its last run did; for who does not see everything, each table",
    answers(Answer("The sources", {"application/json": _SCHEMA})),
)
def status() -> Response:
    found = application().questions(permit()).status()
    writer = {"holder": found.writer, "until": plain(found.writer_until)} if found.writer else None
    names = [column.name for column in _COLUMNS]
    rows = [dict(zip(names, map(plain, _row(source)), strict=True)) for source in found.sources]
    return document(
        {
            "now": plain(found.now),
            "stale": found.is_stale,
            "writer": writer,
            "columns": described(_COLUMNS),
            "rows": rows,
        }
    )


def _row(source: SourceStatus) -> tuple[Any, ...]:
    run = source.last_run
    last = (run.started, f"{run.seconds:.3f}", run.outcome, run.read, run.new, run.changed, run.gone) if run else ()
    return (
        source.table,
        source.source,
        _state(source),
        source.stale,
        source.succeeded_at,
        source.behind_seconds,
        source.rows,
        source.quarantined,
        source.problem,
        source.swept_at,
        source.walk,
        *(last or (None,) * 7),
    )


def _state(source: SourceStatus) -> str:
    if not source.configured:
        return "not configured"
    if source.stale:
        return "stale"
    return "fresh" if source.loaded else "loading"
