"""One path for one thing: a trailing slash and repeated ones make no difference.

Established clients join an endpoint that ends in a slash with a path that begins with one, and Flask would redirect
them, which not all of them follow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def plain_paths(wsgi: Wsgi) -> Wsgi:
    """The same application, which never sees such a slash."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = re.sub("/{2,}", "/", environ.get("PATH_INFO") or "/")
        environ["PATH_INFO"] = path if path == "/" else path.rstrip("/")
        return wsgi(environ, start_response)

    return answer
