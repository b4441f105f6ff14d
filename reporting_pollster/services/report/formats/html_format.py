"""HTML: one file that needs nothing else, for the screen, a phone and paper.

No script, no font and no address: the page can be mailed, and opening it tells nobody. Everything that came from a
database is escaped. The charts stand above the table, but are known only when its last row is: the table waits in a
temporary file, so that memory stays flat.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from tempfile import SpooledTemporaryFile

from reporting_pollster.reports.base import Column
from reporting_pollster.services.report.formats.chart import Drawing
from reporting_pollster.services.report.formats.shown import Totals, is_number, shown_text
from reporting_pollster.services.report.result import ReportResult, Row

_IN_MEMORY = 1024 * 1024
_CHUNK = 64 * 1024

_STYLE = """
:root{color-scheme:light dark;--line:#d0d7de;--soft:#57606a;--bar:#2f6f9f;--stripe:#f6f8fa}
@media(prefers-color-scheme:dark){:root{--line:#3d444d;--soft:#9198a1;--bar:#5aa0d0;--stripe:#151b23}}
*{box-sizing:border-box}
body{font:15px/1.45 system-ui,sans-serif;margin:0 auto;padding:1.5rem;max-width:80rem}
h1{font-size:1.5rem;margin:0 0 .25rem}
dl{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;margin:.5rem 0;color:var(--soft)}
dl div{display:flex;gap:.4rem}dt{font-weight:600}dd{margin:0}
.note{color:var(--soft);margin:.25rem 0}
figure{margin:1.25rem 0}figcaption{font-weight:600;margin-bottom:.4rem}
svg{width:100%;max-width:60rem;height:auto;font-size:13px}svg rect{fill:var(--bar)}svg text{fill:currentColor}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
th{white-space:nowrap}thead th{position:sticky;top:0;background:Canvas}
.n{text-align:right;white-space:nowrap}
tbody tr:nth-child(even){background:var(--stripe)}tfoot td{font-weight:600;border-top:2px solid var(--line)}
@media(max-width:40rem){body{padding:.75rem;font-size:14px}th,td{padding:.25rem .4rem}td{min-width:5rem}
svg{font-size:20px}}
@media print{:root{color-scheme:light;--line:#999;--soft:#333;--bar:#555;--stripe:#fff}
body{padding:0;max-width:none;font-size:9pt}
.wide{overflow:visible}thead{display:table-header-group}thead th{position:static}tr,figure{break-inside:avoid}
svg rect{print-color-adjust:exact;-webkit-print-color-adjust:exact}@page{margin:12mm}}
""".strip()


def as_html(result: ReportResult) -> Iterator[bytes]:
    """The report as one HTML file in UTF-8."""
    drawings = [Drawing(chart, result.columns) for chart in result.charts]
    totals = Totals(result.columns)
    with SpooledTemporaryFile(_IN_MEMORY) as waiting:
        for row in result.rows:
            totals.add(row)
            for drawing in drawings:
                drawing.add(row)
            waiting.write(_row(result.columns, row).encode())
        waiting.seek(0)
        yield "".join(_head(result)).encode()
        for drawing in drawings:
            yield "".join(drawing.svg()).encode()
        yield "".join(_table_head(result.columns)).encode()
        while part := waiting.read(_CHUNK):
            yield part
    yield "".join(_foot(result.columns, totals)).encode()


def _head(result: ReportResult) -> Iterator[str]:
    title = escape(result.title)
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    yield f"<title>{title}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    if result.parameters:
        items = (
            f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in result.parameters.items()
        )
        yield f"<dl>{''.join(items)}</dl>\n"
    for note in result.notes:
        yield f'<p class="note">{escape(note)}</p>\n'


def _table_head(columns: Sequence[Column]) -> Iterator[str]:
    cells = "".join(f"<th{_right(column)}>{escape(column.title)}</th>" for column in columns)
    yield f'<div class="wide"><table>\n<thead><tr>{cells}</tr></thead>\n<tbody>\n'


def _row(columns: Sequence[Column], row: Row) -> str:
    cells = (
        f"<td{_right(column)}>{escape(shown_text(column, value))}</td>"
        for column, value in zip(columns, row, strict=True)
    )
    return f"<tr>{''.join(cells)}</tr>\n"


def _foot(columns: Sequence[Column], totals: Totals) -> Iterator[str]:
    yield "</tbody>\n"
    texts = totals.texts()
    if texts is not None:
        cells = (f"<td{_right(column)}>{escape(each)}</td>" for column, each in zip(columns, texts, strict=True))
        yield f"<tfoot><tr>{''.join(cells)}</tr></tfoot>\n"
    yield "</table></div>\n"
    if not totals.rows:
        yield '<p class="note">Nothing to report.</p>\n'
    yield "</body>\n</html>\n"


def _right(column: Column) -> str:
    return ' class="n"' if is_number(column) else ""
