"""How rows are told: columns with title, type and unit, and an object for each row; the same shape everywhere.

Integers are integers, amounts of money are texts (readers of JSON make binary fractions of other numbers), times are
ISO 8601 with Z.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reporting_pollster.api.problem import MEDIA_TYPE as PROBLEM
from reporting_pollster.api.problem import SCHEMA as PROBLEM_SCHEMA
from reporting_pollster.api.resource import Answer, Schema
from reporting_pollster.reports.base import Column

_TYPES: Mapping[str, Schema] = {
    "text": {"type": ["string", "null"]},
    "integer": {"type": ["integer", "null"]},
    "decimal": {"type": ["string", "null"], "pattern": "^-?[0-9]+([.][0-9]+)?$"},
    "moment": {"type": ["string", "null"], "format": "date-time"},
    "day": {"type": ["string", "null"], "format": "date"},
    "flag": {"type": ["boolean", "null"]},
}
COLUMN_SCHEMA: Schema = {
    "type": "object",
    "required": ["name", "title", "type", "unit"],
    "properties": {
        "name": {"type": "string", "description": "Its name in each row"},
        "title": {"type": "string", "description": "Its name for people"},
        "type": {"enum": list(_TYPES)},
        "unit": {"type": "string", "description": "Unit of its values, empty when they have none"},
    },
}
LINKS_SCHEMA: Schema = {
    "type": "object",
    "properties": {"next": {"type": "string", "description": "The following page; not there on the last one"}},
}


def described(columns: Sequence[Column]) -> list[dict[str, str]]:
    """What is said of columns."""
    return [
        {"name": column.name, "title": column.title, "type": column.kind, "unit": column.unit} for column in columns
    ]


def rows_schema(*variants: Sequence[Column]) -> Schema:
    """The schema of rows that have one of some sets of columns."""
    found = [row_schema(columns) for columns in dict.fromkeys(map(tuple, variants))]
    return {"type": "array", "items": found[0] if len(found) == 1 else {"anyOf": found}}


def table_schema(*variants: Sequence[Column], **others: Any) -> Schema:
    """The schema of a document with columns and rows, and what else it has."""
    own = {"columns": {"type": "array", "items": COLUMN_SCHEMA}, "rows": rows_schema(*variants)}
    return {"type": "object", "required": [*others, *own], "properties": {**others, **own}}


def column_schema(column: Column) -> Schema:
    """The schema of a column's values."""
    unit = f", {column.unit}" if column.unit else ""
    return {**_TYPES[column.kind], "description": f"{column.title}{unit}"}


def row_schema(columns: Sequence[Column]) -> Schema:
    """The schema of one row."""
    properties = {column.name: column_schema(column) for column in columns}
    return {"type": "object", "required": list(properties), "properties": properties, "additionalProperties": False}


PROBLEMS: Mapping[int, str] = {
    400: "A parameter is not understood; the detail names it",
    401: "There is no valid token",
    403: "The token is valid, but this is not for those who see one project or domain only",
    404: "There is no such thing, or it is not for whoever asks",
    405: "Only the methods that the header Allow names are answered",
    406: "None of the accepted media types can be made",
    422: "The query takes too long: ask for less",
    503: "The reporting database or keystone is not available; try again",
}


def answers(answer: Answer, *problems: int) -> dict[int, Answer]:
    """An answer with the problems that may come instead: those that every route has, and its own."""
    every = sorted({400, 401, 403, 405, 422, 503, *problems})
    return {200: answer, **{status: Answer(PROBLEMS[status], {PROBLEM: PROBLEM_SCHEMA}) for status in every}}
