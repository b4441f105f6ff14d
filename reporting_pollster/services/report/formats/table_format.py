"""A table in plain text, as wide as its content: for pipes, files and mail.

Columns are as wide as the first rows need; a longer value further down pushes its line aside, and memory stays flat.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from reporting_pollster.reports.base import Column
from reporting_pollster.services.report.formats.shown import Totals, about, is_number, shown_text
from reporting_pollster.services.report.result import ReportResult, Row

_MEASURED = 500


def as_table(result: ReportResult) -> Iterator[bytes]:
    """The report as plain text in UTF-8."""
    for line in _lines(result):
        yield f"{line}\n".encode()


def heading(result: ReportResult) -> Iterator[str]:
    """The lines above a table."""
    yield result.title
    if result.parameters:
        yield about(dict(result.parameters))
    yield from result.notes


def _lines(result: ReportResult) -> Iterator[str]:
    yield from heading(result)
    yield ""
    totals = Totals(result.columns)
    rows = _counted(result.rows, totals)
    texts = ([_one_line(shown_text(*each)) for each in zip(result.columns, row, strict=True)] for row in rows)
    measured = list(islice(texts, _MEASURED))
    titles = [column.title for column in result.columns]
    widths = [max(map(len, values)) for values in zip(titles, *measured, strict=True)]
    # a sum is longer than its parts
    widths = [width + 2 * column.total for width, column in zip(widths, result.columns, strict=True)]
    yield _line(result.columns, titles, widths)
    yield "  ".join("─" * width for width in widths)
    for row in chain(measured, texts):
        yield _line(result.columns, row, widths)
    last = totals.texts()
    if last is not None:
        yield "  ".join("─" * width for width in widths)
        yield _line(result.columns, last, widths)


def _counted(rows: Iterable[Row], totals: Totals) -> Iterator[Row]:
    for row in rows:
        totals.add(row)
        yield row


def _line(columns: Iterable[Column], texts: Iterable[str], widths: Iterable[int]) -> str:
    cells = (
        value.rjust(width) if is_number(column) else value.ljust(width)
        for column, value, width in zip(columns, texts, widths, strict=True)
    )
    return "  ".join(cells).rstrip()


def _one_line(value: str) -> str:
    """A name with a line break or a colour in it must not look like another row."""
    return "".join(each if each.isprintable() else "�" for each in value)
