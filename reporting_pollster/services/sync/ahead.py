"""Reads one page ahead: while a page is written to the store, the source's server is already busy with the next.

Both servers would otherwise wait for each other. One page is enough, and memory stays flat.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

Page = list[tuple[Any, ...]]


def read_ahead(pages: Iterator[Page]) -> Iterator[Page]:
    """The same pages, each asked for before the one before it is used; an error comes in its turn."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as pool:
        waiting = pool.submit(next, pages, None)
        while (page := waiting.result()) is not None:
            waiting = pool.submit(next, pages, None)
            yield page
