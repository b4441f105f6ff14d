"""One month of an export, and the parts that it is written in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Executable

from reporting_pollster.domain.rates import PriceList
from reporting_pollster.exports.field import Field, Row
from reporting_pollster.reports.base import Asked

_STREAMED: Mapping[str, Any] = {"stream_results": True, "max_row_buffer": 5000}


class Part(NamedTuple):
    """Rows that make one file: the folder says what they are of."""

    folder: str
    fields: Sequence[Field]
    rows: Iterator[Row]


@dataclass(frozen=True)
class Month:
    """What of a month was asked for: [begin, end), from the month that begins at `first`.

    Rows are to be read part by part: not every database has two answers under way. `notes` may grow while they are.
    """

    connection: Connection
    asked: Asked
    first: datetime
    begin: datetime
    end: datetime
    rates: PriceList | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.first:%Y-%m}"

    def stream(self, query: Executable) -> Iterator[Any]:
        """The rows of a query, as they come from the database."""
        yield from self.connection.execute(query, execution_options=_STREAMED)
