"""`/v2/quarantine`: rows of the sources that could not be loaded as they are, for who sees everything."""

from __future__ import annotations

from flask import Response

from reporting_pollster.api.current import application
from reporting_pollster.api.resource import Answer, Parameter
from reporting_pollster.api.v2.asked import permit, text_of, v2_resource, words
from reporting_pollster.api.v2.pages import LIMIT, document, place
from reporting_pollster.api.v2.parameters import NAME
from reporting_pollster.api.v2.table import answers, described, table_schema
from reporting_pollster.exports.formats.plain import plain
from reporting_pollster.reports.base import moment, text
from reporting_pollster.services.quarantine import OpenProblem

RESOURCE = v2_resource("v2_quarantine", __name__, "/v2/quarantine")
_COLUMNS = (
    text("table", "Table"),
    text("source", "Cell, or 'region' for all of it"),
    text("key", "Key of the row"),
    text("column", "Column at fault; empty for the whole row"),
    text("reason", "What is wrong"),
    text("action", "repaired: loaded without the value; withheld: not loaded"),
    moment("first_seen", "First met"),
    moment("last_seen", "Last met"),
    text("raw", "The row as it was read, as JSON"),
)


@RESOURCE.answers(
    "GET",
    "",
    "Rows of the sources that could not be loaded as they are, those met last first",
    answers(Answer("The rows", {"application/json": table_schema(_COLUMNS)}), 404),
    parameters=(Parameter("table", NAME, "Only those of this table"), LIMIT),
)
def quarantine() -> Response:
    table = text_of("table")
    tables = () if table is None else (table,)
    found = application().questions(permit()).quarantine(tables, place(words()).limit)
    return document({"columns": described(_COLUMNS), "rows": [_row(each) for each in found]})


def _row(each: OpenProblem) -> dict[str, object]:
    return {column.name: plain(getattr(each, column.name)) for column in _COLUMNS}
