"""Lists, page by page: how many rows, where a page begins, and the path of the next one, below the endpoint.

A marker is the key of the last row, wrapped so that nobody counts on what is in it. It is a place in a list and no
permission: every page asks anew what may be told.
"""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Response, request

from reporting_pollster.api.resource import Parameter
from reporting_pollster.api.v2.table import described
from reporting_pollster.errors import WrongParameter
from reporting_pollster.exports.formats.plain import plain
from reporting_pollster.services.browse import Page, Place

DEFAULT_ROWS, MOST_ROWS = 100, 1000
_LONGEST_MARKER = 2000
LIMIT = Parameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": DEFAULT_ROWS},
    "How many rows a page may have",
)
MARKER = Parameter(
    "marker",
    {"type": "string", "pattern": "^[A-Za-z0-9_=-]+$", "maxLength": _LONGEST_MARKER},
    "Where the page begins: not to be made up, it is part of links.next of the page before",
)
PAGING = (LIMIT, MARKER)


def place(given: Mapping[str, str]) -> Place:
    """The page that is asked for."""
    marker = given.get("marker")
    return Place(_limit(given.get("limit")), None if marker is None else _opened(marker))


def page_answer(page: Page) -> Response:
    """The page as JSON."""
    names = [column.name for column in page.columns]
    rows = [{name: plain(value) for name, value in zip(names, row, strict=True)} for row in page.rows]
    links = {} if page.last is None else {"next": _following(page.last)}
    return document({"columns": described(page.columns), "rows": rows, "links": links})


def document(content: object) -> Response:
    """One document as JSON, which whoever has it already need not get again."""
    answer = Response(json.dumps(content, ensure_ascii=False) + "\n", content_type="application/json")
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.vary.add("X-Auth-Token")
    answer.add_etag(weak=True)
    answer.make_conditional(request)
    return answer


def _limit(given: str | None) -> int:
    if given is None:
        return DEFAULT_ROWS
    if given.isascii() and given.isdigit() and len(given) < 10 and 1 <= int(given) <= MOST_ROWS:
        return int(given)
    raise WrongParameter(f"limit: {given!r} is not accepted", hint=f"give a whole number from 1 to {MOST_ROWS}")


def _opened(marker: str) -> tuple[object, ...]:
    try:
        found = json.loads(urlsafe_b64decode(marker.encode("ascii")))
    except (ValueError, binascii.Error, RecursionError):
        found = None
    if not isinstance(found, list) or len(marker) > _LONGEST_MARKER:
        raise WrongParameter("marker: it is none of ours", hint="follow links.next of the page before")
    return tuple(found)


def _following(last: tuple[object, ...]) -> str:
    marker = urlsafe_b64encode(json.dumps(last, ensure_ascii=False, separators=(",", ":")).encode()).decode()
    return f"{request.path}?{urlencode({**request.args.to_dict(), 'marker': marker})}"
