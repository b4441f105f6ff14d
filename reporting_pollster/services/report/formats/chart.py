"""Charts as inline SVG: horizontal bars for a ranking, columns for a course in time.

They are drawn while rows pass by, of which only what is drawn is kept, and have neither script nor font of their own.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from decimal import Decimal
from html import escape
from typing import NamedTuple

from reporting_pollster.reports.base import Chart, Column
from reporting_pollster.services.report.formats.shown import shown, shown_text
from reporting_pollster.services.report.result import Row

_BARS = 15
_COLUMNS = 400
_WIDTH, _ROW, _LABEL, _VALUE, _HEIGHT = 800, 24, 240, 110, 220
_LONGEST = 34


class _Bar(NamedTuple):
    value: Decimal
    order: int
    label: str
    text: str


class Drawing:
    """One chart of a result, in the making."""

    def __init__(self, chart: Chart, columns: Sequence[Column]) -> None:
        names = [column.name for column in columns]
        self._chart = chart
        self._columns = columns
        self._labels = [names.index(name) for name in chart.label]
        self._value = names.index(chart.value)
        self._bars: list[_Bar] = []
        self._seen = 0

    def add(self, row: Row) -> None:
        """Take a row into account."""
        column, value = self._columns[self._value], row[self._value]
        if not isinstance(value, int | Decimal) or value <= 0:
            return
        self._seen += 1
        label = " · ".join(filter(None, (shown_text(self._columns[place], row[place]) for place in self._labels)))
        label = label or shown_text(self._columns[0], row[0]) or "(none)"  # who has no name has an id
        bar = _Bar(Decimal(str(shown(column, value))), -self._seen, label, shown_text(column, value))
        if self._chart.in_time:
            self._bars = [*self._bars[-_COLUMNS + 1 :], bar]
        elif len(self._bars) < _BARS:
            heapq.heappush(self._bars, bar)
        else:
            heapq.heappushpop(self._bars, bar)

    def svg(self) -> Iterator[str]:
        """The picture; nothing when there is nothing to see."""
        if len(self._bars) < 2:
            return
        title = (
            self._chart.title
            if self._chart.in_time or self._seen <= _BARS
            else f"{self._chart.title}, the {_BARS} largest"
        )
        yield f"<figure><figcaption>{escape(title)}</figcaption>"
        yield from self._upright() if self._chart.in_time else self._lying()
        yield "</figure>\n"

    def _lying(self) -> Iterator[str]:
        bars = sorted(self._bars, reverse=True)
        largest = bars[0].value
        room = _WIDTH - _LABEL - _VALUE
        yield f'<svg viewBox="0 0 {_WIDTH} {len(bars) * _ROW}" role="img" aria-label="{escape(self._chart.title)}">'
        for number, bar in enumerate(bars):
            middle = number * _ROW + _ROW // 2 + 5
            length = max(1, int(bar.value * room / largest))
            yield f"<g><title>{escape(bar.label)}: {escape(bar.text)}</title>"
            yield f'<text x="{_LABEL - 8}" y="{middle}" text-anchor="end">{escape(_cut(bar.label))}</text>'
            yield f'<rect x="{_LABEL}" y="{number * _ROW + 3}" width="{length}" height="{_ROW - 6}"/>'
            yield f'<text x="{_LABEL + length + 6}" y="{middle}">{escape(bar.text)}</text></g>'
        yield "</svg>"

    def _upright(self) -> Iterator[str]:
        bars = self._bars
        largest = max(bar.value for bar in bars)
        step = Decimal(_WIDTH) / len(bars)
        width = (step * Decimal("0.8")).quantize(Decimal("0.01"))
        yield f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT + 48}" role="img" aria-label="{escape(self._chart.title)}">'
        yield f'<text x="0" y="14">{escape(max(bars).text)}</text>'
        for number, bar in enumerate(bars):
            height = max(1, int(bar.value * _HEIGHT / largest))
            left = (step * number).quantize(Decimal("0.01"))
            yield f'<rect x="{left}" y="{_HEIGHT + 20 - height}" width="{width}" height="{height}">'
            yield f"<title>{escape(bar.label)}: {escape(bar.text)}</title></rect>"
        yield f'<text x="0" y="{_HEIGHT + 40}">{escape(bars[0].label)}</text>'
        yield f'<text x="{_WIDTH}" y="{_HEIGHT + 40}" text-anchor="end">{escape(bars[-1].label)}</text>'
        yield "</svg>"


def _cut(label: str) -> str:
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…"
