"""The rows of a report as an answer: JSON or CSV, whole in a stream or by the page, or not at all (304).

The database is asked before the status is sent, so that what it refuses is still an error; after that an error can only
break the answer off.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Response, request
from werkzeug.datastructures import Headers
from werkzeug.http import generate_etag

from reporting_pollster.api.current import application
from reporting_pollster.services.public_report import OpenReport, ReportQuery

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Batches = Iterable[Sequence[tuple[object, ...]]]
JSON, CSV = "application/json", "text/csv"


class _NotModified(Response):
    """Keeps Last-Modified, which werkzeug takes away."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        headers = super().get_wsgi_headers(environ)
        if "Last-Modified" in self.headers:
            headers["Last-Modified"] = self.headers["Last-Modified"]
        return headers


def answer_of(name: str, query: ReportQuery) -> Response:
    """The answer to a query."""
    media = CSV if request.accept_mimetypes[CSV] > request.accept_mimetypes[JSON] else JSON
    with ExitStack() as stack:
        opened = stack.enter_context(application().public_report(name, query))
        answer = _labelled(Response(content_type=_CONTENT_TYPES[media]), opened, media)
        if _is_not_modified(answer):
            return _NotModified(status=304, headers=answer.headers)
        names = [column.name for column in opened.columns]
        answer.response = _WRITERS[media](names, _batches(opened, query, answer))
        answer.call_on_close(stack.pop_all().close)
    return answer


def _labelled(answer: Response, opened: OpenReport, media: str) -> Response:
    answer.vary.add("Accept")
    if opened.freshness.last_update is not None:
        answer.last_modified = opened.freshness.last_update
    if opened.freshness.version is not None:
        asked = hashlib.sha256(request.query_string).hexdigest()
        answer.set_etag(generate_etag(f"{opened.freshness.version} {media} {asked}".encode()), weak=True)
    return answer


def _is_not_modified(answer: Response) -> bool:
    """An ETag counts for every query, a date only for the whole report, as it always did."""
    if "If-None-Match" in request.headers:
        etag, _ = answer.get_etag()
        return etag is not None and request.if_none_match.contains_weak(etag)
    since = request.if_modified_since
    if since is None or request.query_string or answer.last_modified is None:
        return False
    return answer.last_modified <= since


def _batches(opened: OpenReport, query: ReportQuery, answer: Response) -> Batches:
    if query.limit is None:
        return opened.batches()
    page = opened.page()
    if page.marker is not None:
        answer.headers["Link"] = f'<?{_query_with(page.marker)}>; rel="next"'
    return [page.rows]


def _query_with(marker: str) -> str:
    kept = [pair for pair in request.query_string.split(b"&") if not pair.startswith(b"marker=")]
    return "&".join([*(quote(pair, safe="%=+,:-._~") for pair in kept), f"marker={marker}"])


def _json(names: Sequence[str], batches: Batches) -> Iterator[bytes]:
    encode = json.JSONEncoder(check_circular=False).encode
    start = "["
    for batch in batches:
        rows = ", ".join(encode(dict(zip(names, row, strict=True))) for row in batch)
        if rows:
            yield f"{start}{rows}".encode()
            start = ", "
    yield b"[]" if start == "[" else b"]"


def _csv(names: Sequence[str], batches: Batches) -> Iterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    for batch in batches:
        writer.writerows(batch)
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    yield text.getvalue().encode()


_WRITERS: dict[str, Callable[[Sequence[str], Batches], Iterator[bytes]]] = {JSON: _json, CSV: _csv}
_CONTENT_TYPES = {JSON: JSON, CSV: "text/csv; charset=utf-8; header=present"}
