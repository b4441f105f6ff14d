"""Does the next piece of work while the one before it is used.

While rows are written to the store, the source's server can be busy with the next page already, and Python with what
follows from them: otherwise each would wait for the others. One piece ahead is enough, and memory stays flat.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def read_ahead(pieces: Iterator[T]) -> Iterator[T]:
    """The same pieces, each made before the one before it is used; an error comes in its turn."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as pool:
        waiting = pool.submit(next, pieces, None)
        while (piece := waiting.result()) is not None:
            waiting = pool.submit(next, pieces, None)
            yield piece
