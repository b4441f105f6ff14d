"""Reports as resources: what their documents look like, and the view that answers one."""

from __future__ import annotations

from flask import Response

from reporting_pollster.api.current import application
from reporting_pollster.api.resource import Answer, Parameter, Schema
from reporting_pollster.api.v2.asked import permit, words
from reporting_pollster.api.v2.parameters import of_report, our_words, report_words
from reporting_pollster.api.v2.stream import OFFERED, streamed, wanted_format
from reporting_pollster.api.v2.table import answers, rows_schema, table_schema
from reporting_pollster.reports.base import Column, Report
from reporting_pollster.services.report import FORMATS, read_request

FORMAT = Parameter(
    "format",
    {"type": "string", "enum": list(OFFERED)},
    "How it is told; without it, what the header Accept says, and JSON for who takes anything",
)
_TIME: Schema = {"type": ["string", "null"], "format": "date-time"}
HEAD: dict[str, Schema] = {
    "report": {"type": "string", "description": "Name of the report"},
    "title": {"type": "string"},
    "parameters": {
        "type": "object",
        "description": "What was asked, defaults included",
        "additionalProperties": {"type": "string"},
    },
    "begin": {**_TIME, "description": "Begin of the time span that it is about"},
    "end": {**_TIME, "description": "End of the time span, exclusive"},
    "as_of": {**_TIME, "description": "The instant whose state it tells"},
    "as_known_at": {**_TIME, "description": "The instant whose knowledge was asked for"},
    "notes": {"type": "array", "items": {"type": "string"}, "description": "On what knowledge the answer rests"},
}


def parameters(report: Report) -> tuple[Parameter, ...]:
    """What may be asked of a report."""
    return (*of_report(report), FORMAT)


def content(*variants: tuple[Column, ...]) -> dict[str, Schema]:
    """The media types of a report with one of some sets of columns."""
    text = {"type": "string", "description": "A line with the names of the columns, then one for each row"}
    whole = {"type": "string", "contentMediaType": FORMATS["parquet"].media_type}
    return {
        "application/json": table_schema(*variants, **HEAD),
        "text/csv": text,
        FORMATS["parquet"].media_type: whole,
    }


def variants(report: Report) -> list[tuple[Column, ...]]:
    """The sets of columns that a report may have, depending on what a row is of."""
    return [report.columns_by(by) for by in report.by] or [report.columns]


def report_answers(report: Report, *sets: tuple[Column, ...]) -> dict[int, Answer]:
    """The answers of a report's route."""
    return answers(Answer(f"{report.title}: {report.description}", content(*(sets or variants(report)))), 404, 406)


def answer(name: str, report: Report) -> Response:
    """The report that this request asks for."""
    wanted = wanted_format()
    given = {name: value for name, value in words().items() if name != FORMAT.name}
    questions = application().questions(permit())
    with our_words():
        asked = read_request(report, report_words(given))
        return streamed(questions.cost(asked) if name == "cost" else questions.report(name, asked), wanted)


__all__ = ["FORMAT", "answer", "content", "parameters", "report_answers", "rows_schema", "variants"]
