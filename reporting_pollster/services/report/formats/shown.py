"""Values and amounts as people read them: hours for seconds, a blank for nothing, sums at the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal

from reporting_pollster.reports.base import Column
from reporting_pollster.services.report.result import Row

_HUNDREDTH = Decimal("0.01")
_NUMBERS = ("integer", "decimal")


def shown(column: Column, value: object) -> object:
    """The value in people's unit."""
    if value is None:
        return None
    if isinstance(value, int) and column.per != 1:
        return (Decimal(value) / column.per).quantize(_HUNDREDTH, ROUND_HALF_EVEN)
    return value


def shown_text(column: Column, value: object) -> str:
    """The value as text in people's unit."""
    found = shown(column, value)
    match found:
        case None:
            return ""
        case bool():
            return "yes" if found else "no"
        case datetime():
            return found.strftime("%Y-%m-%d %H:%M:%S")
    return str(found)


def is_number(column: Column) -> bool:
    """Whether values are to be set to the right."""
    return column.kind in _NUMBERS


class Totals:
    """Sums of the columns that have one."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._places = [number for number, column in enumerate(columns) if column.total]
        self._sums: list[object] = [None] * len(columns)
        self.rows = 0

    def add(self, row: Row) -> None:
        """Count one row in."""
        self.rows += 1
        for place in self._places:
            value = row[place]
            if value is not None:
                self._sums[place] = value + (self._sums[place] or 0)  # type: ignore[operator]

    @property
    def row(self) -> Row | None:
        """The last line; None when it would say nothing new."""
        if self.rows < 2 or not self._places:
            return None
        first = next((number for number, column in enumerate(self._columns) if not is_number(column)), None)
        return tuple("total" if number == first else value for number, value in enumerate(self._sums))

    def texts(self) -> list[str] | None:
        """The last line as text."""
        row = self.row
        if row is None:
            return None
        return [
            value if isinstance(value, str) else shown_text(column, value)
            for column, value in zip(self._columns, row, strict=True)
        ]


def about(parameters: dict[str, str]) -> str:
    """What was asked, in one line."""
    return ", ".join(f"{name} {value}" for name, value in parameters.items())
