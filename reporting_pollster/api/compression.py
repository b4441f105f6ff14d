"""gzip for whom wants it, piece by piece: a long answer is never in memory as a whole."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from flask import Response, request

_LEVEL = 6
_GZIP = 16 + zlib.MAX_WBITS


def compressed(answer: Response) -> Response:
    """The answer, compressed if the client takes that; to be registered by a resource as `after_request`."""
    answer.vary.add("Accept-Encoding")
    if answer.status_code in (204, 304) or request.accept_encodings.quality("gzip") <= 0:
        return answer
    if request.method == "HEAD" or "Content-Encoding" in answer.headers:
        return answer
    answer.response = _pieces(answer.response)
    answer.headers.pop("Content-Length", None)
    answer.headers["Content-Encoding"] = "gzip"
    return answer


def _pieces(parts: Iterable[bytes | str]) -> Iterator[bytes]:
    squeeze = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    for part in parts:
        piece = squeeze.compress(part.encode() if isinstance(part, str) else part)
        if piece:
            yield piece
    yield squeeze.flush()
