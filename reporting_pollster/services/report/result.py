"""What a report answers, before it has a format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from reporting_pollster.reports.base import Chart, Column

Row = tuple[object, ...]


@dataclass(frozen=True)
class ReportResult:
    """Columns, and the rows as they come from the database: to be read once, while the report is open.

    `begin` and `end` are the span that it is about, `as_of` the instant, `as_known_at` the knowledge asked for.
    Nothing here depends on when the report was made, if `as_known_at` was given.
    """

    name: str
    title: str
    parameters: Mapping[str, str]
    columns: tuple[Column, ...]
    rows: Iterator[Row]
    notes: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    begin: datetime | None = None
    end: datetime | None = None
    as_of: datetime | None = None
    as_known_at: datetime | None = None
