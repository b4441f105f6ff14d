"""Answers of any length: rows go out as they come from the database, so that memory stays flat.

Traps: whatever can be wrong with a question must show before the first byte, while there still is a status to say it
with, so the first row is read before the answer begins. And a client that goes away in the middle must not leave us
with a connection whose rows nobody read: the report is left as by an error then, and so the connection is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import replace
from itertools import chain, islice

from flask import Response, request
from werkzeug.exceptions import NotAcceptable

from reporting_pollster.api.v2.asked import choice_of
from reporting_pollster.exports.formats.parquet_format import ExtraMissing, require_pyarrow
from reporting_pollster.services.report import FORMATS, ReportResult, write

OFFERED = ("json", "csv", "parquet")
_MEDIA_TYPES = {FORMATS[name].media_type.partition(";")[0]: name for name in OFFERED}
_CHUNK = 16 * 1024


def wanted_format() -> str:
    """The format that is asked for, by parameter or else by the header Accept; JSON for who takes anything."""
    given = choice_of("format", OFFERED) if "format" in request.args else None
    accepted = request.accept_mimetypes
    name = given or _MEDIA_TYPES.get(
        accepted.best_match(list(_MEDIA_TYPES), "application/json" if not accepted else "")
    )
    if name is None:
        raise NotAcceptable(f"this is told as {', '.join(_MEDIA_TYPES)}")
    if name == "parquet":
        _require_parquet()
    return name


def streamed(answer: AbstractContextManager[ReportResult], name: str) -> Response:
    """A report in a format, while it is read."""
    stack = ExitStack()
    try:
        result = stack.enter_context(answer)
        first = list(islice(result.rows, 1))
    except BaseException as error:
        stack.__exit__(type(error), error, error.__traceback__)
        raise
    parts = write(replace(result, rows=chain(first, result.rows)), name)
    response = Response(_Stream(stack, parts), content_type=FORMATS[name].media_type)
    response.vary.add("Accept")
    response.headers["Cache-Control"] = "private, no-cache"
    return response


class _Stream:
    """The parts of an answer, in chunks; whoever made them is told how it ended."""

    def __init__(self, stack: ExitStack, parts: Iterator[bytes]) -> None:
        self._stack, self._parts, self._is_complete = stack, parts, False

    def __iter__(self) -> Iterator[bytes]:
        waiting = bytearray()
        for part in self._parts:
            waiting += part
            if len(waiting) >= _CHUNK:
                yield bytes(waiting)
                waiting.clear()
        self._is_complete = True
        if waiting:
            yield bytes(waiting)

    def close(self) -> None:
        """What the server calls when the answer is sent, or cannot be sent any longer."""
        if self._is_complete:
            self._stack.close()
            return
        with suppress(GeneratorExit):
            self._stack.__exit__(GeneratorExit, GeneratorExit(), None)


def _require_parquet() -> None:
    try:
        require_pyarrow()
    except ExtraMissing as error:
        raise NotAcceptable("Parquet is not installed here") from error
